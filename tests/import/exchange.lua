-- Runs from file to file, files of other versions, and what is refused: lua exchange.lua BENCH ROOT
package.path = arg[2] .. "/tests/import/?.lua;" .. package.path
local harness = require "harness"

local bench, check, has, near, write = harness.bench, harness.check, harness.has, harness.near, harness.write

local SCRIPT = [[
local bench = require "bench"
local opt = bench.scenario { summary = "case", options = { { "times", 2, "how often" } } }
for backend in bench.rounds({ "a=sim@ttft=20ms@tpot=5ms", "b=sim@ttft=30ms@tpot=5ms" }, opt.times) do
  local reply = backend:ask("hi", { max_tokens = 4, label = "short" })
  bench.check(reply, "answered", reply.ok)
  bench.record("queue", 3, "ms")
end
bench.note("colour", "blue")
]]

local function text_of(sql, database)
  return (bench("sql", sql, "--format", "csv", "--db", database))
end

-- All that a run shows, its number and those of its requests aside.
local function everything(database, run)
  local parts = {}
  for _, question in ipairs { "SELECT uuid, scenario, script_hash, started_at, status, options, machine, ok FROM runs",
    "SELECT * FROM backends", "SELECT * FROM run_summary", "SELECT * FROM notes",
    "SELECT started_at, backend, round, prompt, outcome, ttft_ms, e2e_ms, output_tokens, answer FROM request_metrics",
    "SELECT seq, t_ms, tokens, channel FROM events", "SELECT name, value, unit FROM measurements",
    "SELECT name, passed FROM checks", "SELECT code, text FROM warnings" } do
    local text = text_of(question .. " WHERE run = " .. run, database)
    parts[#parts + 1] = question:find "*" and text:gsub("\n%d+,", "\n") or text
  end
  parts[#parts + 1] = text_of("SELECT cpu, cores, kernel FROM machines", database)
  parts[#parts + 1] = text_of("SELECT prompt, text FROM prompts", database)
  return table.concat(parts, "\n")
end

local function a_run_goes_out_and_comes_back()
  local script = write("case.lua", SCRIPT)
  local exported, elsewhere = harness.folder .. "/run.db", harness.folder .. "/elsewhere.db"
  has(bench("run", script, "--quiet"), "1")
  has(bench("run", script, "--quiet", "--times", "3"), "2")
  has(bench("export", "2", "-o", exported), "wrote run 2 to " .. exported)
  local text, code = bench("export", "2", "-o", exported)
  has(text, "there is a file")
  check(code == 2, "a file is never written over: %d", code)
  check(not io.open(exported .. "-wal"), "an exported file is one file")
  local before = everything(harness.database, 2)
  check(#before > 1000 and before:find "queue" and before:find "blue", "the run has rows: %s", before)
  check(everything(exported, 1) == before, "what was exported differs:\n%s\n%s", before, everything(exported, 1))
  has(bench("import", exported), "already here, as run 2")
  has(bench("db", "rm", "2"), "removed run 2")
  has(bench("import", exported), "run 3")
  check(everything(harness.database, 3) == before, "what came back differs")
  has(bench("import", exported, "--db", elsewhere), "run 1")
  check(everything(elsewhere, 1) == before, "what came elsewhere differs")
  return exported, script
end

local function a_file_stands_for_its_run(exported, script)
  has(bench("show", exported), "6 of 6 answered")
  check(bench("script", exported) == harness.read(script), "the script of a file")
  has(bench("show", exported, "--db", harness.database), "6 of 6 answered")
  has(bench("run", "--like", exported, "--quiet"), "4")
  near(harness.number "SELECT count(*) FROM request_metrics WHERE run = 4 AND phase_kind = 'measure'", 6,
    "requests of the run like it")
  local text, code = bench("compare", "1", exported)
  check(code == 0 or code == 5, "compare with a file: exit %d: %s", code, text)
  has(text, "run 1")
  has(text, "TTFT")
  check(not text:find("no run", 1, true), "the file's run is found: %s", text)
  local whole = write("none.db", "SQLite format 3\0 and no more of it")
  text, code = bench("show", whole, "--db", harness.database)
  check(code == 2, "a broken file as RUN: exit %d: %s", code, text)
end

-- One that is no time of day would end each list of runs that it is among.
local function a_time_that_is_none_stays_outside(exported)
  local started, untouched = harness.row("SELECT started_at FROM runs", exported), harness.folder .. "/untouched.db"
  local pattern = started:gsub("%p", "%%%0")
  local path = write("timeless.db", (harness.read(exported):gsub(pattern, ("x"):rep(#started))))
  local text, code = bench("import", path, "--db", untouched)
  check(code == 6, "imported with no time: exit %d", code)
  has(text, "started_at")
  text, code = bench("list", "--db", untouched)
  check(code == 0, "list beside it: exit %d: %s", code, text)
end

local READER = [[
local bench = require "bench"
local opt = bench.scenario {
  summary = "case",
  options = { { "file", "none", "what to read" }, { "server", "", "whom" } },
}
for _, name in ipairs { "beside", opt.file } do
  print(name, pcall(bench.read, name))
end
print("asked", pcall(http.get, opt.server .. "/v1/models"))
bench.backend("sim@ttft=1ms"):ask("hi", { max_tokens = 1 })
]]

local function a_database_is_not_taken_into_itself()
  local text, code = bench("import", harness.folder .. "/../" .. harness.folder:match "[^/]+$" .. "/runs.db")
  check(code == 2, "imported into itself: exit %d", code)
  has(text, "runs.db was not imported: it is this database itself")
end

-- Whoever made a run chose its script's place and its options: they open nothing here, also not once the run is in our
-- own file, or was repeated there, or is asked for in their file by --db. Our own runs open what we named.
local function a_run_of_somebody_else_opens_nothing()
  local script, beside, server = write("reader.lua", READER), write("beside", "SECRET"), "http://127.0.0.1:1"
  local theirs, exported = harness.folder .. "/theirs.db", harness.folder .. "/reader.db"
  local function says(...)
    return (bench("run", "--like", ...))
  end
  bench("run", script, "--file", beside, "--server", server, "--db", theirs)
  local ours = harness.database
  harness.database = theirs
  local own = says "1"
  harness.database = ours
  check(select(2, own:gsub("SECRET", "")) == 2 and own:find("asked\ttrue", 1, true), "like our own:\n%s", own)
  bench("export", "1", "-o", exported, "--db", theirs)
  has(bench("import", exported), "reader.db: run")
  for _, like in ipairs { { exported }, { "last" }, { "last" }, { "1", "--db", theirs } } do
    local text = says(table.unpack(like))
    check(not text:find "SECRET", "like %s reads:\n%s", table.concat(like, " "), text)
    has(text, "bench script RUN > FILE.lua")
    has(text, "127.0.0.1:1 is no backend of this run")
  end
  has(says(exported, "--file", beside), "true\tSECRET")
end

local function refused(name, content, words)
  local runs = harness.number "SELECT count(*) FROM runs"
  local text, code = bench("import", write(name, content))
  check(code == 2, "%s: exit %d: %s", name, code, text)
  has(text, words)
  near(harness.number "SELECT count(*) FROM runs", runs, "runs after " .. name)
end

local function what_is_no_result_is_refused()
  refused("empty", "", "it is empty")
  refused("letter.txt", "Dear Sir,\n", "no result that bench knows")
  refused("other.json", '{"a": [1, 2, 3]}', "no result that bench knows")
  refused("cut.json", harness.read(harness.root .. "/tests/import/vllm.rate5.json"):sub(1, 900),
    "; does it end too early?")
  refused("answers.csv", "backend,seconds\na,1\n\n\na,fast\n", "answer 2: seconds is no number: fast")
  refused("short.csv", "backend,seconds\na\n", "its lines do not fit its head line")
  refused("semicolons.csv", "backend;seconds\na;1\n", "its columns are divided by semicolons; write it with commas")
  refused("broken.db", "SQLite format 3\0 and no more of it", "was not imported")
  local text, code = bench("import", harness.folder .. "/missing")
  check(code == 2, "a missing file: exit %d", code)
  has(text, "No such file")
end

local function taken(name, content)
  local text, code = bench("import", write(name, content))
  check(code == 0, "%s: exit %d: %s", name, code, text)
  return math.tointeger(tonumber(text:match ": run (%d+)")), text
end

local function statistic(run, metric, name)
  return harness.number(("SELECT %s FROM run_summary WHERE run = %d AND metric = '%s'"):format(name, run, metric))
end

local GENAI_PERF = [[{ "request_throughput": { "unit": "requests/sec", "avg": 12.5 },
  "request_latency": { "unit": "ms", "avg": 250.5, "p99": 300, "p95": 290, "p90": 280, "p75": 260, "p50": 249,
    "p25": 240, "max": 310, "min": 200, "std": 20.25 },
  "time_to_first_token": { "unit": "ms", "avg": 15.5, "p50": 15, "p99": 21 },
  "telemetry_stats": { }, "input_config": { "model_names": ["tiny"], "endpoint": { "type": "chat", "api_key": "k-1",
  "api_keys": ["k-4"], "hf_token": "k-5", "tokenizer": { "token": "k-6" }, "url": "http://u:k-7@h/v1?code=k-8&a=b",
  "ms_per_token": 4.5, "max_tokens": "77" },
  "cli_command": "genai-perf profile --api-key k-2 --header 'Authorization: Bearer k-3' --hf-token k-9 -m tiny",
  "again": "API_KEY=k-10 x -H 'Authorization: Basic k-11' -H \"X-Auth-Token: k-12\" --token=k-13 code=x" } }]]

-- What perf_analyzer keeps of responses that came in other pieces than they were sent in, of reasoning, usage and
-- errors, and of answers that came as a whole.
local PIECES = [[{"experiments": [{"experiment": {"mode": "request_rate", "value": 2.5}, "requests": [
  {"timestamp": 1000000000, "request_inputs": {"payload": "{\"model\":\"m\",\"stream\":true}"},
   "response_timestamps": [1010000000, 1020000000, 1030000000, 1040000000],
   "response_outputs": [
     {"response":
      "data: {\"choices\":[{\"delta\":{\"reasoning_content\":\"hm\"}}]}\n\ndata: {\"choices\":[{\"de"},
     {"response": "lta\":{\"content\":\"ab\"}}]}\n\n"},
     {"response": "data: {\"choices\":[{\"delta\":{\"content\":\"c\"},\"finish_reason\":\"stop\"}]}\n\n"},
     {"response":
      "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":5}}\n\ndata: [DONE]\n\n"}]},
  {"timestamp": 1500000000, "request_inputs": {"payload": "{\"stream\":true}"}, "response_timestamps": [1600000000],
   "response_outputs": [{"response": "data: {\"error\":{\"message\":\"broke\"}}\n\n"}]},
  {"timestamp": 1600000000, "request_inputs": {"payload": "{}"}, "response_timestamps": [1900000000],
   "response_outputs": [{"response":
     "{\"choices\": [{\"message\":\n {\"content\": \"whole\"}, \"finish_reason\": \"length\"}]}"}]},
  {"timestamp": 1700000000, "request_inputs": {"payload": "{\"stream\":true}"}, "response_timestamps": [],
   "response_outputs": []},
  {"timestamp": "soon", "response_timestamps": [1], "response_outputs": [{"response": "x"}]}, 7],
  "window_boundaries": []}], "version": "", "service_kind": "openai", "endpoint": "v1/chat/completions", "seen": 1}]]

local TRITON = [[{"experiments": [{"experiment": {"mode": "concurrency", "value": 1}, "requests": [
  {"timestamp": 1000000000, "request_inputs": {"text_input": "hi"}, "response_timestamps": [1003000000, 1005000000,
   1008000000], "response_outputs": [{"text_output": "I"}, {"text_output": " like"}, {"text_output": ""}]}],
  "window_boundaries": []}], "version": "", "service_kind": "triton", "endpoint": ""}]]

local AIPERF_TABLE = [[
Metric,avg,min,max,sum,p50,p99
Effective Concurrency,3.72,0.00,4.00,,4.00,4.00
Effective Latency (CO-aware) (ms),217.74,201.68,286.86,8709.77,211.82,277.84
HTTP Waiting (TTFB) (ms),56.82,50.40,70.38,2272.90,55.57,69.74
OSL Mismatch Diff % (%),152.03,93.75,193.75,6081.25,156.25,193.75

Metric,Value
Completed Requests (Success + Error),40.00
]]

local RECORDS = table.concat({
  [[{"metadata": {"session_num": 0, "request_start_ns": 1759813207532900363, "request_end_ns": 1759813207832900363,]],
  [[ "benchmark_phase": "profiling", "was_cancelled": false}, "metrics": {"input_sequence_length": {"value": 550,]],
  [[ "unit": "tokens"}, "time_to_first_token": {"value": 255.5, "unit": "ms"}, "request_latency": {"value": 297.5,]],
  [[ "unit": "ms"}, "output_sequence_length": {"value": 9, "unit": "tokens"}, "inter_token_latency": {"value": 5.25,]],
  [[ "unit": "ms"}, "inter_chunk_latency": {"value": [4.9, 5.3], "unit": "ms"}}, "error": null}]],
  "\n",
  [[{"metadata": {"session_num": 1, "request_start_ns": 1759813208532900363, "request_end_ns": 1759813208532990000,]],
  [[ "benchmark_phase": "profiling", "was_cancelled": false}, "metrics": {"error_isl": {"value": 550,]],
  [[ "unit": "tokens"}}, "error": {"code": 500, "type": "InternalServerError", "message": "broke"}}]],
  "\n",
})

local function other_versions_of_vllm_are_taken_as_far_as_they_go()
  local vllm = harness.read(harness.root .. "/tests/import/vllm.rate5.json")
  local run, text = taken("newer.json", (vllm:gsub("^{", '{"speculation": {"depth": 3}, "p75_ttft_ms": 9.5, ')))
  has(text, "left out: speculation")
  near(statistic(run, "vllm.ttft", "p99"), 33.22948305994254, "a newer vLLM's TTFT")
  near(statistic(run, "vllm.ttft_p75", "mean"), 9.5, "a percentile without a column")
  run = taken("appended.json", vllm .. "\n" .. vllm .. "\n")
  has(text_of("SELECT group_concat(round(started_ms)) FROM phases WHERE run = " .. run, harness.database),
    '"0.0,10050.0"')
  near(harness.number("SELECT count(*) FROM run_summary WHERE metric = 'vllm.ttft' AND run = " .. run), 2, "their TTFT")
end

local function what_genai_perf_leaves_unsaid_stays_null()
  local run = taken("profile_export_genai_perf.json", GENAI_PERF)
  near(statistic(run, "genai-perf.request_latency", "p99"), 300, "genai-perf p99")
  near(statistic(run, "genai-perf.request_latency", "stddev"), 20.25, "genai-perf std")
  near(statistic(run, "genai-perf.request_throughput", "mean"), 12.5, "genai-perf throughput")
  check(statistic(run, "genai-perf.time_to_first_token", "min") == nil, "what genai-perf does not say stays null")
  local told = text_of("SELECT options FROM runs WHERE run = " .. run, harness.database)
  check(told:find "%-m tiny" and not told:find "k%-%d", "keys are not kept: %s", told)
  check(told:find "4%.5" and told:find '"77"' and told:find "a=b" and told:find "code=x", "but the rest: %s", told)
  near(harness.number("SELECT count(*) FROM backends WHERE model = 'tiny' AND run = " .. run), 1, "genai-perf's model")
  local text
  run, text = taken("telemetry.csv", harness.read(harness.root .. "/tests/import/genai-perf.conc.csv")
    .. "\nMetric,GPU,avg,min\nGPU Power Usage (W),0,75.00,70.00\n")
  has(text, "left out: the table Metric,GPU,avg,min")
  near(statistic(run, "genai-perf.request_count", "mean"), 20, "what stands beside that table")
end

local function records_of_aiperf_have_times()
  local run, text = taken("profile_export.jsonl", RECORDS)
  has(text, "left out: metrics.error_isl")
  near(harness.number("SELECT max(t_ms) FROM events WHERE channel = 'token' AND run = " .. run), 265.7, "its last")
  near(statistic(run, "icl", "mean"), 5.1, "its gaps are ours")
  run = taken("holes.jsonl", (RECORDS:gsub("4.9, 5.3", "4.9, null, 5.3")))
  near(harness.number("SELECT count(*) FROM events WHERE run = " .. run), 0, "of a gap that is none no events")
  run = taken("profile_export.jsonl", RECORDS .. "\n")
  for _, view in ipairs { "request_metrics", "as_aiperf" } do
    near(harness.number(("SELECT tpot_ms FROM %s WHERE run = %d"):format(view, run)), 5.25, view .. ": time per token")
    near(harness.number(("SELECT ttft_ms FROM %s WHERE run = %d"):format(view, run)), 255.5, view .. ": first token")
  end
  has(text_of("SELECT outcome, http_status, streamed, phase, phase_kind, start_ms FROM request_metrics WHERE run = "
    .. run, harness.database), "ok,,1,1,measure,0\nfailed,500,0,1,measure,1000\n")
  run = taken("warm-up.jsonl", (RECORDS:gsub('"profiling"', '"warmup"', 1)))
  has(text_of("SELECT phase, phase_kind FROM request_metrics WHERE run = " .. run, harness.database),
    ",warm-up\n1,measure\n")
  run = taken("profile_export_aiperf.csv", AIPERF_TABLE)
  has(text_of("SELECT group_concat(metric || ' ' || unit, ', ') FROM (SELECT metric, unit FROM run_summary WHERE run = "
    .. run .. " ORDER BY metric)", harness.database), "aiperf.completed_requests count, aiperf.effective_concurrency"
    .. " count, aiperf.effective_latency ms, aiperf.http_waiting ms, aiperf.osl_mismatch_diff_pct %")
end

local function benchmarks_of_guidellm_and_genai_bench_are_taken()
  local guidellm = harness.read(harness.root .. "/tests/import/guidellm.conc.json")
    :gsub("request_streaming_iterations_count", "output_tokens_per_second")
  local run = taken("benchmarks.json", ('{"metadata": {}, "args": {"model": "m"}, "benchmarks": [%s, %s]}')
    :format(guidellm, guidellm))
  has(text_of("SELECT group_concat(round(started_ms) || '+' || round(seconds, 3), ' ') FROM phases WHERE run = " .. run,
    harness.database), "0.0+3.422 3422.0+3.422")
  has(text_of("SELECT group_concat(DISTINCT label) FROM run_summary WHERE run = " .. run, harness.database),
    '"benchmark 1,benchmark 2"')
  has(text_of("SELECT DISTINCT metric, unit FROM run_summary WHERE metric GLOB '*output*' AND run = " .. run
    .. " ORDER BY 1", harness.database),
    "guidellm.output_token_count,tokens\nguidellm.output_tokens_per_second,tok/s\n")
  near(harness.number("SELECT duration_s FROM runs WHERE run = " .. run), 6.843401432, "as long as both")
  local requests = harness.read(harness.root .. "/tests/import/guidellm.requests.json")
  run = taken("rate.json", (requests:gsub('"strategy": {[^}]*}', '"strategy": {"type_": "constant", "rate": 5.5}')))
  has(text_of("SELECT label, asked_rate FROM phases WHERE run = " .. run, harness.database), "constant 5.5,5.5")
  local text
  run, text = taken("warm.json", (requests:gsub('"start_time": 1795662161.2294', '"start_time": 1795662161.3294')
    :gsub('"end_time": 1795662161.6', '"end_time": 1795662161.4')))
  check(not text:find "is no time", "what began before the measuring has a start: %s", text)
  has(text_of("SELECT phase_kind, count(start_ms), (SELECT round(started_ms) FROM phases WHERE run = r.run) AS began "
    .. "FROM request_metrics AS r WHERE run = " .. run .. " GROUP BY 1", harness.database),
    "drain,5,100\nmeasure,7,100\nwarm-up,3,100\n")
  local genai_bench = harness.read(harness.root .. "/tests/import/genai-bench.conc.json"):gsub('"tpot": {', '"t": {')
  local _, untold = taken("no_tpot.json", genai_bench)
  has(untold, "left out: individual_request_metrics (nothing tells")
  run, text = taken("named_unit.json", (genai_bench:gsub("^{", '{"_time_unit": "ms",')))
  check(not text:find "_time_unit", "the unit is read: %s", text)
  near(statistic(run, "genai-bench.ttft", "mean"), 129.5735656500014, "genai-bench ttft in the unit that it names")
  check(harness.number("SELECT count(*) FROM request_metrics WHERE ttft_ms > 100 AND run = " .. run) > 0,
    "requests in the unit that the file names")
end

-- What a tool writes after other settings, and what an older one wrote.
local function other_forms_of_a_file()
  local sglang = harness.read(harness.root .. "/tests/import/sglang.detailed.jsonl")
  local run = taken("results.jsonl", sglang .. sglang)
  has(text_of("SELECT group_concat(started_ms || '+' || seconds, ' ') FROM phases WHERE run = " .. run,
    harness.database), "0.0+0.6 600.0+0.6")
  local evalscope = harness.read(harness.root .. "/tests/import/evalscope.requests.db")
  run = taken("older.db", (evalscope:gsub("is_stream", "is_xtream")))
  has(text_of("SELECT max(token_events) IS NULL, count(ttft_ms) FROM request_metrics WHERE run = " .. run,
    harness.database), "1,0")
  near(harness.number("SELECT count(ttft_ms) FROM as_evalscope WHERE run = " .. run), 17, "an older evalscope's chunks")
  local path = write("whole.db", evalscope)
  os.execute("sqlite3 " .. harness.quote(path) .. [[ "UPDATE result SET is_stream = 0,
    request = replace(request, 'messages', 'input')"]])
  run = tonumber(bench("import", path):match ": run (%d+)")
  has(text_of("SELECT call, streamed, count(end_ms), count(ttft_ms) FROM request_metrics WHERE outcome = 'ok' "
    .. "AND run = " .. run .. " GROUP BY 1, 2", harness.database), "embed,0,17,0\n")
  run = taken("answers.csv", "backend,seconds,ttft_ms,output_tokens\na,1.5,250,4\n")
  has(text_of("SELECT ttft_ms, e2e_ms, output_tokens FROM request_metrics WHERE run = " .. run, harness.database),
    "250,1500,4")
  local llama = harness.read(harness.root .. "/tests/import/llama-bench.json")
  run = taken("both.json", (llama:gsub('"n_gen": 0', '"n_gen": 16'):gsub('"samples_ns": %[[^%]]*%]',
    '"samples_ns": [ 2000000, 3000000 ]')))
  has(text_of("SELECT prompt_tokens, output_tokens, e2e_ms FROM request_metrics WHERE run = " .. run .. " LIMIT 1",
    harness.database), "64,16,2")
  local aiperf = harness.read(harness.root .. "/tests/import/aiperf.conc.json")
  run = taken("errors.json", (aiperf:gsub('"error_summary": %[%]',
    '"error_summary": [ { "error_details": { "type": "Timeout", "message": "too late" }, "count": 2 } ]')))
  has(text_of("SELECT value FROM notes WHERE key = 'error' AND run = " .. run, harness.database),
    "2 x Timeout too late")
  local benchy = harness.read(harness.root .. "/tests/import/llama-benchy.seq.json")
  run = taken("context.json", (benchy:gsub('"is_context_prefill_phase": false', '"is_context_prefill_phase": true')))
  check(text_of("SELECT DISTINCT label FROM run_summary WHERE run = " .. run, harness.database):find " context\n",
    "a phase that fills the context is apart")
end

-- How the requests of the numbers in a file came, and how many a second were asked for.
local function loads_of_a_file_are_told()
  local summary = harness.read(harness.root .. "/tests/import/evalscope.summary.json")
  local run = taken("rate.json", (summary:gsub('"Request Rate %(req/s%)": %-1.0', '"Request rate (req/s)": 30')))
  has(text_of("SELECT arrivals, asked_rate FROM phases WHERE run = " .. run, harness.database),
    '"request rate 30, concurrency 4",30')
  local slower = taken("slower.json", (summary:gsub('"Concurrency": 4', '"Concurrency": 8')))
  has(bench("compare", run, slower), "--concurrency 4 → 8")
  local aiperf = harness.read(harness.root .. "/tests/import/aiperf.conc.json")
  run = taken("warmed.json", (aiperf:gsub('"phases": %[', '%0 {"name": "warmup", "kind": "warmup", '
    .. '"type": "concurrency", "requests": 4, "concurrency": 1},')))
  has(text_of("SELECT arrivals, asked_rate FROM phases WHERE run = " .. run, harness.database), "concurrency 64,\n")
  run = taken("rate.json", (aiperf:gsub('"type": "concurrency"', '"type": "poisson", "rate": 10.5')))
  has(text_of("SELECT arrivals, asked_rate FROM phases WHERE run = " .. run, harness.database),
    '"poisson, request rate 10.5, concurrency 64",10.5')
  local inference_perf = harness.read(harness.root .. "/tests/import/inference-perf.conc.json")
  for words, wanted in pairs { ['"requested_rate": 20.5'] = "request rate 20.5,20.5",
    ['"requested_rate": 256.0, "concurrency": 8'] = "concurrency 8,\n" } do
    run = taken("stage.json", (inference_perf:gsub('"load_summary": {', '%0 "achieved_rate": 19.5, ' .. words .. ",")))
    has(text_of("SELECT arrivals, asked_rate FROM phases WHERE run = " .. run, harness.database), wanted)
    near(statistic(run, "inference-perf.achieved_rate", "mean"), 19.5, "the rate that a stage achieved")
  end
end

local function responses_are_read_as_they_came()
  local run, text = taken("pieces.json", PIECES)
  for _, left in ipairs { "seen", "requests without a start", "what is no object in requests" } do
    has(text, "left out: " .. left)
  end
  local function of(seq, columns)
    return text_of(("SELECT %s FROM request_metrics WHERE run = %d AND seq = %d"):format(columns, run, seq),
      harness.database)
  end
  has(of(1, "ttft_ms, ttfc_ms, e2e_ms, token_events, answer, finish_reason, prompt_tokens, output_tokens, "
    .. "token_source"), "10,20,30,3,abc,stop,7,5,usage")
  has(of(2, "outcome, error_kind, error_message, start_ms"), "failed,server_error,broke,500")
  has(of(3, "outcome, streamed, ttft_ms IS NULL, e2e_ms, answer, finish_reason"), "ok,0,1,300,whole,length")
  has(of(4, "outcome, error_kind"), "failed,no_response")
  has(text_of("SELECT arrivals, asked_rate, seconds FROM phases WHERE run = " .. run, harness.database),
    "request rate 2.5,2.5,0.9")
  near(statistic(run, "genai-perf.time_to_first_token", "max"), 300, "genai-perf's first token is one of content")
  run = taken("triton.json", TRITON)
  has(text_of("SELECT call, ttft_ms, e2e_ms, answer FROM request_metrics WHERE run = " .. run, harness.database),
    "complete,3,5,I like")
end

-- What comes through a pipe is read once, and is the same run as the file.
local function a_pipe_is_as_good_as_its_file()
  local path, quote = write("piped.jsonl", RECORDS:gsub("session_num", "session")), harness.quote
  local pipe = io.popen(("cat %s | %s import /dev/stdin --db %s 2>&1"):format(quote(path), quote(arg[1]),
    quote(harness.database)))
  has(pipe:read "a", "/dev/stdin: run")
  check(pipe:close(), "the import of a pipe ends well")
  has(bench("import", path), "already here")
end

-- As vLLM and evalscope write it of answers of one token, and of a benchmark in which nothing was answered.
local function a_time_of_nothing_is_none()
  local vllm = harness.read(harness.root .. "/tests/import/vllm.rate5.json")
  local run, text = taken("one_token.json", (vllm:gsub('(_tpot_ms": )[%d.]+', "%10.0")))
  has(text, "left out: tpot of 0 ms, which stands for none")
  near(harness.number("SELECT count(*) FROM run_summary WHERE metric LIKE 'vllm.tpot%' AND run = " .. run), 0, "tpot")
  check(statistic(run, "vllm.ttft", "p50") > 0, "what stands beside it is there")
  run, text = taken("at_once.json", (vllm:gsub('"duration"', '"mean_client_queue_time_ms": 0.0, %0', 1)))
  check(not text:find "stands for none" and statistic(run, "vllm.client_queue_time", "mean") == 0, "nobody queued")
  local summary = harness.read(harness.root .. "/tests/import/evalscope.summary.json")
  run, text = taken("failed.json", (summary:gsub('("Avg TTFT %(ms%)": )[%d.]+', "%1-1000.0"):gsub(
    '("Avg ITL %(ms%)": )[%d.]+', "%10.0")))
  has(text, "left out: Avg ITL (ms) of 0, which stands for none")
  has(text, "left out: Avg TTFT (ms) of -1000, which stands for none")
  near(harness.number("SELECT count(*) FROM run_summary WHERE (mean <= 0 AND unit = 'ms' OR mean < 0) AND run = "
    .. run), 0, "times of nothing")
  check(statistic(run, "evalscope.Avg TPOT", "mean") == 2.89, "what stands beside it is there")
end

-- What a file of any tool may come to: a value of another type or size, NaN as Python writes it, a line that was cut.
local function what_does_not_fit_is_left_out()
  local vllm = harness.read(harness.root .. "/tests/import/vllm.engine_killed.json")
  local run, text = taken("nan.json", (vllm:gsub('"mean_ttft_ms": [%d.]+', '"mean_ttft_ms": NaN'):gsub(
    '"rtfx": 0.0', '"rtfx": -Infinity, "label": "NaN is a word here"')))
  has(text, "left out: 2 NaN or Infinity: taken for values that are not there")
  check(statistic(run, "vllm.ttft", "mean") == nil, "NaN is no mean")
  near(statistic(run, "vllm.tpot", "mean"), 0.8723745727632333, "what stands beside it")
  has(text_of("SELECT options FROM runs WHERE run = " .. run, harness.database), "NaN is a word here")
  run, text = taken("types.json", (vllm:gsub('"completed": 4', '"completed": "four"'):gsub('"duration": [%d.]+',
    '"duration": -3'):gsub('"latencies": %[[%d.]+', '"latencies": [-0.5', 1):gsub('"input_lens": %[%d+',
    '"input_lens": [{}', 1)))
  has(text, "left out: completed")
  has(text, "left out: t_finish of request 1: -0.5 is no time")
  near(harness.number("SELECT count(*) FROM request_metrics WHERE run = " .. run), 12, "its requests all the same")
  run, text = taken("cut.jsonl", "\u{FEFF}" .. RECORDS:gsub("\n", "\r\n") .. RECORDS:sub(1, 300))
  has(text, "left out: line 3: it is no whole object")
  near(harness.number("SELECT count(*) FROM request_metrics WHERE run = " .. run), 2, "the whole lines")
  run = taken("letters.csv", (harness.read(harness.root .. "/tests/import/llama-bench.csv"):gsub("stddev_ts",
    "stddev\xFFts", 1)))
  near(harness.number("SELECT count(*) FROM run_summary WHERE run = " .. run), 4, "numbers under a head of other bytes")
  refused("packed.json", "\31\139\8\0\0", "it is compressed by gzip: unpack it first")
  refused("wide.json", "\255\254{\0}\0", "it is UTF-16: write it as UTF-8 first")
  refused("empty_tests.json", '[{"model_type": "a", "n_gen": 1, "avg_ts": null}]', "nothing in it could be understood")
  refused("other.db", harness.read(harness.root .. "/tests/import/evalscope.requests.db"):gsub("first_chunk_latency",
    "first_chunk_lateness"), "was not imported")
end

-- Two results of one tool are compared number by number; one value each has a ratio and no verdict.
local function two_of_one_tool_are_compared()
  local aiperf = harness.read(harness.root .. "/tests/import/aiperf.conc.json")
  local base, new = taken("aiperf.json", aiperf), taken("slower.json", (aiperf:gsub("100%.206386", "110.227025")))
  local text, code = bench("compare", tostring(base), tostring(new))
  check(code == 0, "compare of two imported runs: exit %d", code)
  has(text, "As the tools define them")
  check(text:find "time_to_first_token p50 replay +ms +100%.?%d* +110%.?%d* +1%.10 +– +cannot tell", "TTFT:\n%s", text)
  check(text:find "time_to_first_token p99 replay +ms +141 +141 +1%.00 ", "p99:\n%s", text)
  local script = write("loads.lua", [[local bench = require "bench"
    local opt = bench.scenario { options = { { "users", { 1 }, "" } } }
    local backend = bench.backend "sim@ttft=1ms@tpot=1ms@output_tokens=2"
    for _, users in ipairs(opt.users) do
      bench.load { arrivals = bench.closed(users), requests = 4, visit = function() backend:ask "hi" end }
    end]])
  bench("run", script, "--quiet")
  text = bench("compare", tostring(base), "last")
  check(text:find "aiperf.time_to_first_token p50", "one load is held against the tool's:\n%s", text)
  bench("run", script, "--users", "1,2", "--quiet")
  text = bench("compare", tostring(base), "last")
  check(not text:find "aiperf.time_to_first_token p50", "two loads are not taken together:\n%s", text)
  has(text, "has 2 loads")
  local trend = bench("trend", "AIPerf", "--metric", "aiperf.time_to_first_token")
  check(trend:find "100" and trend:find "110", "trend of imported runs:\n%s", trend)
end

local function the_story()
  local run = taken("story.csv", harness.read(harness.root .. "/examples/the_story/ten_answers.csv"))
  local function of(backend, what)
    local question = "SELECT %s FROM request_metrics WHERE run = %d AND backend = '%s'"
    return harness.number(question:format(what, run, backend))
  end
  near(of("ollama", "sum(chars)"), 1489, "characters of Ollama")
  near(of("llama.cpp", "min(e2e_ms)"), 7018.7, "seconds of the shortest answer")
  local text, code = bench("compare", tostring(run))
  check(code == 0, "compare of the story: exit %d", code)
  check(text:find "answer +chars/s +14%.4 +26%.6 +1%.86 +1%.%d+ %.%. +[12]%.%d+", "the ratio is 1.86:\n%s", text)
  has(text, "unknown  model, engine, quantisation")
  has(text, "neither says")
  has(text, "NOTHING IS KNOWN ABOUT EITHER BACKEND")
  check(not text:find "faster" and not text:find "slower", "no engine is named the winner:\n%s", text)
end

local exported, script = a_run_goes_out_and_comes_back()
a_file_stands_for_its_run(exported, script)
a_time_that_is_none_stays_outside(exported)
a_run_of_somebody_else_opens_nothing()
a_database_is_not_taken_into_itself()
what_is_no_result_is_refused()
other_versions_of_vllm_are_taken_as_far_as_they_go()
what_genai_perf_leaves_unsaid_stays_null()
records_of_aiperf_have_times()
benchmarks_of_guidellm_and_genai_bench_are_taken()
other_forms_of_a_file()
loads_of_a_file_are_told()
responses_are_read_as_they_came()
a_pipe_is_as_good_as_its_file()
a_time_of_nothing_is_none()
what_does_not_fit_is_left_out()
two_of_one_tool_are_compared()
the_story()
harness.finish(147)
