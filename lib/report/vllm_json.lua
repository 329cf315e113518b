-- The result file of `vllm bench serve`: its keys, in its order, one object for each result.
local core_json = require "core.json"
local core_text = require "core.text"
local sheet = require "report.sheet"
local when = require "report.when"

local vllm_json = {}

local function encoded(value)
  if value == nil then
    return "null"
  elseif math.type(value) == "integer" then
    return tostring(value)
  elseif type(value) == "number" then
    local text = sheet.number(value) or "null"
    return text:find "^%-?%d+$" and text .. ".0" or text
  end
  return core_json.string(core_text.clean(tostring(value)))
end

-- values: what of(row) gives for each row, in a JSON array.
local function array(rows, of)
  local parts = {}
  for i, row in ipairs(rows) do
    parts[i] = of(row)
  end
  return "[" .. table.concat(parts, ", ") .. "]"
end

-- Seconds; what a failed request lacks is 0.0, as vLLM has it.
local function seconds(column)
  return function(row)
    return encoded(row.outcome == "ok" and (row[column] or 0) / 1000 or 0.0)
  end
end

local function failure(row)
  return encoded(row.outcome == "ok" and "" or row.error_message or row.outcome)
end

local function gaps(row)
  return array(row.gaps or {}, function(gap)
    return encoded(gap / 1000)
  end)
end

local function tokens(column, failed)
  return function(row)
    return encoded(row.outcome == "ok" and row[column] or failed and 0 or row[column])
  end
end

local function add_lists(members, result)
  local rows = result.rows
  local function add(name, of)
    members[#members + 1] = { name, array(rows, of) }
  end
  if result.detailed then
    add("input_lens", tokens "prompt_tokens")
    add("output_lens", tokens("output_tokens", true))
    add("ttfts", seconds "ttft_ms")
    add("itls", gaps)
  end
  add("latencies", seconds "e2e_ms")
  if result.detailed then
    add("start_times", function(row)
      return encoded((row.start_ms or row.came_ms or 0) / 1000)
    end)
  end
  add("queue_times", function(row)
    return encoded(math.max(0, row.wait_ms or 0) / 1000)
  end)
  if result.detailed then
    add("generated_texts", function(row)
      return encoded(row.answer or "")
    end)
    add("errors", failure)
  end
end

local function add_statistics(members, result)
  for _, name in ipairs(result.chosen) do
    local found = result.statistics[name]
    for _, statistic in ipairs(found and { "mean", "median", "std" } or {}) do
      members[#members + 1] = { ("%s_%s_ms"):format(statistic, name), encoded(found[statistic]) }
    end
    for _, one in ipairs(found and found.percentiles or {}) do
      local percent = math.tointeger(one.percent) or one.percent
      members[#members + 1] = { ("p%s_%s_ms"):format(percent, name), encoded(one.value) }
    end
  end
end

local function add_asked(members, result)
  for _, member in ipairs {
    { "date", encoded(os.date("%Y%m%d-%H%M%S", math.floor(when.of_run(result.run)))) },
    { "endpoint_type", encoded(result.endpoint) },
    { "backend", encoded(result.endpoint) },
    { "label", encoded(result.run.label) },
    { "model_id", encoded(result.model) },
    { "tokenizer_id", encoded(result.model) },
    { "num_prompts", encoded(#result.rows) },
  } do
    members[#members + 1] = member
  end
  for _, pair in ipairs(result.metadata) do
    members[#members + 1] = { pair:match "^(.-)=", encoded(pair:match "=(.*)$") }
  end
end

local function add_traffic(members, result)
  members[#members + 1] = { "request_rate", encoded(result.rate or "inf") }
  members[#members + 1] = { "burstiness", encoded(result.burstiness) }
  members[#members + 1] = { "max_concurrency", encoded(result.max_concurrency) }
  for _, name in ipairs(result.ramp and { "strategy", "start_rps", "end_rps" } or {}) do
    members[#members + 1] = { "ramp_up_" .. name, encoded(result.ramp[name]) }
  end
end

local function add_sums(members, result)
  local sum, duration = result.sum, result.seconds
  for _, member in ipairs {
    { "duration", encoded(duration) },
    { "completed", encoded(sum.completed) },
    { "failed", encoded(sum.failed) },
    { "total_input_tokens", encoded(sum.input) },
    { "total_output_tokens", encoded(sum.output) },
    { "request_throughput", encoded(sum.completed / duration) },
    { "request_goodput", encoded(result.goodput) },
    { "output_throughput", encoded(result.output_rate) },
    { "total_token_throughput", encoded(result.total_rate) },
  } do
    members[#members + 1] = member
  end
end

-- A result of report.vllm as one JSON object on one line.
function vllm_json.text(result)
  local members = {}
  add_asked(members, result)
  add_traffic(members, result)
  add_sums(members, result)
  add_lists(members, result)
  members[#members + 1] = { "max_output_tokens_per_s", encoded(result.peak_tokens + 0.0) }
  members[#members + 1] = { "max_concurrent_requests", encoded(result.peak_requests) }
  members[#members + 1] = { "rtfx", "0.0" }
  add_statistics(members, result)
  for i, member in ipairs(members) do
    members[i] = core_json.string(member[1]) .. ": " .. member[2]
  end
  return "{" .. table.concat(members, ", ") .. "}\n"
end

return vllm_json
