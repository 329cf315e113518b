local fake = require "core_fake"
local json = require "bench.json"
local settings = require "bench.settings"

describe("settings", function()
  it("are checked by name and type", function()
    local read = settings.read { max_tokens = 12.0, temperature = 0, stop = "x", cancel_after = "1s", label = 5,
      seed = 1234567890123456789, timeouts = { total = false, idle = "1s" } }
    assert.equal("integer", math.type(read.max_tokens))
    assert.same({ "x" }, read.stop)
    assert.equal("5", read.label)
    assert.equal(1234567890123456789, read.seed)
    assert.is_false(read.timeouts.total)
    assert.same({}, settings.read(nil))
  end)

  it("are refused at the script's line", function()
    for given, part in pairs {
      [{ max_token = 5 }] = "no setting max_token. Did you mean max_tokens?", [{ max_tokens = "5" }] = "number",
      [{ max_tokens = 1.5 }] = "whole", [{ max_tokens = 0 }] = "at least 1", [{ temperature = 0 / 0 }] = "finite",
      [{ cache = "bypas" }] = "Did you mean bypass?", [{ stop = { 5 } }] = "text", [{ cancel_after = "soon" }] = "soon",
      [{ timeouts = { firsttoken = 5 } }] = "Did you mean first_token?", [{ on_token = 5 }] = "function",
      [{ timeouts = { idle = 0 } }] = "\"none\" is no limit",
      [{ headers = { ["a b"] = "x" } }] = "no name of a header", [{ headers = { a = "x\ny" } }] = "line break",
      [{ retries = -1 }] = "at least 0", [{ stream = "yes" }] = "boolean",
    } do
      local message = fake.message(settings.read, given)
      assert.truthy(message:find(part, 1, true), message)
      assert.truthy(message:find("mine.lua:7: ", 1, true), message)
    end
    assert.truthy(fake.message(settings.read, "x"):find("settings must be a table, not a string", 1, true))
    assert.truthy(fake.message(settings.read, { retries = {} }):find("must be a number, not a table", 1, true))
    assert.truthy(fake.message(settings.read, { headers = { a = {} } }):find("a string or a number", 1, true))
  end)

  it("lie over those of the backend, headers and timeouts name by name", function()
    local below = settings.read { temperature = 1, headers = { a = "1", b = "2" }, timeouts = { idle = "9s" } }
    local merged = settings.merge(below, settings.read { temperature = 0, headers = { B = "3" },
      timeouts = { connect = false } })
    assert.equal(0, merged.temperature)
    assert.same({ a = "1", B = "3" }, merged.headers)
    assert.same({ connect = false, first_token = 600, idle = 9 }, merged.timeouts)
    assert.same({ true, 0, "as-is" }, { merged.stream, merged.retries, merged.cache })
    assert.is_false(settings.merge({}, { stream = false }).stream)
    assert.is_false(settings.merge({ extra = { stream = false } }, { stream = true }).stream)
    assert.is_true(settings.merge({ stream = false }, { extra = { stream = true } }).stream)
  end)

  it("put extra deep into a body", function()
    local body = { options = { num_predict = 5 }, stop = { "a" }, model = "m" }
    settings.merge_extra(body, { options = { num_ctx = 9 }, stop = { "b", "c" }, n = 2 })
    assert.same({ options = { num_predict = 5, num_ctx = 9 }, stop = { "b", "c" }, model = "m", n = 2 }, body)
    settings.merge_extra(body, { options = { num_gpu = 0 }, n = {} })
    assert.same({ options = { num_predict = 5, num_ctx = 9, num_gpu = 0 }, stop = { "b", "c" }, model = "m", n = {} },
      body)
    settings.merge_extra(body, { options = {} }) -- says nothing
    assert.equal(5, body.options.num_predict)
    settings.merge_extra(body, { options = { num_gpu = json.null }, stop = json.null, user = json.null })
    assert.same({ options = { num_predict = 5, num_ctx = 9 }, model = "m", n = {}, user = json.null }, body)
  end)
end)
