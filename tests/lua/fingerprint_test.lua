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

describe("a server that is not reached", function()
  it("has a name that nobody knows only where the resolver says so", function()
    assert.equal("name not known", fingerprint.reason("dns", "Name or service not known"))
    assert.equal("name not known",
      fingerprint.reason("dns", "the host of http://h/ was not found: Name or service not known"))
    assert.equal("name not looked up: temporary failure in name resolution",
      fingerprint.reason("dns", "Temporary failure in name resolution"))
    assert.equal("name not looked up within 5 s",
      fingerprint.reason("connect_timeout", "the host of http://h/ was not looked up within 5 s"))
    assert.equal("no connection within 5 s",
      fingerprint.reason("connect_timeout", "no connection to http://h/ within 5 s"))
  end)
end)
