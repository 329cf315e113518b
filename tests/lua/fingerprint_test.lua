local fake = require "core_fake"
local fingerprint = require "bench.fingerprint"
local http = require "core.http"

describe("a server that accepts and never answers", function()
  local asked, exchange

  before_each(function()
    asked, exchange = {}, http.exchange
    http.exchange = function(spec)
      asked[#asked + 1] = spec.timeouts.total
      fake.now = fake.now + spec.timeouts.total
      return { error_kind = "total_timeout", error_message = "the answer took too long" }
    end
  end)

  after_each(function()
    http.exchange = exchange
  end)

  it("is given one time for all that it is asked", function()
    local began = fake.now
    local ask = fingerprint.asker({ parts = { scheme = "http", host = "h", port = 1, base = "" }, patience = 70 }, {})
    for i = 1, 5 do
      assert.same({ nil, "total_timeout", "the answer took too long" }, { ask("GET", "/" .. i) })
    end
    assert.same({ 60, 10 }, asked)
    assert.equal(70, fake.now - began)
  end)
end)
