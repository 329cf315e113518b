require "core_fake"
-- report.vllm on rows that are worked out by hand: two requests that went well, the second one with a role chunk
-- and a finish chunk around its two tokens, and one that failed.
local asked = { request_rate = "5", goodput = { "ttft:8", "tpot:25" }, max_concurrency = 4, save_detailed = true,
  percentile_metrics = "ttft,itl", metric_percentiles = { 50, 99, 99.9 } }
local cjson = require "cjson"

local answers = {
  ["report/run_shown"] = { { run = 1, started_at = "2026-11-25T20:49:04.000Z", options = cjson.encode(asked) } },
  ["report/notes"] = { { key = "gpu", value = "H100" }, { key = "result block", value = "vllm" } },
  ["report/groups"] = { { backend = "vllm", call = "chat", phase = 1, requests = 3, ok = 2 },
    { backend = "vllm", call = "embed", requests = 1, ok = 1 } },
  ["report/vllm_requests"] = {
    { request = 1, outcome = "ok", came_ms = 0, start_ms = 0, end_ms = 41, prompt_tokens = 7, output_tokens = 4,
      ttft_ms = 10.0, e2e_ms = 40.0004, tpot_ms = 10, answer = "one" },
    { request = 2, outcome = "ok", came_ms = 400, start_ms = 500, wait_ms = 100, end_ms = 31, prompt_tokens = 7,
      output_tokens = 2, ttft_ms = 5.0, e2e_ms = 30.0, tpot_ms = 25, answer = "two" },
    { request = 3, outcome = "failed", came_ms = 1500, start_ms = 1500, end_ms = 100, prompt_tokens = 7,
      error_message = "Internal Server Error" },
  },
  ["report/phases"] = { { asked_rate = 5, started_ms = -400 } },
  ["report/backends"] = { { backend = "llamacpp", model = "other" }, { backend = "vllm", model = "tiny" } },
}

local timelines = { "[10000,20000,30000,40000]", "[15000,25000]" }

package.loaded["report.ask"] = {
  rows = function(name)
    return assert(answers[name], "no answer to " .. name)
  end,
  row = function(name)
    return answers[name][1]
  end,
  each = function(_, _, take)
    for request, t in ipairs(timelines) do
      take { request = request, t = t }
    end
  end,
}

local vllm = require "report.vllm"

local function read()
  local results = {}
  vllm.each(1, function(one)
    results[#results + 1] = one
  end)
  return results
end

local results = read()
local result = results[1]

describe("the figures of vllm bench serve", function()
  it("takes chats and completions, each group by itself", function()
    assert.same(1, #results)
    assert.same("tiny", result.model)
  end)

  it("counts what went well, from the beginning of the load to the last end", function()
    assert.same({ 2, 1, 14, 6 }, { result.sum.completed, result.sum.failed, result.sum.input, result.sum.output })
    assert.same(2.0, result.seconds)
    assert.same(1 / 2, result.goodput)
  end)

  it("has the role chunk and the finish chunk among the gaps, and no gap of a rounding", function()
    assert.same({ 10.0, 10.0, 10.0 }, result.rows[1].gaps)
    assert.same({ 10.0, 10.0, 5.0 }, result.rows[2].gaps)
  end)

  it("has standard deviations over n, and linear percentiles", function()
    local ttft = result.statistics.ttft
    assert.same({ 7.5, 7.5, "2.500" }, { ttft.mean, ttft.median, ("%.3f"):format(ttft.std) })
    assert.same("9.950", ("%.3f"):format(ttft.percentiles[2].value))
    assert.same("9.167", ("%.3f"):format(result.statistics.itl.mean))
  end)

  it("has the peak of a whole second, in tokens whatever number of chunks brought them", function()
    assert.same(6.0, result.peak_tokens)
  end)

  it("has as many requests as lived at one moment: who begins when another ends comes after it", function()
    local rows = answers["report/vllm_requests"]
    assert.same(1, result.peak_requests)
    for start, peak in pairs { [40.0] = 2, [40.0004] = 1, [0] = 2 } do
      rows[2].start_ms = start
      assert.same(peak, read()[1].peak_requests)
    end
    rows[2].start_ms, rows[1].e2e_ms = 500, nil
    assert.same(1, read()[1].peak_requests)
    rows[1].e2e_ms = 40.0004
  end)

  it("lets live what went well and is known to have begun", function()
    local rows = answers["report/vllm_requests"]
    rows[3].outcome, rows[3].start_ms, rows[3].e2e_ms, rows[2].start_ms = "ok", 20, 40.0, nil
    assert.same(2, read()[1].peak_requests)
    rows[3].outcome, rows[3].start_ms, rows[2].start_ms = "failed", 510, 500
    assert.same(1, read()[1].peak_requests)
    rows[3].start_ms, rows[3].e2e_ms = 1500, nil
  end)

  it("has what waited for a free place, from the plan on", function()
    assert.same({ 100, 130.0 }, { result.statistics.client_queue_time.mean,
      result.statistics.e2el_including_client_queue.median })
  end)

  it("prints the block", function()
    local text = require("report.vllm_block").text(result)
    assert.same("Request goodput (req/s):                 0.50      ", text:match "Request goodput[^\n]*")
    assert.same("Median ITL (ms):                         10.00     ", text:match "Median ITL[^\n]*")
    assert.same(nil, text:match "TPOT")
  end)

  it("knows no sum where the server left out a count", function()
    local rows = answers["report/vllm_requests"]
    local counted = rows[1].prompt_tokens
    rows[1].prompt_tokens = nil
    local one = read()[1]
    rows[1].prompt_tokens = counted
    local text, file = require("report.vllm_block").text(one), cjson.decode(require("report.vllm_json").text(one))
    assert.same("Total input tokens:                      -         ", text:match "Total input[^\n]*")
    assert.same("Total generated tokens:                  6         ", text:match "Total generated[^\n]*")
    assert.same({ cjson.null, 6, cjson.null, 3.0 }, { file.total_input_tokens, file.total_output_tokens,
      file.total_token_throughput, file.output_throughput })
  end)

  it("writes the file", function()
    local file = cjson.decode(require("report.vllm_json").text(result))
    assert.same({ 5.0, 4, 2, "Internal Server Error" }, { file.request_rate, file.max_concurrency, #file.itls[1] - 1,
      file.errors[3] })
    assert.same({ { 0.01, 0.005, 0.0 }, { 0.0400004, 0.03, 0.0 }, { 0.0, 0.5, 1.5 }, { 0.0, 0.1, 0.0 } },
      { file.ttfts, file.latencies, file.start_times, file.queue_times })
    assert.same({ { 7, 7, 7 }, { 4, 2, 0 }, { "one", "two", "" } },
      { file.input_lens, file.output_lens, file.generated_texts })
    assert.near(9.995, file["p99.9_ttft_ms"], 1e-9)
    assert.same({ 7.5 }, { file.mean_ttft_ms, file.mean_tpot_ms })
    result.detailed = false
    file = cjson.decode(require("report.vllm_json").text(result))
    assert.same({ 3, 3 }, { #file.latencies, #file.queue_times })
    assert.same({}, { file.ttfts, file.itls, file.input_lens, file.generated_texts })
  end)
end)

package.loaded["report.ask"] = nil
