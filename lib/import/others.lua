-- Files of other tools that are no result of bench's: what they are, and what to do instead.
local others = {}

local function has(value, ...)
  for _, name in ipairs { ... } do
    if type(value) ~= "table" or value[name] == nil then
      return false
    end
  end
  return true
end

local plain = "it measures plain HTTP and has no tokens. A script's http.post asks the same URL (bench help api)"
local beside = "its results are profile_export.jsonl and profile_export_aiperf.json beside it"
local whole = "its json has each request: --output kind=json,path=FILE.json"
local summary = "that is its summary: import the run=N.json beside it, one a run"

-- Each: a name, what is to be said of it, and whether a decoded value (the file, or its first line) is such a one.
local by_value = {
  { "oha", plain, function(value)
    return has(value, "summary", "latencyPercentiles")
  end },
  { "k6", plain, function(value)
    return has(value, "metrics") and has(value.metrics, "http_reqs") or has(value, "root_group")
      or has(value, "metric", "type", "data")
  end },
  { "hyperfine", "it times programs, not servers", function(value)
    return has(value, "results") and has(value.results[1], "command", "times")
  end },
  { "llmperf", "it counts every model's tokens by one tokenizer; ask the server again: bench run chat", function(value)
    return has(value, "results_ttft_s_mean") or has(value, 1) and has(value[1], "ttft_s", "inter_token_latency_s")
  end },
  { "inference-benchmarker", "bench does not read it; ask the server again: bench run sweep", function(value)
    return has(value, "config", "results") and has(value.config, "max_vus", "benchmark_kind")
  end },
  { "vllm bench throughput", "it had no server; vllm bench serve --save-result has", function(value)
    return has(value, "elapsed_time", "requests_per_second", "total_num_tokens")
  end },
  { "vllm bench latency", "it had no server; vllm bench serve --save-result has", function(value)
    return has(value, "avg_latency", "latencies", "percentiles")
  end },
  { "vllm bench sweep", summary, function(value)
    return has(value, 1) and has(value[1], "request_throughput", "run_number")
  end },
  { "AIPerf", beside, function(value)
    return has(value, "aiperf_version", "metrics_phase") or has(value, "metadata", "responses", "request_headers")
      or has(value, "data") and has(value.data, 1) and has(value.data[1], "session_id", "payloads")
  end },
  { "PyTorch's benchmark database", "it was made of a result: import that", function(value)
    return has(value, 1) and has(value[1], "benchmark", "metric")
  end },
  { "bench itself", "the run is in its database: bench export RUN -o FILE.db, then bench import FILE.db",
    function(value)
      local run = has(value, "run") and value.run or has(value, 1) and value[1]
      return has(run, "uuid", "scenario")
    end },
}

local by_text = {
  { "wrk", plain, "^Running [^\n]* test @ " },
  { "hey", plain, "^%s*Summary:%s*Total:%s" },
  { "hey", plain, "^response%-time,DNS%+dialup" },
  { "guidellm", whole, "^Run Info,Run Info," },
  { "guidellm", whole, "^<!DOCTYPE html>.-<title>GuideLLM " },
  { "AIPerf", beside, "^# AIPerf Server Metrics " },
  { "ollama run --verbose", "bench asks the same: bench run sky_blue --backends ollama#MODEL",
    "eval rate:%s+[%d.]+ tokens/s" },
  { "Go benchmarks", "benchstat reads them; bench writes such: bench report RUN --format benchstat",
    "%f[%S]Benchmark%S+%s+%d+%s+[%d.]+ %S+/" },
  { "vllm bench sweep", summary, "^[^\n]*,request_throughput,[^\n]*\n" },
}

-- Of a file of lib/import/file.lua: a sentence, or nil where nobody knows it.
function others.refusal(file)
  if file.text == "" then
    return "it is empty"
  end
  local value = file.json ~= nil and file.json or file.first
  for _, one in ipairs(by_value) do
    if value ~= nil and one[3](value) then
      return ("it is of %s: %s"):format(one[1], one[2])
    end
  end
  for _, one in ipairs(by_text) do
    if value == nil and file.text:find(one[3]) then
      return ("it is of %s: %s"):format(one[1], one[2])
    end
  end
end

return others
