-- Asks of every sort of a real llama-server, held against what it counted meanwhile: to the token. No clock of ours
-- stops before its own.
local ledger = {}

local LEAST_MS = 0.5 -- two clocks that are read one after the other

local BODY = [[
local short = { max_tokens = 8, temperature = 0 }
local function with(more)
  for name, value in pairs(short) do more[name] = more[name] or value end
  return more
end
local shape = { type = "object", properties = { a = { type = "boolean" } }, required = { "a" } }
for _ = 1, 2 do backend:ask("Why is the sky blue?", short) end
backend:ask("Why is the sky blue?", with { cache = "bypass" })
backend:ask("Two of you?", with { temperature = 1, seed = 3, extra = { n = 2 } })
backend:ask("Stop there.", with { max_tokens = 40, stop = { "molecules" } })
backend:ask("One word.", with { max_tokens = 1 })
backend:ask("", short)
backend:ask("Is it?", with { max_tokens = 60, extra = { response_format = { type = "json_schema",
  json_schema = { name = "answer", schema = shape } } } })
backend:ask("Yes?", with { extra = { grammar = 'root ::= "yes" | "no"' } })
backend:ask("All at once.", with { stream = false })
backend:ask("As you go.", with { extra = { timings_per_token = true, return_progress = true, logprobs = true } })
backend:ask("为什么天空是蓝色的", with { max_tokens = 60 })
backend:complete("Once upon a time", with { seed = 1, extra = { n_probs = 2 } })
backend:complete("Once upon", with { stream = false })
backend:complete("", short)
backend:ask(("why is the sky blue "):rep(2000), short)
backend:ask("Yes?", with { extra = { grammar = "root := " } })
]]

local SUMS = [[SELECT count(*) AS requests, sum(outcome = 'ok') AS ok, sum(outcome = 'empty') AS empty,
  sum(error_kind = 'http_400') AS refused, sum(evaluated_tokens) AS evaluated, sum(cached_tokens) AS cached,
  sum(output_tokens) AS output, sum(ttft_ms + %g < server_prefill_ms) AS early,
  sum(end_ms + %g < server_prefill_ms + server_decode_ms) AS ended
  FROM request_metrics]]

local function counters(real)
  local values = {}
  for name, value in real.output(("curl -s --noproxy '*' 'http://%s/metrics'"):format(real.address))
    :gmatch "llamacpp:([%w_]+) (%d+)" do
    values[name] = math.tointeger(value)
  end
  return values
end

-- real: as load_vllm.check takes it.
function ledger.check(real)
  local before = counters(real)
  local result = real.run("ledger", BODY)
  local after, ours = counters(real), real.query(result, SUMS:format(LEAST_MS, LEAST_MS))[1]
  real.check(ours.requests == 17 and ours.ok == 14 and ours.empty == 1 and ours.refused == 2,
    "17 odd asks: %s ok, %s empty, %s refused", ours.ok, ours.empty, ours.refused)
  for column, name in pairs { evaluated = "prompt_tokens_total", cached = "prompt_tokens_cached_total",
    output = "tokens_predicted_total" } do
    real.check(ours[column] == after[name] - before[name], "%s tokens %s, the server says %d", column, ours[column],
      after[name] - before[name])
  end
  real.check(ours.early == 0 and ours.ended == 0,
    "no first token before its prefill was done (%s), no end before all was (%s)", ours.early, ours.ended)
end

return ledger
