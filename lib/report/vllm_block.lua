-- The result block of `vllm bench serve`, to the blank.
local lists = require "bench.lists"

local block = {}

local WIDTH = 50

local titles = {
  { "ttft", "TTFT", "Time to First Token" },
  { "tpot", "TPOT", "Time per Output Token (excl. 1st token)" },
  { "itl", "ITL", "Inter-token Latency" },
  { "e2el", "E2EL", "End-to-end Latency" },
  { "client_queue_time", "Client Queue Time", "Client-side Queueing" },
  { "e2el_including_client_queue", "E2EL incl. Client Queue", "Queue-inclusive End-to-end Latency" },
}

local function centred(words, filler)
  local space = WIDTH - #words
  return filler:rep(space // 2) .. words .. filler:rep(space - space // 2)
end

local function line(name, value)
  local words = value == nil and "-" or math.type(value) == "integer" and tostring(value) or ("%.2f"):format(value)
  return ("%-40s %-10s"):format(name, words)
end

local function word_of(percent)
  local whole = math.tointeger(percent)
  return whole and tostring(whole) or tostring(percent)
end

local function add_metric(lines, title, found)
  lines[#lines + 1] = centred(title[3], "-")
  lines[#lines + 1] = line(("Mean %s (ms):"):format(title[2]), found.mean)
  lines[#lines + 1] = line(("Median %s (ms):"):format(title[2]), found.median)
  for _, one in ipairs(found.percentiles) do
    lines[#lines + 1] = line(("P%s %s (ms):"):format(word_of(one.percent), title[2]), one.value)
  end
end

local function add_counts(lines, result)
  lines[#lines + 1] = line("Successful requests:", result.sum.completed)
  lines[#lines + 1] = line("Failed requests:", result.sum.failed)
  if result.max_concurrency then
    lines[#lines + 1] = line("Maximum request concurrency:", result.max_concurrency)
  end
  if result.rate then
    lines[#lines + 1] = line("Request rate configured (RPS):", result.rate)
  end
  lines[#lines + 1] = line("Benchmark duration (s):", result.seconds)
  lines[#lines + 1] = line("Total input tokens:", result.sum.input)
  lines[#lines + 1] = line("Total generated tokens:", result.sum.output)
end

local function add_rates(lines, result)
  lines[#lines + 1] = line("Request throughput (req/s):", result.sum.completed / result.seconds)
  if result.goodput then
    lines[#lines + 1] = line("Request goodput (req/s):", result.goodput)
  end
  lines[#lines + 1] = line("Output token throughput (tok/s):", result.output_rate)
  lines[#lines + 1] = line("Peak output token throughput (tok/s):", result.peak_tokens + 0.0)
  lines[#lines + 1] = line("Peak concurrent requests:", result.peak_requests + 0.0)
  lines[#lines + 1] = line("Total token throughput (tok/s):", result.total_rate)
end

-- A result of report.vllm as text.
function block.text(result)
  local lines = { centred(" Serving Benchmark Result ", "=") }
  add_counts(lines, result)
  add_rates(lines, result)
  for _, title in ipairs(titles) do
    if lists.has(result.chosen, title[1]) then
      add_metric(lines, title, result.statistics[title[1]])
    end
  end
  lines[#lines + 1] = ("="):rep(WIDTH)
  return table.concat(lines, "\n") .. "\n"
end

return block
