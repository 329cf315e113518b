-- The result file of `vllm bench serve`: its keys, in its order, one object for each result.
local core_json = require "core.json"
local core_text = require "core.text"
local lists = require "bench.lists"
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

-- Members of the object: name, value, name, value ...
local function add(members, ...)
  for i = 1, select("#", ...), 2 do
    local name, value = select(i, ...)
    members[#members + 1] = core_json.string(name) .. ": " .. encoded(value)
  end
end

-- A list of what of(item) gives, which is JSON.
local function array(items, of)
  return "[" .. table.concat(lists.map(items, of), ", ") .. "]"
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

local function start(row)
  return encoded((row.start_ms or row.came_ms or 0) / 1000)
end

local function wait(row)
  return encoded(math.max(0, row.wait_ms or 0) / 1000)
end

local function answer(row)
  return encoded(row.answer or "")
end

-- In vLLM's order: what each is of, and whether it is there where a run was told to keep no details.
local of_requests = {
  { "input_lens", tokens "prompt_tokens" }, { "output_lens", tokens("output_tokens", true) },
  { "ttfts", seconds "ttft_ms" }, { "itls", gaps }, { "latencies", seconds "e2e_ms", always = true },
  { "start_times", start }, { "queue_times", wait, always = true }, { "generated_texts", answer },
  { "errors", failure },
}

local function add_requests(members, result)
  for _, list in ipairs(of_requests) do
    if result.detailed or list.always then
      members[#members + 1] = core_json.string(list[1]) .. ": " .. array(result.rows, list[2])
    end
  end
end

local function add_statistics(members, result)
  for _, name in ipairs(result.chosen) do
    local found = result.statistics[name]
    for _, statistic in ipairs(found and { "mean", "median", "std" } or {}) do
      add(members, ("%s_%s_ms"):format(statistic, name), found[statistic])
    end
    for _, one in ipairs(found and found.percentiles or {}) do
      add(members, ("p%s_%s_ms"):format(math.tointeger(one.percent) or one.percent, name), one.value)
    end
  end
end

local function add_asked(members, result)
  add(members, "date", os.date("%Y%m%d-%H%M%S", math.floor(when.of_run(result.run))),
    "endpoint_type", result.endpoint, "backend", result.endpoint, "label", result.run.label, "model_id", result.model,
    "tokenizer_id", result.model, "num_prompts", #result.rows)
  for _, pair in ipairs(result.metadata) do
    add(members, pair:match "^(.-)=(.*)$")
  end
  add(members, "request_rate", result.rate or "inf", "burstiness", result.burstiness,
    "max_concurrency", result.max_concurrency)
  for _, name in ipairs(result.ramp and { "strategy", "start_rps", "end_rps" } or {}) do
    add(members, "ramp_up_" .. name, result.ramp[name])
  end
end

local function add_sums(members, result)
  local sum = result.sum
  add(members, "duration", result.seconds, "completed", sum.completed, "failed", sum.failed,
    "total_input_tokens", sum.input, "total_output_tokens", sum.output,
    "request_throughput", sum.completed / result.seconds, "request_goodput", result.goodput,
    "output_throughput", result.output_rate, "total_token_throughput", result.total_rate)
end

-- A result of report.vllm as one JSON object on one line.
function vllm_json.text(result)
  local members = {}
  add_asked(members, result)
  add_sums(members, result)
  add_requests(members, result)
  add(members, "max_output_tokens_per_s", result.peak_tokens + 0.0, "max_concurrent_requests", result.peak_requests,
    "rtfx", 0.0)
  add_statistics(members, result)
  return "{" .. table.concat(members, ", ") .. "}\n"
end

return vllm_json
