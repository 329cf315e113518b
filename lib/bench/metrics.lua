-- The one table of metrics: name, unit, direction, the column of request_metrics it is read from, and
-- one definition, which `bench help metrics` prints. A value that does not exist is null, never 0.
local lists = require "bench.lists"
local text = require "core.text"

local metrics = {}

-- better: "lower", "higher", or "neither". planned: a promise on it counts from the planned time where there is
-- one; from_schedule: it is its column and the wait before; by_count: as good as the count of output tokens;
-- of_answers: no embedding and no plain HTTP request has it.
metrics.list = {
  { name = "ttft", title = "TTFT", unit = "ms", better = "lower", column = "ttft_ms", planned = true, of_answers = true,
    definition = "time to first token: the first token event in any channel (content, reasoning, tool call)"
      .. " less t0, when the request was handed to the transport; streamed answers only" },
  { name = "ttft_sched", title = "TTFT from schedule", unit = "ms", better = "lower", column = "ttft_ms",
    from_schedule = true, of_answers = true,
    definition = "ttft + wait: what a user saw who came when the plan said; first requests of an open load's visits"
      .. " only, and what a promise on ttft is judged by where there is a plan" },
  { name = "ttfc", title = "TTFC", unit = "ms", better = "lower", column = "ttfc_ms", planned = true, of_answers = true,
    definition = "time to first content: as ttft, for the first event with text of the answer itself" },
  { name = "tpot", title = "TPOT", unit = "ms", better = "lower", column = "tpot_ms", by_count = true,
    of_answers = true,
    definition = "time per output token: (last token event - first token event) / (N - 1); none below 2 tokens"
      .. " or when all came at once (flag burst: events less than 5 µs apart on average)" },
  { name = "itl", title = "ITL", unit = "ms", better = "lower", gaps = true, of_answers = true,
    definition = "inter-token latency: gaps per token, known where the tokens of the events add up to the"
      .. " server's count; an event of n tokens is n gaps of an n-th each, the first one's came together;"
      .. " percentiles over all gaps" },
  { name = "icl", title = "ICL", unit = "ms", better = "lower", gaps = true, of_answers = true,
    definition = "inter-chunk latency: gaps between neighbouring token events; percentiles over all gaps" },
  { name = "e2e", title = "end to end", unit = "ms", better = "lower", column = "e2e_ms", planned = true,
    definition = "last token event less t0; the end of the answer where nothing is streamed" },
  { name = "e2e_sched", title = "end to end from schedule", unit = "ms", better = "lower", column = "e2e_ms",
    from_schedule = true, definition = "e2e + wait, as ttft_sched" },
  { name = "decode_tps", title = "decode", unit = "tok/s", better = "higher", column = "decode_tps", by_count = true,
    of_answers = true,
    definition = "output tokens after the first per second from the first to the last token event, by the"
      .. " client's stamps: 1000 / tpot" },
  { name = "tokens_per_s", title = "tokens per second", unit = "tok/s", better = "higher",
    column = "tokens_per_s", by_count = true, of_answers = true, definition = "output tokens / e2e" },
  { name = "chars_per_s", title = "characters per second", unit = "chars/s", better = "higher",
    column = "chars_per_s", of_answers = true, definition = "characters of the answer / e2e" },
  { name = "wait", title = "wait", unit = "ms", better = "lower", column = "wait_ms",
    definition = "start less the planned time, where there was a plan" },
  { name = "connect", title = "connect", unit = "ms", better = "lower", column = "connect_ms",
    definition = "until the connection stood, none on a kept one; TLS: a full handshake only for the first of a run" },
  { name = "headers", title = "headers", unit = "ms", better = "lower", column = "headers_ms",
    definition = "the answer's head less t0" },
  { name = "end", title = "end of the answer", unit = "ms", better = "lower", column = "end_ms",
    definition = "the last byte of the answer less t0, bookkeeping after the last token included" },
  { name = "tokens", title = "output", unit = "tokens", better = "neither", column = "output_tokens", by_count = true,
    of_answers = true,
    definition = "N, reasoning included, as the server counted them; token_source says where it is an estimate" },
  { name = "prompt_tokens", title = "prompt", unit = "tokens", better = "neither", column = "prompt_tokens",
    definition = "tokens of the whole prompt as the server counted them; none where it says only what it evaluated" },
  { name = "evaluated_tokens", title = "evaluated", unit = "tokens", better = "neither",
    column = "evaluated_tokens", definition = "prompt tokens that the server computed" },
  { name = "cached_tokens", title = "cached", unit = "tokens", better = "neither", column = "cached_tokens",
    definition = "prompt tokens that it found in a cache" },
  { name = "reasoning_tokens", title = "reasoning", unit = "tokens", better = "neither",
    column = "reasoning_tokens", of_answers = true, definition = "output tokens that were reasoning" },
  { name = "chars", title = "answer", unit = "chars", better = "neither", column = "chars", of_answers = true,
    definition = "characters (Unicode code points) of the answer" },
  { name = "server_load", title = "load by its own clock", unit = "ms", better = "lower",
    column = "server_load_ms", definition = "loading the model, by the server's clock" },
  { name = "server_queue", title = "queue by its own clock", unit = "ms", better = "lower",
    column = "server_queue_ms",
    definition = "waiting for a slot, by the server's clock; for Ollama what its total leaves unexplained" },
  { name = "server_prefill", title = "prefill by its own clock", unit = "ms", better = "lower",
    column = "server_prefill_ms", definition = "processing the prompt, by the server's clock" },
  { name = "server_prefill_tps", title = "prefill by its own clock", unit = "tok/s", better = "higher",
    column = "server_prefill_tps",
    definition = "evaluated prompt tokens / server_prefill; tokens out of a cache do not count" },
  { name = "server_decode", title = "decode time by its own clock", unit = "ms", better = "lower",
    column = "server_decode_ms", of_answers = true,
    definition = "from the first to the last token, by the server's clock" },
  { name = "server_decode_tps", title = "decode by its own clock", unit = "tok/s", better = "higher",
    column = "server_decode_tps", of_answers = true,
    definition = "(N - 1) / the time from the first to the last token, by the server's clock, for every kind of"
      .. " server; none below 2 tokens" },
  { name = "errors", title = "errors", unit = "%", better = "lower", share = true,
    definition = "requests that are neither ok nor cancelled, of all that ended and were not cancelled; arrivals that"
      .. " were turned away are among them, what the end of a load or a run cut off (incomplete) is not" },
  { name = "goodput", title = "goodput", unit = "%", better = "higher", share = true,
    definition = "planned requests that met every condition, of all planned ones (or per second); failed and"
      .. " dropped ones did not; a condition on a value that cannot exist is left out" },
  { name = "check", title = "checks", unit = "%", better = "higher", share = true,
    definition = "checks of that name that passed (bench.check)" },
}

