-- Judges a script's promises on the kept rows, for each backend and label by itself.
local expect = require "bench.expect"
local gaps = require "bench.gaps"
local json = require "core.json"
local metrics = require "bench.metrics"
local store = require "core.store"
local units = require "bench.units"

local judge = {}

local function columns()
  local list, seen = { "outcome", "cold_start" }, {}
  for _, metric in ipairs(metrics.list) do
    if metric.column and not seen[metric.column] then
      seen[metric.column] = true
      list[#list + 1] = metric.column
    end
  end
  return table.concat(list, ", ")
end

local WHERE = [[ WHERE run = ?1 AND phase_kind = 'measure' AND phase IS ?4
  AND (backend IS ?2 AND label IS ?3 OR outcome = 'dropped') ]] -- turned away: nobody knows from whom

local function gaps_of(run, group, name)
  local rows = store.query([[SELECT timeline.t, timeline.n,
      CASE WHEN r.token_source = 'usage' THEN r.output_tokens END AS counted
    FROM request_metrics AS r JOIN timeline ON timeline.request = r.request
    WHERE r.run = ?1 AND r.phase_kind = 'measure' AND r.backend IS ?2 AND r.label IS ?3 AND r.phase IS ?4
      AND r.outcome = 'ok' AND r.cold_start IS NOT 1]], run, group.backend, group.label, group.phase)
  local all = {}
  for _, row in ipairs(rows) do
    local times, tokens = json.decode(row.t), row.n and json.decode(row.n)
    local list = name == "icl" and gaps.between_events(times) or gaps.between_tokens(times, tokens, row.counted)
    table.move(list, 1, #list, #all + 1, all)
  end
  return all
end

local function seconds_of(run, group)
  local row = store.query("SELECT seconds FROM phases WHERE run = ?1 AND phase = ?2", run, group.phase)[1]
  if row and row.seconds then
    return row.seconds
  end
  row = store.query([[SELECT (max(start_ms + coalesce(end_ms, 0)) - min(start_ms)) / 1000 AS seconds
    FROM request_metrics]] .. WHERE, run, group.backend, group.label, group.phase)[1]
  return row.seconds
end

-- The script's own numbers of a group: name -> list of values in the unit that came first.
local function own_values(run, group, own)
  local lists = {}
  for _, metric in ipairs(own) do
    lists[metric.name] = {}
    for _, row in ipairs(store.query([[SELECT m.value, m.unit FROM measurements AS m
      LEFT JOIN request_metrics AS r ON r.run = ?1 AND r.request = m.request
      WHERE m.run = ?1 AND m.name = ?2 AND m.value IS NOT NULL AND r.backend IS ?3
        AND coalesce(m.label, r.label) IS ?4 AND r.phase IS ?5 AND coalesce(r.phase_kind, 'measure') = 'measure']],
      run, metric.name, group.backend, group.label, group.phase)) do
      table.insert(lists[metric.name], units.convert(row.value, row.unit or "", metric.unit))
    end
  end
  return lists
end

local function checks_of(run, group, name)
  return store.query([[SELECT c.passed FROM checks AS c
    LEFT JOIN request_metrics AS r ON r.run = ?1 AND r.request = c.request
    WHERE c.run = ?1 AND c.name = ?2 AND r.backend IS ?3 AND r.label IS ?4 AND r.phase IS ?5
      AND coalesce(r.phase_kind, 'measure') = 'measure']], run, name, group.backend, group.label, group.phase)
end

local group_queries = {
  requests = [[SELECT backend, label, phase FROM request_metrics WHERE run = ?1 AND phase_kind = 'measure'
    AND backend IS NOT NULL GROUP BY 1, 2, 3 ORDER BY min(seq)]],
  own = [[SELECT r.backend, coalesce(m.label, r.label) AS label, r.phase FROM measurements AS m
    LEFT JOIN request_metrics AS r ON r.run = ?1 AND r.request = m.request WHERE m.run = ?1 AND m.name = ?2
    GROUP BY 1, 2, 3 ORDER BY min(r.seq)]],
  check = [[SELECT r.backend, r.label, r.phase FROM checks AS c
    LEFT JOIN request_metrics AS r ON r.run = ?1 AND r.request = c.request WHERE c.run = ?1 AND c.name = ?2
    GROUP BY 1, 2, 3 ORDER BY min(r.seq)]],
}

local function groups_of(run, promise)
  local rows
  if promise.kind == "check" then
    rows = store.query(group_queries.check, run, promise.check)
  elseif promise.kind == "metric" and promise.metric.own then
    rows = store.query(group_queries.own, run, promise.metric.name)
  else
    rows = store.query(group_queries.requests, run)
  end
  local groups = {}
  for _, row in ipairs(rows) do
    if promise.label == nil or promise.label == row.label then
      groups[#groups + 1] = row
    end
  end
  return groups
end

local function data_of(run, group, promise, own)
  return {
    requests = store.query("SELECT " .. columns() .. " FROM request_metrics" .. WHERE, run, group.backend,
      group.label, group.phase),
    gaps = function(name)
      return gaps_of(run, group, name)
    end,
    checks = promise.kind == "check" and checks_of(run, group, promise.check) or nil,
    measured = own_values(run, group, own),
    seconds = seconds_of(run, group),
  }
end

local function judged(run, sentence, own)
  local promise = expect.read(sentence, own)
  local results = {}
  for _, group in ipairs(promise and groups_of(run, promise) or {}) do
    local value, kept, verdict = expect.judge(promise, data_of(run, group, promise, own))
    results[#results + 1] = { sentence = sentence, backend = group.backend, label = group.label, phase = group.phase,
      value = expect.in_unit_of_sentence(promise, value), kept = kept, verdict = verdict }
  end
  if #results == 0 then
    results[1] = { sentence = sentence, verdict = "no data" }
  end
  return results
end

-- The script's own metrics, each in the unit that came first.
local function own_metrics(run)
  return store.query([[SELECT name, unit FROM (SELECT name, unit, min(t_ms) FROM measurements WHERE run = ?1
    GROUP BY name)]], run)
end

-- A list of { sentence, backend, label, phase, value, kept, verdict } for the sentences of a run.
function judge.promises(run, sentences)
  local own, all = own_metrics(run), {}
  for _, sentence in ipairs(sentences) do
    for _, result in ipairs(judged(run, sentence, own)) do
      all[#all + 1] = result
    end
  end
  return all
end

return judge
