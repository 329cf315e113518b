-- Imports every file of this folder and holds it against what its tool printed: lua run.lua BENCH ROOT
package.path = arg[2] .. "/tests/import/?.lua;" .. package.path
local harness = require "harness"
local printed = require "printed"

local check, has, near, row = harness.check, harness.has, harness.near, harness.row

local runs = {} -- file -> number

local function import(name)
  local text, code = harness.bench("import", harness.root .. "/tests/import/" .. name)
  check(code == 0, "import %s: exit %d: %s", name, code, text)
  runs[name] = tonumber(text:match ": run (%d+)")
  check(runs[name], "import %s says no run: %s", name, text)
  return text
end

local function value(run, metric, statistic, more)
  return harness.number(("SELECT %s FROM run_summary WHERE run = %d AND metric = '%s' %s"):format(statistic, run,
    metric, more or ""))
end

local FEW = "percentiles other than 50, 90, 95 and 99"

-- The files, and what of each has no place here.
local files = { ["vllm.rate5.json"] = "", ["vllm.detailed.json"] = "", ["vllm.engine_killed.json"] = "",
  ["vllm.queued.json"] = "", ["llama-bench.json"] = "", ["llama-bench.jsonl"] = "", ["llama-bench.csv"] = "",
  ["llama-bench.sql"] = "", ["evalscope.summary.json"] = "", ["llama-benchy.seq.json"] = "",
  ["sglang.detailed.jsonl"] = "server_info; 1 NaN or Infinity: taken for values that are not there",
  ["llama-bench.md"] = "size, params (rounded for people)", ["genai-bench.conc.json"] = "percentiles 25 and 75, sums",
  ["genai-perf.conc.json"] = FEW, ["genai-perf.conc.csv"] = FEW, ["locust.conc.csv"] = FEW,
  ["genai-perf.requests.json"] = "experiments.window_boundaries; the prompts of its requests",
  ["inference-perf.conc.json"] = FEW .. "; successes.audio; successes.client_fallback_requests; successes.image; "
    .. "successes.video",
  ["evalscope.conc.percentile.json"] = FEW, ["aiperf.conc.json"] = FEW .. "; sums",
  ["evalscope.requests.db"] = "request (what was sent), response_messages, max_gpu_memory_cost",
  ["guidellm.conc.json"] = FEW .. ", modes, sums and confidence intervals",
  ["guidellm.requests.json"] = FEW .. ", modes, sums and confidence intervals; "
    .. "statistics of requests that are errored; requests: request_args" }