local by_name = {}
for _, metric in ipairs(metrics.list) do
  by_name[metric.name] = metric
end

-- The value of a metric with a column in a row of request_metrics; nil where there is none.
function metrics.value(metric, row)
  local value = row[metric.column]
  if not metric.from_schedule then
    return value or nil
  end
  return value and row.wait_ms and value + row.wait_ms or nil
end

-- The same as a promise takes it: in an open load latency belongs to the planned time.
function metrics.judged(metric, row)
  local value = metrics.value(metric, row)
  return value and metric.planned and value + (row.wait_ms or 0) or value
end

-- Whether a request of that call (as request_metrics has it) can have the metric at all.
function metrics.is_of(metric, call)
  return not metric.of_answers or call ~= "embed" and call ~= "http"
end

function metrics.find(name)
  return by_name[name]
end

-- What a page, or another tool, calls them.
local other_words = { latency = "e2e", e2el = "e2e", duration = "e2e", error = "errors", error_rate = "errors",
  failures = "errors", success = "errors", success_rate = "errors", throughput = "tokens_per_s", tps = "decode_tps" }

-- The nearest name among ours and the script's own (a list of { name, unit, definition }), or nil.
function metrics.nearest(word, own)
  local names = lists.append(lists.column(metrics.list, "name"), lists.column(own or {}, "name"))
  word = word:lower()
  return other_words[word] or text.nearest(word, names)
end

return metrics
