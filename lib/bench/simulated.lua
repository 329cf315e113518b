-- A server that is a simulated one and was not started by this run: it says so, and the run is marked.
local scenario = require "bench.scenario"
local targets = require "bench.target"
local wire = require "bench.wire"

local simulated = {}

-- target: one whose row is still to be written, or is written again.
function simulated.mark(target)
  if not target.is_simulated then
    target.is_simulated = true
    scenario.mark_simulated()
  end
end

-- By the first answer to what was asked: behind a gateway no earlier one comes from the server itself.
function simulated.note(target, exchange)
  if target.has_answered or not exchange.status or exchange.status == 0 then
    return
  end
  target.has_answered = true
  if not target.is_simulated and wire.is_simulated(exchange) then
    simulated.mark(target)
    targets.record(target)
  end
end

return simulated