local function all_are_taken()
  for name, wanted in pairs(files) do
    local left = {}
    for words in (import(name):gsub("\n    ", " ")):gmatch "left out: ([^\n]*)" do
      left[#left + 1] = words
    end
    check(table.concat(left, "; ") == wanted, "%s: left out: %s", name, table.concat(left, "; "))
  end
  local text, code = harness.bench("import", harness.root .. "/tests/import/vllm.rate5.json")
  has(text, "already here, as run " .. runs["vllm.rate5.json"])
  check(code == 0, "a second import is no error")
  near(harness.number "SELECT count(*) FROM runs WHERE imported = 1 AND status = 'done'", 23, "imported runs")
end

-- "1,292.60" rounds from 1292.603
local function rounds_to(number, text)
  local decimals = #(text:match "%.(%d*)$" or "")
  local unit = 10 ^ -decimals
  return number and math.abs(number - tonumber(text)) <= unit / 2 * (1 + 1e-9)
end

local function numbers_are_those_printed()
  for name, rows in pairs(printed) do
    for _, wanted in ipairs(rows) do
      local number = value(runs[name], wanted[1], wanted[2])
      check(rounds_to(number, wanted[3]), "%s: %s %s is %s, printed was %s", name, wanted[1], wanted[2],
        tostring(number), wanted[3])
    end
  end
end

-- Requests of vLLM give its own statistics by as_vllm, and none of ours.
local function vllm_requests()
  for _, name in ipairs { "vllm.detailed.json", "vllm.engine_killed.json" } do
    local run = runs[name]
    for _, metric in ipairs { "ttft", "tpot" } do
      local view = ("FROM as_vllm WHERE run = %d"):format(run)
      near(harness.number(("SELECT avg(%s_ms) %s"):format(metric, view)), value(run, "vllm." .. metric, "mean"),
        name .. " mean of " .. metric)
      for _, percent in ipairs { 90, 95, 99 } do -- 99 is printed, the others are not
        near(harness.number(("SELECT percentile(%s_ms, %d) %s"):format(metric, percent, view)),
          value(run, "vllm." .. metric, "p" .. percent), ("%s p%d of %s"):format(name, percent, metric))
      end
      near(value(run, "vllm." .. metric, "n"), harness.number(("SELECT count(%s_ms) %s"):format(metric, view)), "n")
    end
    near(harness.number(("SELECT count(*) FROM request_metrics WHERE run = %d AND (ttft_ms IS NOT NULL "
      .. "OR e2e_ms IS NOT NULL OR tpot_ms IS NOT NULL)"):format(run)), 0, "times under our definitions")
  end
  local queued = runs["vllm.queued.json"]
  near(harness.number("SELECT percentile(e2e_ms, 90) FROM as_vllm WHERE run = " .. queued),
    value(queued, "vllm.e2el", "p90"), "p90 of e2el")
  local ok, failed, message = row(("SELECT sum(outcome = 'ok'), sum(outcome = 'failed'), max(error_message) "
    .. "FROM request_metrics WHERE run = %d"):format(runs["vllm.engine_killed.json"]))
  check(ok == "4" and failed == "8" and message == "Internal Server Error", "outcomes: %s ok, %s failed, %s",
    ok, failed, message)
  near(harness.number(("SELECT asked_rate FROM phases WHERE run = %d"):format(runs["vllm.rate5.json"])), 5, "rate")
  local arrivals = row("SELECT replace(arrivals, ',', '') FROM phases WHERE run = " .. runs["vllm.rate5.json"])
  check(arrivals == "request rate 5.0 burstiness 1.0", "how its requests came: %s", arrivals)
end

-- The gaps of vLLM's chunks, in the timeline and in the percentiles that it did not print.
local function vllm_chunks()
  local run = runs["vllm.engine_killed.json"]
  local gaps = [[FROM (SELECT t_ms - lag(t_ms) OVER (PARTITION BY request ORDER BY seq) AS gap_ms FROM events
    WHERE run = %d AND channel = 'chunk') WHERE gap_ms IS NOT NULL]]
  for column, statistic in pairs { mean = "avg(gap_ms)", p50 = "median(gap_ms)", p99 = "percentile(gap_ms, 99)",
    p90 = "percentile(gap_ms, 90)", max = "max(gap_ms)" } do
    local mine = harness.number(("SELECT %s %s"):format(statistic, gaps:format(run)))
    local its = value(run, "vllm.itl", column)
    check(mine and its and math.abs(mine - its) < 0.001, "%s of gaps: %s by the chunks, %s kept", column, mine, its)
  end
  near(harness.number("SELECT count(*) " .. gaps:format(run)), value(run, "vllm.itl", "n"), "gaps")
  check(value(run, "icl", "n") == 0, "chunks are no token events to us")
  check(row("SELECT max(token_events) FROM request_metrics WHERE run = " .. run) == "", "nobody counted token events")
end

-- The requests of guidellm give the statistics that it printed, and ours where its definition is ours.
local function guidellm_requests()
  local run = runs["guidellm.requests.json"]
  local view = " FROM as_guidellm WHERE run = " .. run
  for metric, mine in pairs { time_to_first_token_ms = "ttft_ms", time_per_output_token_ms = "tpot_ms",
    request_latency = "e2e_ms / 1000" } do
    near(harness.number(("SELECT avg(%s)%s"):format(mine, view)), value(run, "guidellm." .. metric, "mean"), metric)
    near(harness.number(("SELECT median(%s)%s"):format(mine, view)), value(run, "guidellm." .. metric, "p50"),
      metric .. " p50, of an odd number of requests")
  end
  near(harness.number("SELECT avg(tpot_ms) FROM request_metrics WHERE run = " .. run),
    value(run, "guidellm.inter_token_latency_ms", "mean"), "its inter-token latency is our time per token")
  near(value(run, "tpot", "mean"), value(run, "guidellm.inter_token_latency_ms", "mean"), "in the summary too")
  local ok, failed, first, kinds, answers = row(("SELECT sum(outcome = 'ok'), sum(outcome = 'failed'), min(start_ms), "
    .. "max(error_kind), count(answer) FROM request_metrics WHERE run = %d AND phase_kind = 'measure'"):format(run))
  check(ok == "13" and failed == "2" and tonumber(first) == 0 and kinds == "http_503" and answers == "13",
    "outcomes: %s ok, %s failed (%s), first at %s, %s answers", ok, failed, kinds, first, answers)
  near(harness.number("SELECT count(*) FROM request_metrics WHERE attempts IS NULL AND run = " .. run), 15,
    "nobody says how often it was tried")
  local version = row("SELECT value FROM notes WHERE key = 'guidellm_version' AND run = " .. run)
  check(version == "0.8.1", "the version of guidellm: %s", version)
end

-- The responses that perf_analyzer kept give what genai-perf made of them, and ours where its definition is ours; its
-- csv is its json, rounded.
local function genai_perf_requests()
  local run, whole = runs["genai-perf.requests.json"], runs["genai-perf.conc.json"]
  local rounded = runs["genai-perf.conc.csv"]
  for _, metric in ipairs { "time_to_first_token", "time_to_second_token", "request_latency" } do
    local name = "genai-perf." .. metric
    for _, statistic in ipairs { "mean", "stddev", "min", "p50", "p90", "p95", "p99", "max" } do
      near(value(run, name, statistic), value(whole, name, statistic), ("%s of %s"):format(statistic, name))
    end
  end
  for _, metric in ipairs { "request_latency", "output_token_throughput_per_user", "output_token_throughput",
    "input_sequence_length", "request_count" } do
    local its, mine = value(whole, "genai-perf." .. metric, "mean"), value(rounded, "genai-perf." .. metric, "mean")
    check(mine and rounds_to(its, ("%.2f"):format(mine)), "%s: %s in the csv, %s in the json", metric, mine, its)
  end
  near(value(run, "ttft", "mean"), value(whole, "genai-perf.time_to_first_token", "mean"), "its first token is ours")
  near(value(run, "e2e", "mean"), value(whole, "genai-perf.request_latency", "mean"), "its latency ends at our last")
  local model, call, load, streamed, finish, longest = row(("SELECT b.model, m.call, p.arrivals, min(m.streamed), "
    .. "min(m.finish_reason), max(m.chars) FROM request_metrics AS m JOIN backends AS b ON b.run = m.run "
    .. "JOIN phases AS p ON p.run = m.run WHERE m.run = %d"):format(run))
  check(model == "sim" and call == "chat" and load == "concurrency 4" and streamed == "1" and finish == "stop",
    "%s %s %s %s %s", model, call, load, streamed, finish)
  check(tonumber(longest) > 50, "its answers are read: %s", longest)
  near(harness.number("SELECT started_ms FROM phases WHERE run = " .. run), 0, "its load began with the run")
  near(harness.number("SELECT count(output_tokens) FROM request_metrics WHERE run = " .. run), 0,
    "without usage nobody knows how many tokens there were")
  near(harness.number("SELECT sum(token_events) FROM request_metrics WHERE run = " .. run), 320, "pieces with words")
end

-- The database of evalscope gives what its summary says of the same run.
local function evalscope_database()
  local run, summary = runs["evalscope.requests.db"], runs["evalscope.summary.json"]
  local view = " FROM as_evalscope WHERE run = " .. run
  for metric, mine in pairs { ["Avg TTFT"] = "avg(ttft_ms)", ["Avg TPOT"] = "avg(tpot_ms)",
    ["Avg Latency"] = "avg(e2e_ms) / 1000", ["Success Requests"] = "count(*)" } do
    local its = value(summary, "evalscope." .. metric, "mean")
    local here = harness.number("SELECT " .. mine .. view)
    check(here and math.abs(here / its - 1) < 2e-3, "%s: %s by the requests, %s said", metric, here, its)
  end
  near(value(run, "icl", "n"), 119, "its gaps are between tokens, as ours are")
  check(math.abs(value(run, "icl", "mean") / value(summary, "evalscope.Avg ITL", "mean") - 1) < 2e-3, "its ITL")
  local failed, tokens, streamed, first = row(("SELECT sum(outcome = 'failed'), sum(token_events), min(streamed), "
    .. "count(ttft_ms) FROM request_metrics WHERE run = %d"):format(run))
  check(failed == "3" and tokens == "136" and streamed == "1" and first == "17", "%s failed, %s tokens, %s first ones",
    failed, tokens, first)
  check(row("SELECT model FROM backends WHERE run = " .. run) == "sim", "the model that was asked")
end

local function llama_bench_in_all_forms()
  for _, name in ipairs { "llama-bench.json", "llama-bench.jsonl" } do
    local run = runs[name]
    for label, metric in pairs { pp64 = "server_prefill_tps", tg16 = "server_decode_tps" } do
      local mine = value(run, metric, "mean", ("AND label = '%s'"):format(label))
      local its = value(run, "llama-bench.avg_ts", "mean", ("AND label = '%s'"):format(label))
      check(mine and its and math.abs(mine / its - 1) < 1e-5, "%s %s: %s here, %s there", name, label, mine, its)
    end
  end
  near(value(runs["llama-bench.csv"], "llama-bench.avg_ts", "mean", "AND label = 'tg16'"), 46749.103334, "csv")
  near(value(runs["llama-bench.sql"], "llama-bench.avg_ts", "stddev", "AND label = 'pp64'"), 9130.984596, "sql")
  near(value(runs["llama-bench.md"], "llama-bench.avg_ts", "mean", "AND label = 'pp64'"), 219457.60, "md")
  local threads = row("SELECT options -> 'qwen2_B_F16' ->> 'n_threads' FROM runs WHERE run = "
    .. runs["llama-bench.md"])
  check(threads == "1", "the threads of the md: %s", threads)
  check(value(runs["llama-bench.csv"], "llama-bench.avg_ts", "n", "AND label = 'pp64'") == nil,
    "a csv does not say how many repetitions there were")
  for _, name in ipairs { "json", "jsonl", "csv", "sql", "md" } do
    near(harness.number("SELECT count(*) FROM backends WHERE run = " .. runs["llama-bench." .. name]), 1, "set-ups")
  end
  for _, name in ipairs { "json", "jsonl", "csv", "sql" } do
    local quantization, parameters, architecture, version = row(("SELECT quantization, parameters, architecture, "
      .. "server_version FROM backends WHERE run = %d"):format(runs["llama-bench." .. name]))
    check(quantization == "F16" and parameters == "166542" and architecture == "qwen2"
      and version == "b11434 (unknown)", "%s: %s %s %s %s", name, quantization, parameters, architecture, version)
  end
end

local function others()
  local run = runs["genai-bench.conc.json"]
  near(value(run, "genai-bench.ttft", "mean"), 129.5735656500014, "genai-bench ttft")
  near(harness.number(("SELECT min(ttft_ms) FROM as_genai_bench WHERE run = %d"):format(run)),
    harness.number(("SELECT min(ttft_ms) FROM request_metrics WHERE run = %d"):format(run)), "its first token is ours")
  near(harness.number(("SELECT e2e_ms FROM as_genai_bench WHERE run = %d LIMIT 1"):format(run)), 743.382425, "its end")
  near(harness.number(("SELECT tpot_ms FROM as_genai_bench WHERE run = %d LIMIT 1"):format(run)), 20.00326168,
    "its time per token")
  run = runs["llama-benchy.seq.json"]
  near(value(run, "llama-benchy.tg_throughput", "mean"), 50.00232710621448, "llama-benchy tg")
  near(value(run, "llama-benchy.pp_throughput", "stddev"), 40.22611916521799, "llama-benchy deviation")
  near(value(run, "llama-benchy.e2e_ttft", "max"), 106.11330099982297, "llama-benchy most")
  run = runs["locust.conc.csv"]
  near(value(run, "locust.response_time", "p99", "AND label = 'SSE ttft'"), 110, "locust p99")
  near(value(run, "locust.response_time", "n", "AND label = 'SSE itl'"), 7936, "locust n")
  local starts = row(("SELECT count(start_ms) FROM request_metrics WHERE run = %d"):format(runs["vllm.detailed.json"]))
  check(starts == "64", "vllm --save-detailed says when each request began: %s", starts)
  starts = row(("SELECT count(start_ms) FROM request_metrics WHERE run = %d"):format(runs["vllm.rate5.json"]))
  check(starts == "0", "without it nobody knows: %s", starts)
end

-- What --metadata said; requests without moments, one of them failed, that give its own time to the first token.
local function vllm_metadata_and_sglang()
  local notes = row(("SELECT group_concat(key || '=' || value, ' ') FROM (SELECT * FROM notes WHERE run = %d "
    .. "AND key IN ('gpu', 'tp') ORDER BY key)"):format(runs["vllm.queued.json"]))
  check(notes == "gpu=H100 tp=2", "the metadata: %s", notes)
  local run = runs["sglang.detailed.jsonl"]
  local ok, failed, model, arrivals = row(("SELECT sum(outcome = 'ok'), sum(outcome = 'failed'), max(b.model), "
    .. "max(replace(p.arrivals, ',', '')) FROM request_metrics AS m JOIN backends AS b USING (run, backend) "
    .. "JOIN phases AS p ON p.run = m.run AND p.phase = m.phase WHERE m.run = %d"):format(run))
  check(ok == "4" and failed == "1" and model == "Qwen/Qwen2-0.5B-Instruct"
    and arrivals == "request rate inf at most 2 at a time", "%s ok, %s failed, %s, %s", ok, failed, model, arrivals)
  near(harness.number("SELECT count(answer) FROM request_metrics WHERE run = " .. run), 4, "its answers")
  near(harness.number(("SELECT avg(ttft_ms) FROM as_sglang WHERE run = %d"):format(run)), value(run, "sglang.ttft",
    "mean"), "sglang's time to the first token")
  check(value(run, "icl", "n") == 0, "sglang's chunks are no token events to us")
  local asked, length = row("SELECT options ->> 'dataset_name', options ->> 'random_output_len' FROM runs WHERE run = "
    .. run)
  check(asked == "random" and length == "8", "what sglang was asked for: %s of %s", asked, length)
end

local undated = "the file does not say when; the run stands at the time of its import"

-- What names no zone is said to be taken for UTC; what names one, or a number of seconds, is not.
local function moments_are_told()
  for name, wanted in pairs {
    ["vllm.rate5.json"] = "2026-11-25T20:49:04.000Z,20261125-204904 names no zone; taken for UTC",
    ["llama-benchy.seq.json"] = "2026-11-25T21:15:42.000Z,",
    ["genai-perf.requests.json"] = "2026-11-26T02:59:00.158Z,",
  } do
    local told = table.concat({ row(("SELECT started_at, n.value FROM runs AS r LEFT JOIN notes AS n ON n.run = r.run "
      .. "AND n.key = 'time' WHERE r.run = %d"):format(runs[name])) }, ",")
    check(told == wanted, "when %s began: %s", name, told)
  end
  local note = row("SELECT value FROM notes WHERE key = 'time' AND run = " .. runs["sglang.detailed.jsonl"])
  check(note == undated, "when sglang's began: %s", note)
end

local strangers = {
  { "oha", '{"summary": {"total": 3.0}, "latencyPercentiles": {"p50": 0.1}}' },
  { "k6", '{"metrics": {"http_reqs": {"count": 1}}}' },
  { "k6", '{"type":"Metric","data":{},"metric":"http_reqs"}\n{"type":"Point","data":{},"metric":"x"}' },
  { "hyperfine", '{"results": [{"command": "true", "mean": 0.1, "times": [0.1]}]}' },
  { "llmperf", '{"results_ttft_s_mean": 0.3}' },
  { "llmperf", '[{"ttft_s": 0.3, "inter_token_latency_s": 0.01}]' },
  { "inference-benchmarker", '{"config": {"max_vus": 8, "benchmark_kind": "Sweep"}, "results": []}' },
  { "vllm bench throughput", '{"elapsed_time": 1, "total_num_tokens": 1, "requests_per_second": 1}' },
  { "vllm bench latency", '{"avg_latency": 1, "latencies": [1], "percentiles": {"50": 1}}' },
  { "vllm bench sweep", '[{"request_throughput": 1, "run_number": 0}]' },
  { "vllm bench sweep", ',date,request_throughput,run_number\n0,x,1,0\n' },
  { "AIPerf", '{"aiperf_version": "0.13.0", "metrics_phase": "profiling", "metrics": {}}' },
  { "AIPerf", '{"data": [{"session_id": "a", "payloads": []}]}' },
  { "AIPerf", '{"metadata": {}, "request_headers": {}, "responses": []}\n{"metadata": {}, "responses": []}\n' },
  { "AIPerf", "# AIPerf Server Metrics Export (CSV)\n# aiperf_version: 0.13.0\n" },
  { "guidellm", "Run Info,Run Info,Benchmark\nModel,Backend,Type\n" },
  { "guidellm", '<!DOCTYPE html>\n<html lang="en">\n<head>\n  <title>GuideLLM Benchmark Report</title>\n' },
  { "PyTorch's benchmark database", '[{"benchmark": {}, "model": {}, "metric": {}}]' },
  { "wrk", "Running 30s test @ http://127.0.0.1:8080/\n  12 threads\n" },
  { "hey", "\nSummary:\n  Total:\t0.1 secs\n" },
  { "hey", "response-time,DNS+dialup,DNS\n0.1,0,0\n" },
  { "ollama run --verbose", "total duration:  1.2s\neval rate:            61.19 tokens/s\n" },
  { "Go benchmarks", "goos: linux\nBenchmarkModel/step=generate 6 5.1 ns/token 196 token/sec\n" },
}

-- What is no result says whose it is and what to do; nothing is kept of it.
local function strangers_are_named()
  table.insert(strangers, { "bench itself", (harness.bench("report", "1", "--format", "json")) })
  for _, one in ipairs(strangers) do
    local text, code = harness.bench("import", harness.write("stranger", one[2]))
    has(text, "it is of " .. one[1] .. ": ")
    check(code == 2, "%s: exit %d", one[1], code)
  end
end

-- Counts that do not add up in 64 bits would end the page of their run, and each question asked of all runs.
local function counts_have_a_bound()
  local path = harness.write("many.json", [=[{"date": "20260102-030405", "backend": "vllm", "model_id": "m",
    "num_prompts": 2, "duration": 8, "request_throughput": 1, "start_times": [1.0, 2.0], "latencies": [0.1, 0.1],
    "ttfts": [0.1, 0.1], "itls": [[], []], "errors": ["", ""], "input_lens": [1099511627776, 9223372036854775807],
    "output_lens": [9223372036854775807, 9223372036854775807]}]=])
  local text, code = harness.bench("import", path)
  has(text, "9223372036854775807 is no number of")
  check(code == 0, "counts of 2^63: exit %d", code)
  for _, words in ipairs { { "show", "last" }, { "sql", "--query", "prompts_by_cost" } } do
    text, code = harness.bench(table.unpack(words))
    check(code == 0, "%s with counts of 2^63: exit %d, %s", words[1], code, text)
  end
  check(row "SELECT max(prompt_tokens) FROM request_metrics" == "1099511627776", "2^40 is a count")
end

-- bench compare holds a run against another tool's numbers by the names under which these are imported.
local function compare_names_them_alike()
  local text, named = harness.read(harness.root .. "/db/compare/as_tool.sql"), {}
  for tool, names in text:gmatch "%('([%w-]+)', ('[^)]*')%)" do
    named[tool] = true
    for name in names:gmatch "'([^']*)'" do
      local metric = tool .. "." .. name
      check(row(("SELECT 1 FROM run_summary WHERE metric = '%s' LIMIT 1"):format(metric)) == "1", "none has %s", metric)
    end
  end
  for tool in text:gmatch "SELECT '([%w-]+)'" do
    check(named[tool], "nobody knows how %s names its numbers", tool)
    named[tool] = nil
  end
  check(next(named) == nil, "no view tells what %s would have said", next(named))
end

all_are_taken()
compare_names_them_alike()
numbers_are_those_printed()
vllm_requests()
vllm_metadata_and_sglang()
moments_are_told()
strangers_are_named()
counts_have_a_bound()
vllm_chunks()
guidellm_requests()
genai_perf_requests()
evalscope_database()
llama_bench_in_all_forms()
others()
harness.finish(450)
