-- bench help metrics: out of the one table of metrics.
local metrics = require "bench.metrics"
local text = require "report.text"

local HEAD = [[
Metrics: what each number is

A time begins at t0, when the request is handed to the transport. A token event
is an event with text in any channel: content, reasoning, tool call. Its time is
the arrival of the byte that completes it. What does not exist is null, shown as
–, never 0. Statistics are of measured requests that ended ok, without warm-ups
and cold starts; percentiles by linear interpolation over all values, never
averaged. A percentile that fewer values cannot bound (29 for p90, 59 for p95,
299 for p99) is named instead of shown, and a promise on it is inconclusive.

]]

local TAIL = [[

In bench sql: view request_metrics has one row for each request (columns NAME_ms
and so on), run_summary the statistics, events each token.

Of an imported run each number keeps the name that its tool gives it, after the
tool's (vllm.ttft, aiperf.inter_token_latency, llama-bench.avg_ts), its unit and
its meaning; percentiles of guidellm and evalscope are values that occurred.
Columns of request_metrics are filled where both mean the same.

What serve prints at its end, and --format vllm, count as vllm bench serve does,
but for four things: a request that fails in the middle is a failure, the peak
of tokens counts tokens, not chunks, that of requests is of one moment (vLLM to
0.32: of a whole second, more than its limit), and a chunk without text (half a
character) ends no gap of ITL.
]]

local parts = { HEAD }
for _, metric in ipairs(metrics.list) do
  local better = metric.better == "neither" and "" or ", " .. metric.better .. " is better"
  parts[#parts + 1] = ("%s (%s%s)\n"):format(metric.name, metric.unit, better)
  parts[#parts + 1] = text.wrap(metric.definition, "    ", "    ")
end

return table.concat(parts) .. TAIL
