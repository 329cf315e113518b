-- Whether the servers are at the end of a run what they were at its start: one that was started again meanwhile, with
-- other weights or another context, gives the numbers of two servers under one name. And what they counted meanwhile.
local fingerprint = require "bench.fingerprint"
local warnings = require "bench.warnings"

local changed = {}

local timeouts = { connect = 1, first_token = 2, idle = 2, total = 5 } -- s: one that is gone now was said by its rows
local patience = 5 -- s, with all of its answers

local least_queue = 0.1 -- s: a busy machine is late by less

-- Facts and what they are called; those without a form are not for reading.
local compared = {
  { name = "model", title = "model", form = "%s" },
  { name = "digest", title = "digest" },
  { name = "quantization", title = "quantisation", form = "%s" },
  { name = "parameters", title = "parameters", form = "%d" },
  { name = "context", title = "context", form = "%d" },
  { name = "slots", title = "slots", form = "%d" },
  { name = "kv_cache", title = "KV cache", form = "%s" },
  { name = "template_hash", title = "chat template" },
  { name = "adapters", title = "adapters", form = "%s" },
  { name = "drafts", title = "speculative decoding", form = "%s" },
  { name = "server_version", title = "version", form = "%s" },
}

-- "quantisation F16, then Q4_0; another chat template", or nil. What was not known at both times did not change.
function changed.words(before, now)
  local words = {}
  for _, fact in ipairs(compared) do
    local one, other = before[fact.name], now[fact.name]
    if one ~= nil and other ~= nil and one ~= other then
      words[#words + 1] = fact.form and ("%s " .. fact.form .. ", then " .. fact.form):format(fact.title, one, other)
        or "another " .. fact.title
    end
  end
  return words[1] and table.concat(words, "; ")
end

-- Keeps a warning where facts are others than before.
function changed.tell(target, before, now)
  local words = changed.words(before, now)
  if words then
    warnings.add("changed", target, nil, target.name, words)
  end
end

-- What a server counted between two readings, where it spoils numbers: queue and ttft (s, means of its requests) where
-- most of the time to the first token was its queue, preemptions. A server that was started again counts anew.
function changed.meanwhile(before, now)
  local since = {}
  for name, value in pairs(now or {}) do
    since[name] = value - (before and before[name] or math.huge)
  end
  local found = {}
  if (since.queued or 0) > 0 and since.answered > 0 then
    local queue, ttft = since.queue / since.queued, since.ttft / since.answered
    if queue > least_queue and queue > ttft / 2 then
      found.queue, found.ttft = queue, ttft
    end
  end
  found.preemptions = (since.preemptions or 0) > 0 and since.preemptions or nil
  return found
end

-- Of a server that loads its model as each ask wants it, the context is the script's.
local function facts_now(target, ask)
  local facts = fingerprint.describe(target, ask, target.model)
  if target.asks_context then
    facts.context = nil
  end
  return facts
end

local function look_again(target)
  local now = setmetatable({ raw = {}, timeouts = timeouts, patience = patience }, { __index = target })
  local ask = fingerprint.asker(now, now.raw)
  local answer = ask("GET", target.dialect.presence)
  if not answer or answer.status ~= 200 then
    return
  end
  local facts = facts_now(now, ask)
  changed.tell(target, target.facts, facts)
  local meanwhile = changed.meanwhile(target.facts.counters, facts.counters)
  if meanwhile.queue then
    warnings.add("queued", target, nil, target.name, meanwhile.queue * 1000, meanwhile.ttft * 1000)
  end
  if meanwhile.preemptions then
    warnings.add("preempted", target, nil, target.name, meanwhile.preemptions)
  end
end

-- targets: those of the run.
function changed.look(targets)
  for _, target in ipairs(targets) do
    if target.dialect and not target.absent then
      look_again(target)
    end
  end
end

return changed
