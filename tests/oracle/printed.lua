-- What people and other programs are shown of a run: its page, its forms, its line among others.
local cjson = require "cjson"
local figures = require "figures"
local outside = require "outside"
local raw = require "raw"

local function measured(found)
  local list = {}
  for _, one in ipairs(found.requests) do
    list[#list + 1] = one.kind == "measure" and one or nil
  end
  return list
end

local function count(list, accept)
  local n = 0
  for _, one in ipairs(list) do
    n = n + (accept(one) and 1 or 0)
  end
  return n
end

local function is_ok(one)
  return one.outcome == "ok"
end

-- ---- lists ----

local function check_list(context)
  local list = measured(context.found)
  local row
  for _, one in ipairs(cjson.decode((context.bench "list --json"))) do
    row = one.run == context.run and one or row
  end
  local ok = count(list, is_ok)
  local failed = #list - ok - count(list, function(one) return one.outcome == "cancelled" end)
  outside.check(row.requests == #list and row.ok == ok and row.failed == failed,
    "seed %d: list says %s, %s ok, %s failed; the oracle %d, %d, %d", context.seed, row.requests, row.ok, row.failed,
    #list, ok, failed)
end

-- Error shares of each backend, call, label and load, in %, with what a load turned away.
local function error_shares(found)
  local groups, dropped = {}, {}
  for _, one in ipairs(measured(found)) do
    if one.outcome == "dropped" then
      dropped[one.phase] = (dropped[one.phase] or 0) + 1
    elseif one.outcome ~= "cancelled" and one.outcome ~= "incomplete" then
      local key = ("%s|%s|%s|%s"):format(one.backend, one.call, one.label or "", one.load or "")
      groups[key] = groups[key] or { n = 0, errors = 0, phase = one.phase }
      groups[key].n = groups[key].n + 1
      groups[key].errors = groups[key].errors + (is_ok(one) and 0 or 1)
    end
  end
  for _, group in pairs(groups) do
    local more = dropped[group.phase] or 0
    group.n, group.errors = group.n + more, group.errors + more
  end
  return groups
end

local function number_of(value)
  return value ~= cjson.null and value or nil
end

local function text_of(value)
  return value ~= cjson.null and value or ""
end

local function check_trend(context)
  local groups = error_shares(context.found)
  for _, row in ipairs(cjson.decode((context.bench "trend s --metric errors --json"))) do
    if row.run == context.run then
      local key = ("%s|%s|%s|%s"):format(row.backend, row.call, text_of(row.label), text_of(row.phase))
      local group = groups[key]
      outside.check(group and row.n == group.n and figures.same(row.value, 100 * group.errors / group.n),
        "seed %d: trend of errors, %s: %s of %s, the oracle says %s of %s", context.seed, key, row.value, row.n,
        group and 100 * group.errors / group.n, group and group.n)
      groups[key] = nil
    end
  end
  outside.check(next(groups) == nil, "seed %d: trend of errors lacks %s", context.seed, next(groups))
end

-- ---- the block of vllm bench serve ----

local function deviation(values)
  local found = figures.of(values)
  return found.stddev and found.stddev * math.sqrt((#values - 1) / #values) or #values == 1 and 0 or nil
end

local function of_group(context, row, list)
  return row.num_prompts == #list and figures.same(row.duration, context.duration, 1e-9)
end

local function check_vllm_group(context, row, list)
  local ok, input, output = 0, 0, 0
  local values = { ttft = {}, tpot = {} }
  for _, one in ipairs(list) do
    if is_ok(one) then
      local streamed = one.row.streamed == 1
      local first = streamed and one.row.t_first_event
      local last = streamed and (one.row.t_finish or one.row.t_last_token) or not streamed and one.row.t_end
      local n = one.row.output_tokens or 0
      ok, output = ok + 1, output + n
      input = input and one.row.prompt_tokens and input + one.row.prompt_tokens
      values.ttft[#values.ttft + 1] = first and (first - one.row.t_start) / 1e6 or nil
      values.tpot[#values.tpot + 1] = first and n >= 2 and last > first and (last - first) / 1e6 / (n - 1) or nil
    end
  end
  local wanted = { completed = ok, failed = #list - ok, total_input_tokens = input or nil, total_output_tokens = output,
    request_throughput = ok / row.duration, output_throughput = output / row.duration,
    total_token_throughput = input and (input + output) / row.duration or nil }
  outside.check(input or number_of(row.total_input_tokens) == nil and number_of(row.total_token_throughput) == nil,
    "seed %d: vllm: there is a sum of prompt tokens that the server did not count: %s", context.seed,
    row.total_input_tokens)
  for name, list_of in pairs(values) do
    local found = figures.of(list_of)
    wanted["mean_" .. name .. "_ms"], wanted["median_" .. name .. "_ms"] = found.mean, found.p50
    wanted["p99_" .. name .. "_ms"], wanted["std_" .. name .. "_ms"] = found.p99, deviation(list_of)
  end
  for name, value in pairs(wanted) do
    outside.check(figures.same(number_of(row[name]), value), "seed %d: vllm: %s is %s, the oracle says %s",
      context.seed, name, row[name], value)
  end
end

-- A result for each backend, call, label and load, in the order of their first requests.
local function check_vllm(context)
  local lists, by_key = {}, {}
  for _, one in ipairs(measured(context.found)) do
    local key = ("%s|%s|%s|%s"):format(one.backend, one.call, one.label or "", one.phase or "")
    local is_text = one.call == "chat" or one.call == "complete"
    if is_text and not by_key[key] then
      by_key[key] = {}
      lists[#lists + 1] = by_key[key]
    end
    if is_text and one.outcome ~= "cancelled" then
      table.insert(by_key[key], one)
    end
  end
  local text = context.bench(("report %d --format vllm"):format(context.run))
  local number = 0
  for line in text:gmatch "[^\n]+" do
    number = number + 1
    local row, list = cjson.decode(line), lists[number] or {}
    local from, to = math.huge, 0
    for _, one in ipairs(list) do
      from = math.min(from, one.row.t_sched or one.row.t_start)
      to = math.max(to, one.row.t_end)
    end
    local phase = list[1] and context.found.phases[list[1].phase] -- a load goes on from where it was to begin
    context.duration = #list > 0 and (to - (phase and phase.t_started or from)) / 1e9
    outside.check(#list == 0 or of_group(context, row, list), "seed %d: vllm: result %d: %s prompts in %s s, the"
      .. " oracle says %d in %s", context.seed, number, row.num_prompts, row.duration, #list, context.duration)
    if #list > 0 then
      check_vllm_group(context, row, list)
    end
  end
  outside.check(number == #lists, "seed %d: vllm: %d results, the oracle says %d", context.seed, number, #lists)
end

-- ---- the page ----

local rows_of_page = { TTFT = "ttft", TPOT = "tpot", decode = "decode_tps", ["its own clock"] = "server_decode_tps",
  ["end to end"] = "e2e", output = "tokens", answer = "chars_per_s", errors = "errors" }

local function cells(line)
  local list = {}
  for cell in line:gmatch "|([^|]+)" do
    list[#list + 1] = cell:match "^%s*(.-)%s*$"
  end
  return list
end

-- Whether a number on the page is `value`, as far as its digits go.
local function is_shown(cell, value)
  if cell == "–" or value == nil then
    return cell == "–" and value == nil
  end
  local decimals = #(cell:match "%.(%d+)$" or "")
  return math.abs(tonumber(cell) - value) <= 0.5000001 * 10 ^ -decimals
end

-- Statistics of each backend, call, label and load by metric.
local function statistics(context)
  local lists = {}
  for _, one in ipairs(context.found.requests) do
    if one.counted then
      local key = ("%s|%s|%s|%s"):format(one.backend, one.call, one.label or "", one.phase or "")
      lists[key] = lists[key] or {}
      for metric, value in pairs(one.values) do
        lists[key][metric] = lists[key][metric] or {}
        table.insert(lists[key][metric], value)
      end
    end
  end
  return lists
end

local function check_cell(context, place, lists, metric, statistic, unit, cell, is_seconds)
  local list = lists[place] and lists[place][metric] or {}
  local least = statistic == "p95" and 59 or statistic == "p99" and 299 or 1
  local value = #list >= least and figures.of(list)[statistic] or nil
  if metric == "errors" then
    local backend, call, label, phase = place:match "^(.-)|(.-)|(.-)|(.-)$"
    local load = context.found.phases[math.tointeger(phase)]
    local group = error_shares(context.found)[("%s|%s|%s|%s"):format(backend, call, label, load and load.label or "")]
    value = group and 100 * group.errors / group.n
  end
  value = value and (is_seconds and value / 1000 or value)
  outside.check(is_shown(cell, value), "seed %d: page: %s of %s %s %s: %s, the oracle says %s", context.seed, metric,
    place, statistic, unit, cell, value)
end

-- Which group a column of such a table is of: backend|chat|label|phase.
local function place_of(context, heading, column)
  local labelled = heading:find "by label"
  local only = #context.found.backends == 1 and context.found.backends[1]
  local label = labelled and (column ~= "no label" and column or "") or heading:match "label ([^,]+)" or ""
  return ("%s|chat|%s|%s"):format(labelled and only or column, label, heading:match "phase (%d+)" or "")
end

-- -> how many cells were checked.
local function check_row(context, lists, heading, columns, list, metric)
  local unit, checked = list[2], 0
  for c = 3, #columns do
    if not columns[c]:find " / " then
      checked = checked + 1
      check_cell(context, place_of(context, heading, columns[c]), lists, metric, unit:match "p%d+" or "p50", unit,
        list[c], unit:find "^s ")
    end
  end
  return checked
end

-- Whether some chat has a table of its own: of several loads, one with a single group stands in the table of loads.
local function has_table(context, lists)
  local groups = {}
  for place in pairs(lists) do
    local phase = place:match "|([^|]*)$"
    groups[phase] = (groups[phase] or 0) + 1
  end
  for place in pairs(lists) do
    local phase = place:match "|chat|.*|([^|]*)$"
    if phase and (phase == "" or #context.found.phases == 1 or groups[phase] > 1) then
      return true
    end
  end
  return false
end

-- The tables of groups: "### chat, label zh, phase 3 load 3", with a column for each backend; "### chat by label", with
-- one for each label.
local function check_page(context)
  local lists, heading, columns, before, checked = statistics(context), nil, nil, nil, 0
  for line in context.bench(("show %d --format md"):format(context.run)):gmatch "[^\n]+" do
    local list = heading and line:find "^|" and cells(line)
    if line:find "^### " then
      heading, columns = line:match "^### (chat.*)$", nil
    elseif list and columns == nil then
      columns = list
    elseif list and not list[1]:find "^%-%-%-" then
      local metric = rows_of_page[list[1]] or list[1] == "from schedule" and before .. "_sched"
      before = list[1] ~= "from schedule" and metric or before
      checked = checked + (metric and check_row(context, lists, heading, columns, list, metric) or 0)
    end
  end
  outside.check(checked > 0 or not has_table(context, lists), "seed %d: page: no cell of a table of groups was found",
    context.seed)
end

local function check_csv(context)
  local text = context.bench(("show %d --format csv"):format(context.run))
  local n = 0
  for _ in text:gmatch "\n" do
    n = n + 1
  end
  local rows = raw.rows(context.database, "SELECT count(*) AS n FROM run_summary WHERE run = " .. context.run)
  outside.check(n == rows[1].n + 1, "seed %d: csv has %d lines, run_summary %d rows", context.seed, n, rows[1].n)
end

return function(context)
  check_list(context)
  check_trend(context)
  check_vllm(context)
  check_page(context)
  check_csv(context)
end
