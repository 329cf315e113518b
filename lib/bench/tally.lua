-- What the requests of a load add up to while it runs: counts, statistics, tokens inside its window, and the
-- sentences of its slo. The same numbers as the views give later, from the same times.
local core_text = require "core.text"
local gaps = require "bench.gaps"
local http = require "core.http"
local lists = require "bench.lists"
local metrics = require "bench.metrics"
local moment = require "bench.moment"
local promise_tally = require "bench.promise_tally"
local series = require "core.series"
local strict = require "bench.strict"
local units = require "bench.units"

local tally = {}
tally.__index = tally

local function characters(exchange)
  local texts = {}
  for _, answer in ipairs(exchange.texts) do
    texts[#texts + 1] = answer ~= "" and answer or nil
  end
  return core_text.characters(table.concat(texts, "\n\n"))
end

-- Columns of request_metrics that are no plain number of an exchange. Those of chars look at whole texts: they are
-- read only where a sentence of an slo asks, and of models' answers.
local readers = {
  outcome = function(row)
    return row.exchange.outcome
  end,
  cold_start = function(row)
    return row.exchange.cold_start and 1 or 0
  end,
  chars = function(row)
    return row.is_text and characters(row.exchange) or false
  end,
  chars_per_s = function(row)
    local chars, ms = row.chars, row.exchange:column "e2e_ms"
    return chars and chars > 0 and ms and ms > 0 and chars * 1000 / ms or false
  end,
}

local row_meta = {}

function row_meta.__index(row, column)
  local read = readers[column]
  local value
  if read then
    value = read(row)
  else
    value = row.exchange:column(column)
  end
  rawset(row, column, value)
  return value
end

local is_text = { chat = true, complete = true } -- calls whose answer is a text

-- An exchange as a row of request_metrics; wait_ms: from the plan to the start, or nil.
local function row_of(exchange, call, wait_ms)
  return setmetatable({ exchange = exchange, call = call, is_text = is_text[call] or false,
    wait_ms = wait_ms or false }, row_meta)
end

local places = {} -- of the columns that every exchange is read by
for place, column in ipairs(http.columns) do
  places[column] = place
end

-- What load.NAME holds: metrics with a column that is read for every request.
local kept, from_schedule = {}, {}
tally.kept = kept
for _, metric in ipairs(metrics.list) do
  if places[metric.column] or metric.column == "wait_ms" then
    kept[#kept + 1] = metric
  end
  if metric.from_schedule then
    from_schedule[metric.name] = metric.column
  end
end

-- promises: sentences as expect.read gives them.
function tally.new(promises)
  local self = setmetatable({ requests = 0, ok = 0, failed = 0, cancelled = 0, incomplete = 0, dropped = 0,
    completed_tokens = 0, delivered_tokens = 0, undecided = {}, series = {}, by_place = {}, promises = promises,
    judged = {}, order = {} }, tally)
  for _, metric in ipairs(kept) do
    self.series[metric.name] = series.new()
    if places[metric.column] and not metric.from_schedule then
      self.by_place[places[metric.column]] = self.series[metric.name]
    end
  end
  return self
end

-- The sentences of one backend and label, each with its own tally.
local function group_of(self, group)
  local key = ("%s\0%s"):format(group.name, group.label or "")
  local judged = self.judged[key]
  if not judged then
    judged = { name = group.name, backend = group.backend, label = group.label, owner = group.owner, tallies = {} }
    for index, promise in ipairs(self.promises) do
      if promise.label == nil or promise.label == group.label then
        judged.tallies[index] = promise_tally.new(promise)
      end
    end
    self.judged[key] = judged
    self.order[#self.order + 1] = judged
  end
  return judged
end

local function gaps_of(name, exchange)
  local times = exchange:event_times()
  for index, at in ipairs(times) do
    times[index] = (moment.ns(at) + 500) // 1000 -- as the timeline has them
  end
  if name == "icl" then
    return gaps.between_events(times)
  end
  local counted = exchange.tokens_source == "usage" and exchange.output_tokens or nil
  return gaps.between_tokens(times, exchange:event_tokens(), counted)
end

local function add_to_promises(self, group, row)
  for index, one in pairs(group_of(self, group).tallies) do
    local metric = self.promises[index].metric
    one:add_request(row, metric and metric.gaps and gaps_of(metric.name, row.exchange) or nil)
  end
end

-- What only a request with a plan has.
local function add_waited(self, exchange, wait_ms)
  self.series.wait:add(wait_ms)
  for name, column in pairs(from_schedule) do
    local value = exchange:column(column)
    if value then
      self.series[name]:add(value + wait_ms)
    end
  end
end

local counted = { ok = "ok", cancelled = "cancelled", incomplete = "incomplete" }

-- A measured request is over; group: its context.
function tally:add(group, exchange, started, sched)
  local outcome = exchange.outcome
  local name = counted[outcome] or "failed"
  self.requests = self.requests + 1
  self[name] = self[name] + 1
  local wait_ms = sched and started and math.max(0, started - sched) * 1000
  if outcome == "ok" and not group.cold_start then
    exchange:add_columns(self.by_place)
    if wait_ms then
      add_waited(self, exchange, wait_ms)
    end
  end
  if #self.promises > 0 then
    add_to_promises(self, group, row_of(exchange, group.call, wait_ms))
  end
end

-- A measured arrival was turned away.
function tally:drop()
  self.requests = self.requests + 1
  self.dropped = self.dropped + 1
end

-- A value of the script's own, or a check, that belongs to a group.
function tally:own(group, name, value)
  for index, one in pairs(group_of(self, group).tallies) do
    local metric = self.promises[index].metric
    if metric and metric.own and metric.name == name then
      one:add_value(value)
    end
  end
end

function tally:check(group, name, passed)
  for index, one in pairs(group_of(self, group).tallies) do
    if self.promises[index].check == name then
      one:add_check(passed)
    end
  end
end

-- What a promise's tally counts, as the workers tell it to each other.
local shared = { "total", "good", "measured", "concerned", "beside" }

local summed = { "requests", "ok", "failed", "cancelled", "incomplete", "dropped", "completed_tokens",
  "delivered_tokens" }

-- The series of a tally and of some of its groups, in an order that depends on nothing else.
local function lists_of(self, groups)
  local all = {}
  for _, metric in ipairs(kept) do
    all[#all + 1] = self.series[metric.name]
  end
  for _, judged in ipairs(groups) do
    for index = 1, #self.promises do
      local one = judged.tallies[index]
      all[#all + 1] = one and one.values
    end
  end
  return all
end

-- For the other workers: what JSON can hold, and the list of the series.
function tally:part()
  local counts = { groups = {}, undecided = self.undecided }
  for _, name in ipairs(summed) do
    counts[name] = self[name]
  end
  for place, judged in ipairs(self.order) do
    local shares = {}
    for index = 1, #self.promises do
      local one = judged.tallies[index]
      shares[index] = one and lists.map(shared, function(name) return one[name] end) or false
    end
    counts.groups[place] = { name = judged.name, backend = judged.backend, label = judged.label, shares = shares }
  end
  return counts, lists_of(self, self.order)
end

-- Adds what tally:part gave in a worker (0: the first); the list of the series that its series are to be added to.
-- A backend has the number that the first worker who knows it gave it, its owner.
function tally:take_counts(counts, worker)
  local groups = {}
  for _, name in ipairs(summed) do
    self[name] = self[name] + counts[name]
  end
  lists.append(self.undecided, counts.undecided)
  for place, group in ipairs(counts.groups) do
    group.owner = worker
    local judged = group_of(self, group)
    groups[place] = judged
    for index, share in ipairs(group.shares) do
      local one = share and judged.tallies[index]
      for at, name in ipairs(one and shared or {}) do
        one[name] = one[name] + share[at]
      end
    end
  end
  return lists_of(self, groups)
end

local function add_tokens(self, one, from, to)
  if one.is_ok and one.ended >= from and one.ended <= to then
    self.completed_tokens = self.completed_tokens + one.tokens
  end
  local inside, times = 0, one.times
  for _, at in ipairs(times) do
    inside = inside + ((one.started + at >= from and one.started + at <= to) and 1 or 0)
  end
  local is_whole = one.started >= from and one.ended <= to
  local share = is_whole and 1 or #times > 0 and inside / #times or 0
  self.delivered_tokens = self.delivered_tokens + share * one.tokens
end

-- Tokens of any request of the load that ended, between two moments (s since the run began); nil: nobody knows yet when
-- the window begins, or ends.
function tally:count_tokens(exchange, started, ended, from, to)
  local tokens = exchange.output_tokens or exchange.token_events
  if tokens == 0 or from and ended < from or to and started > to then
    return
  end
  if from and to and started >= from and ended <= to then
    self.completed_tokens = self.completed_tokens + (exchange.outcome == "ok" and tokens or 0)
    self.delivered_tokens = self.delivered_tokens + tokens
    return
  end
  local one = { tokens = tokens, is_ok = exchange.outcome == "ok", started = started, ended = ended,
    times = exchange:event_times() }
  if from and to then
    add_tokens(self, one, from, to)
  else
    self.undecided[#self.undecided + 1] = one
  end
end

-- The window was from here to there.
function tally:close(from, to)
  for _, one in ipairs(self.undecided) do
    add_tokens(self, one, from, to)
  end
  self.undecided = {}
end

-- Checks and the script's own numbers are promised of those who have any.
local function is_concerned(one)
  local promise = one.promise
  if promise.kind == "check" then
    return one.total > 0
  end
  return not one:is_beside() and not (promise.metric and promise.metric.own and one.values:count() == 0)
end

-- Judges the sentences: a list of { promise, name, backend, label, value (in the unit of the sentence's metric),
-- kept, verdict, owner (a worker, or nil) }, one for each that some group has a say in; without any the
-- arrivals that were turned away have one.
function tally:verdicts(seconds)
  local list, seen, beside = {}, {}, {}
  for _, group in ipairs(self.order) do
    for index, promise in ipairs(self.promises) do
      local one = group.tallies[index]
      if one and is_concerned(one) then
        local value, is_kept, verdict = one:result(seconds, self.dropped)
        list[#list + 1] = { promise = promise, name = group.name, backend = group.backend,
          label = group.label, owner = group.owner, value = value, kept = is_kept, verdict = verdict }
        seen[index] = true
      end
      beside[index] = beside[index] or one and one:is_beside()
    end
  end
  for index, promise in ipairs(self.promises) do
    if not seen[index] then
      local dropped = (promise.label or beside[index]) and 0 or self.dropped
      local value, is_kept, verdict = promise_tally.new(promise):result(seconds, dropped)
      list[#list + 1] = { promise = promise, value = value, kept = is_kept, verdict = verdict }
    end
  end
  return list
end

local percentiles = { p50 = 0.5, p90 = 0.9, p95 = 0.95, p99 = 0.99, min = 0, max = 1 }
local may_be_absent = lists.set(lists.append(lists.names(percentiles), { "mean", "stddev" }))

local function statistics(metric, values)
  local scale = units.is_time(metric.unit) and 1000 or 1
  local fields = { n = values:count() }
  for name, p in pairs(percentiles) do
    local value = values:quantile(p)
    fields[name] = value and value / scale
  end
  fields.mean = values:mean() and values:mean() / scale
  fields.stddev = values:stddev() and values:stddev() / scale
  return strict.table("load." .. metric.name, fields, may_be_absent)
end

-- name -> { n, mean, stddev, min, p50, p90, p95, p99, max }; times in seconds.
function tally:metrics()
  local fields = {}
  for _, metric in ipairs(kept) do
    fields[metric.name] = statistics(metric, self.series[metric.name])
  end
  return fields
end

return tally
