-- bench help expect
return [[
Promises: what a scenario expects

  expect = {
    "ttft p99 < 800ms",
    "errors < 0.1%",
    "decode_tps mean > 20",
    "goodput(ttft < 500ms, tpot < 50ms) > 99%",
    "check(arguments) > 95%",
    "ttft p95 < 2s for zh",
  }

A sentence is METRIC STATISTIC BOUND. Statistics: mean, min, max, stddev, median
and p50, p90, p95, p99 (any pN). Times need a unit: us, ms, s, min. Metrics:
bench help metrics, and those that the script declares:

  metrics = { { "first_word", "s", "to the first word", better = "lower" } }

better ("lower", "higher"; else neither) lets compare and --against call it
worse.

  errors           share of requests that are neither ok nor cancelled; what the
                   end of a load cut off (incomplete) is not among them
  goodput(...)     share (%) of planned requests that met every condition, or
                   their rate (/s); failed and dropped ones did not. A condition
                   on a value that cannot exist (TPOT of one token) is left out;
                   where no answer had one of them there is no data
  check(NAME)      share of bench.check(reply, NAME, ...) that passed
  ... for LABEL    only requests of that label

Each sentence is read before the first request, so that a typo fails at once. It
is judged for each backend, label and load by itself and must hold for all. In
an open load ttft and e2e count from the moment when the plan wanted the request
(bench help loads), and arrivals that were turned away are errors. What only an
answer has (ttft, tpot, tokens) is not promised of embeddings and HTTP requests.
What failed has no latency, so a server that turns the slow ones away keeps any
promise on it: promise errors beside it, or goodput, which counts both.

  kept        exit 0
  broken      exit 1
  too few     exit 5: the sample cannot bound that percentile (5 values for
              p50, 29 for p90, 59 for p95, 299 for p99; likewise for p5 > ...)
  no data     exit 5: there was nothing to judge
]]
