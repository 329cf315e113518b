-- What bench says of imported runs, and of one beside a measured one: lua shown.lua BENCH ROOT
package.path = arg[2] .. "/tests/import/?.lua;" .. package.path
local harness = require "harness"

local bench, check, has, near, number = harness.bench, harness.check, harness.has, harness.near, harness.number

local function hasnt(text, part)
  check(not text:find(part, 1, true), "%q is in:\n%s", part, text)
end

local function on_one_line(text)
  return (text:gsub("%s+", " "))
end

-- All in one call, as a shell would name them.
local function import()
  local folder = harness.root .. "/tests/import/"
  local text, code = bench("import", folder .. "guidellm.requests.json", folder .. "vllm.engine_killed.json",
    folder .. "evalscope.requests.db", folder .. "evalscope.summary.json", folder .. "llama-bench.json", folder,
    folder .. "aiperf.conc.json", folder .. "guidellm.requests.json")
  check(code == 2, "a folder among the files: exit %d", code)
  has(text, "tests/import/ was not imported: it is a folder: name the files in it")
  has(text, "aiperf.conc.json: run 6, AIPerf, 65 numbers")
  has(text, "guidellm.requests.json: already here, as run 1")
  local script = harness.write("mine.lua", [[
local bench = require "bench"
bench.scenario { summary = "case" }
for backend in bench.rounds({ "sim@ttft=40ms@tpot=2ms" }, 8) do
  backend:ask("hi", { max_tokens = 8 })
end
]])
  has(bench("run", script, "--quiet"), "7")
end

local function pages_say_so()
  local text = bench "list"
  check(text:find "guidellm +sim +13/15 +guidellm.requests.json +imported", "list:\n%s", text)
  check(text:find "AIPerf +replay +– +aiperf.conc.json +imported", "a file without requests has no 0/0:\n%s", text)
  text = bench("show", "1")
  has(text, "IMPORTED  run 1")
  has(text, "guidellm measured this, bench only imported it")
  has(text, "2 of 15 requests to sim did not end ok")
  check(text:find "in flight +peak +3\n", "3 at a time were in flight:\n%s", text)
  has(text, "Kept: run 1, 15 requests  (")
  text = bench("show", "2")
  hasnt(text, "in flight")
  hasnt(text, "token events")
  text = bench("show", "6")
  has(text, "Kept: run 6, no request of its own")
  hasnt(text, "measured  requests")
  hasnt(text, "nil")
  hasnt(bench("show", "4"), "nil")
  check(number "SELECT count(*) FROM runs WHERE requests IS NULL AND run IN (4, 6)" == 2, "nobody counted requests")
end

-- The measured run under guidellm's names and definitions, beside what guidellm said of its own.
local function is_held_against_a_measured_run()
  local text, code = bench("compare", "1", "7")
  check(code == 0, "compare: exit %d:\n%s", code, text)
  has(text, "NOT THE SAME EXPERIMENT (measured by, prompt tokens)")
  has(on_one_line(text), "measured by guidellm → bench; prompt tokens 18 → 10 (medians of all that was answered); "
    .. "load concurrent 3 → none")
  has(on_one_line(text), "Measured by another tool, and imported: run 1 by guidellm.")
  has(text, "numbers as guidellm defines them: only in run 1 (bench show 1)")
  hasnt(text, "not sent")
  check(select(2, bench("compare", "1", "7", "--strict")) == 5, "not the same experiment, and --strict")
  local base, new = text:match "guidellm.time_per_output_token_ms p50 sim +ms +([%d.]+) +([%d.]+) "
  check(tonumber(base) == 7.82, "guidellm's own median: %s", base)
  local mine = number [[SELECT median(t.tpot_ms) FROM as_guidellm AS t JOIN request_metrics AS m USING (request)
    WHERE t.run = 7 AND m.phase_kind = 'measure']]
  check(mine and new and math.abs(mine - tonumber(new)) < 0.01, "ours by its definition: %s, not %s", new, mine)
  check(text:find "TTFT +ms +48%.2 +%d", "its first token is ours, and compared as such:\n%s", text)
  text = bench("compare", "6", "7")
  check(text:find "aiperf.time_to_first_token p50 replay +ms +100%.%d +%d", "backends of other names:\n%s", text)
end

local function has_every_form_but_one()
  local text, code = bench("report", "1", "--format", "vllm")
  check(code == 2, "a vLLM file of guidellm's numbers: exit %d", code)
  has(text, "run 1 was measured by guidellm and imported")
  has(bench("report", "6", "--format", "benchstat"), "BenchmarkAIPerf/backend=replay\t1\t100.206 "
    .. "aiperf.time_to_first_token_p50-ms")
  has(bench("report", "1", "--format", "junit"), '<property name="imported" value="1"/>')
  local path = harness.folder .. "/report.html"
  has(bench("report", "1", "6", "-o", path), "wrote")
  has(harness.read(path), "IMPORTED")
end

local function has_a_label_and_notes()
  local file = harness.write("profile_export_aiperf.json", (harness.read(harness.root
    .. "/tests/import/aiperf.conc.json"):gsub("100%.206386", "110.227025")))
  local text, code = bench("import", file, "--label", "c64", "--note", "gpu=H100", "--note", "commit=a=b")
  check(code == 0, "import: exit %d: %s", code, text)
  check(bench("list", "--label", "c64"):find "AIPerf", "its label")
  check(harness.row "SELECT value FROM notes WHERE key = 'gpu' AND run = 8" == "H100", "a note")
  check(harness.row "SELECT value FROM notes WHERE key = 'commit' AND run = 8" == "a=b", "a note with =")
  check(harness.row "SELECT value FROM notes WHERE key = 'file' AND run = 8" == file, "where it came from")
  text, code = bench("import", file, "--note", "H100")
  check(code == 2, "a wrong note: exit %d", code)
  has(text, '--note is KEY=VALUE, not "H100"')
end

local function has_a_trend()
  has(bench("trend", "AIPerf"), "AIPerf, replay, concurrency 64, aiperf.time_to_first_token p50 in ms (imported)")
  has(bench("trend", "llama-bench"), "llama-bench.avg_ts mean in tok/s (imported)")
  has(bench("trend", "evalscope", "--metric", "evalscope.Avg TTFT"), "42.6")
  local text, code = bench("trend", "evalscope", "--metric", "evalscope.Avg TTFT p42")
  check(code == 2, "no such statistic: exit %d", code)
  has(text, "there is no statistic p42")
end

import()
pages_say_so()
is_held_against_a_measured_run()
has_every_form_but_one()
has_a_trend()
has_a_label_and_notes()
near(number "SELECT count(*) FROM runs", 8, "runs")
harness.finish(46)
