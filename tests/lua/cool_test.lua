local fake = require "core_fake"
local cool = require "bench.cool"

-- Degrees by the fake clock: what `at` says of the seconds since this call.
local function machine(at)
  local began = fake.now
  fake.errors = {}
  fake.temperature = function() return at(fake.now - began) end
  return function() return fake.now - began end
end

describe("cool_down", function()
  it("is a time as before", function()
    local since = machine(function() return 99 end)
    assert.is_true(cool.wait(cool.read("30s")))
    assert.equal(30, since())
    assert.is_true(cool.wait(cool.read(0)))
    assert.equal(30, since())
    assert.same({}, fake.errors)
  end)

  it("waits for a temperature, looking each second, and says so once", function()
    local since = machine(function(s) return 75 - s end)
    local how = cool.read("60C")
    assert.is_true(cool.wait(how))
    assert.equal(15, since())
    assert.same({ "bench: the machine has 75 degrees; each turn waits until it has 60 (10 minutes at most)\n" },
      fake.errors)
    machine(function(s) return 62 - s end)
    assert.is_true(cool.wait(how))
    assert.same({}, fake.errors)
  end)

  it("waits for nothing where it is cool or the sensor has gone", function()
    local since = machine(function() return 60 end)
    local how = cool.read("60 C")
    assert.is_true(cool.wait(how))
    fake.temperature = nil
    assert.is_true(cool.wait(how))
    assert.equal(0, since())
  end)

  it("gives up after ten minutes, in words", function()
    local since = machine(function() return 80 end)
    assert.is_true(cool.wait(cool.read("45.5C")))
    assert.equal(600, since())
    assert.truthy(fake.errors[2]:find("still has 80 degrees after 10 minutes", 1, true))
  end)

  it("is refused at the script's line where there is no sensor, or no sense", function()
    fake.temperature = nil
    local words = fake.message(cool.read, "60C")
    assert.truthy(words:find("^mine.lua:7: bench.rounds: cool_down = \"60C\": this machine has no temperature sensor"))
    assert.truthy(fake.message(cool.read, "hot"):find("^mine.lua:7: bench.rounds: cool_down: "))
    assert.truthy(fake.message(cool.read, true):find("must be a duration", 1, true))
  end)
end)
