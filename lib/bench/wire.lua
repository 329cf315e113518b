-- Questions to a server outside of the measurement: what it is, what it holds. Nothing of it is a row.
local address = require "bench.address"
local clock = require "core.clock"
local core_text = require "core.text"
local http = require "core.http"
local json = require "bench.json"
local keys = require "bench.keys"

local wire = {}

local most_bytes = 8 << 20 -- what is longer would be the end of the script's memory, and of the run

local timeouts = { connect = 5, first_token = 30, idle = 30, total = 60 }

-- Whether `bench sim` answered: it looks like a real server, and says in each answer that it is none. A gateway puts a
-- word of its own before the names of headers that it passes on (LiteLLM: llm_provider-).
function wire.is_simulated(exchange)
  for name, value in pairs(exchange.headers) do
    if value == "bench" and name:find "x%-simulated%-by$" then
      return true
    end
  end
  return false
end

-- The usual ones, or those of the target; none ends later than the deadline.
local function timeouts_until(given, deadline)
  if not deadline then
    return given
  end
  local left = math.max(deadline - clock.now(), 0.1)
  return { connect = math.min(given.connect, left), first_token = given.first_token, idle = given.idle,
    total = math.min(given.total, left) }
end

-- Why an answer is none, or nil. Nobody is sent on to where it says.
local function complaint(exchange)
  local place = exchange.status // 100 == 3 and exchange.headers.location
  return place and ("the server sends us to %s; give that address"):format(place) or exchange.error_message
end

-- { status, value (decoded JSON or nil), text, message, address, is_here (on this machine), round_trip (the shortest to
-- it, in seconds; nil where it is here, or behind a proxy), server, date and challenge (the headers; of a 401),
-- is_simulated (`bench sim` answered) }
-- or nil, kind, message when no answer came. target: parts (an address), headers (a list as core.http takes it), proxy,
-- timeouts (nil: the usual ones). deadline: a moment of the run at which nobody waits any more, or nil.
function wire.ask(target, method, path, body, deadline)
  local exchange = http.exchange {
    method = method,
    url = address.url(target.parts, path),
    headers = keys.over({ body and "Content-Type: application/json" or nil }, target.headers or {}),
    proxy = target.proxy,
    http2 = target.http2,
    body = body and json.encode(body) or nil,
    timeouts = timeouts_until(target.timeouts or timeouts, deadline),
    keep_body = true,
    stream = false,
    framing = "whole",
  }
  if not exchange.status or exchange.status == 0 then
    return nil, exchange.error_kind or "transport", exchange.error_message or "no answer"
  end
  if exchange.bytes > most_bytes then
    return nil, "answer_too_long", ("its answer to %s %s is longer than 8 MiB"):format(method, path)
  end
  local body_text = exchange.body or ""
  return {
    status = exchange.status,
    value = json.decode(body_text),
    text = core_text.clean(body_text), -- it is kept in JSON, and a gateway's page may be of any character set
    message = complaint(exchange),
    address = exchange.address,
    is_here = exchange.here,
    round_trip = not target.proxy and exchange.round_trip or nil,
    server = exchange.headers.server,
    date = exchange.headers.date,
    challenge = exchange.headers["www-authenticate"],
    is_simulated = wire.is_simulated(exchange),
  }
end

return wire
