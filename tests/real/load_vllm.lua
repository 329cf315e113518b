-- Loads of a real vLLM, held against what it counted and timed itself: its histograms' sums are exact means. Its
-- clock starts when it takes a request up and stops before it sends, so that ours shows no less; what lies between
-- is its own waiting to read and to write. It stops with the last token, which may have no text: so with the finish
-- reason, that comes with it, not with our last text.
local load_vllm = {}

local LEAST_MS = 0.5                    -- two clocks that are read one after the other
local LONGER = { ttft = 3, e2e = 1.4 }  -- times what it says, on a full machine that keeps 128 requests unread
local SPARE_MS = 100
local DECODE = 0.3                      -- of its own; tokens that it is late to send are late with us

local BODY = [[
bench.load { arrivals = bench.closed(%d), requests = %d, visit = function(user)
  backend:ask(("Question %%d: why is the sky blue?"):format(user.number),
    { max_tokens = 48, ignore_eos = true, temperature = 0, seed = 1 })
end }
]]

-- name -> value, of what has one line in /metrics.
local function counters(address, output)
  local values = {}
  for line in output(("curl -s --noproxy '*' 'http://%s/metrics'"):format(address)):gmatch "[^\n]+" do
    local name, labels, value = line:match "^vllm:([%w_]+){(.-)} (%S+)$"
    if name then
      local reason = labels:match 'finished_reason="(%w+)"'
      values[reason and name .. " " .. reason or name] = tonumber(value)
    end
  end
  return values
end

local function difference(before, after)
  return setmetatable({}, { __index = function(_, name)
    return (after[name] or error("vLLM's /metrics has no " .. name)) - (before[name] or 0)
  end })
end

local SUMS = [[SELECT count(*) AS requests, sum(outcome = 'ok') AS ok, sum(output_tokens) AS output,
  sum(token_source = 'usage') AS counted, sum(prompt_tokens) AS prompt, sum(output_tokens - 1) AS gaps,
  avg(ttft_ms) AS ttft, avg(finish_ms) AS e2e, sum(e2e_ms - ttft_ms) / sum(output_tokens - 1) AS itl
  FROM request_metrics WHERE phase_kind = 'measure']]

local function counts(check, ours, theirs)
  check(ours.output == theirs.generation_tokens_total, "%d tokens of output, the server says %d", ours.output or -1,
    theirs.generation_tokens_total)
  check(ours.prompt == theirs.prompt_tokens_total, "%d tokens of prompts, the server says %d", ours.prompt or -1,
    theirs.prompt_tokens_total)
  check(ours.gaps == theirs.inter_token_latency_seconds_count, "%d gaps between tokens, the server says %d",
    ours.gaps or -1, theirs.inter_token_latency_seconds_count)
end

local function mean_ms(theirs, name)
  return 1000 * theirs[name .. "_sum"] / theirs[name .. "_count"]
end

local function times(check, ours, theirs)
  for column, name in pairs { ttft = "time_to_first_token_seconds", e2e = "e2e_request_latency_seconds" } do
    local here, there = ours[column] or -1, mean_ms(theirs, name)
    check(here > there - LEAST_MS and here < LONGER[column] * there + SPARE_MS,
      "mean %s %.1f ms, by the server's clock %.1f", column, here, there)
  end
  local here, there = ours.itl or -1, mean_ms(theirs, "inter_token_latency_seconds")
  check(math.abs(here / there - 1) < DECODE, "mean gap per token %.2f ms, by the server's clock %.2f", here, there)
end

-- real: { address, check(condition, format, ...), output(command), run(name, body), query(result, sql) }.
function load_vllm.check(real, users)
  local total = 3 * users
  local before = counters(real.address, real.output)
  local result = real.run("load" .. users, BODY:format(users, total))
  local theirs = difference(before, counters(real.address, real.output))
  local ours = real.query(result, SUMS)[1]
  real.check(result.code == 0 and ours.ok == total and ours.requests == total and ours.counted == total,
    "closed(%d): %s of %d ok, each counted by the server, exit %d", users, ours.ok, total, result.code)
  real.check(theirs["request_success_total length"] == total, "which says %d",
    theirs["request_success_total length"])
  counts(real.check, ours, theirs)
  times(real.check, ours, theirs)
end

return load_vllm
