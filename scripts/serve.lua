#!/usr/bin/env -S bench run
-- vllm bench serve: its options, its load, its result block. --format vllm prints its result file.
local bench = require "bench"

local opt = bench.scenario {
  summary = "Random prompts at a rate, as vllm bench serve",
  options = {
    { "base_url",            "http://127.0.0.1:8000", "the server" },
    { "backend",             "",     "openai-chat, or openai and vllm for /v1/completions" },
    { "endpoint",            "/v1/chat/completions", "or /v1/completions" },
    { "model",               "",     "asks the server where not given" },
    { "num_prompts",         1000,   "how many requests" },
    { "request_rate",        "inf",  "requests per second; inf: all at once" },
    { "burstiness",          1,      "1: a Poisson process; below in clumps, above more even" },
    { "max_concurrency",     0,      "most at a time, the others wait; 0: no limit" },
    { "num_warmups",         0,      "requests before the measured ones" },
    { "dataset_path",        "",     "prompts of this file (JSONL, ShareGPT, CSV), not random ones" },
    { "random_input_len",    1024,   "tokens of a prompt" },
    { "random_output_len",   128,    "tokens of an answer" },
    { "random_range_ratio",  0,      "both lengths vary by this share" },
    { "random_prefix_len",   0,      "tokens that all prompts begin with" },
    { "ignore_eos",          true,   "answers have their whole length" },
    { "temperature",         "",     "sent where given" },
    { "goodput",             {},     "limits in ms: ttft:500 tpot:50 e2el:9000" },
    { "percentile_metrics",  "ttft,tpot,itl", "whose percentiles to print; also e2el" },
    { "metric_percentiles",  { 99 }, "which ones" },
    { "save_detailed",       false,  "--format vllm: each request, too" },
  },
}
bench.note("result block", "vllm")

local model = opt.model ~= "" and "#" .. opt.model or ""
local backend = bench.backend(opt.base_url .. model)
local call = (opt.backend ~= "" and opt.backend or opt.endpoint):find "chat" and "chat" or "complete"
local total = opt.num_prompts + opt.num_warmups
local prompts = opt.dataset_path ~= "" and bench.prompts(opt.dataset_path) or bench.synthetic {
  backend = backend, call = call, tokens = opt.random_prefix_len + opt.random_input_len, count = total,
  spread = opt.random_range_ratio, shared_prefix = opt.random_prefix_len,
}

local rate = tonumber(opt.request_rate)
local arrivals
if not rate then -- as fast as the limit allows
  arrivals = bench.closed(opt.max_concurrency > 0 and math.min(opt.max_concurrency, total) or total)
elseif opt.burstiness == 1 then
  arrivals = bench.poisson(rate)
else
  arrivals = bench.gamma(rate, 1 / opt.burstiness ^ 0.5)
end

local least = math.max(1, math.ceil(opt.random_output_len * (1 - opt.random_range_ratio)))
local most = math.floor(opt.random_output_len * (1 + opt.random_range_ratio))
local asked = 0
bench.load {
  label = "serve", arrivals = arrivals, requests = opt.num_prompts, warm_up = opt.num_warmups,
  at_most = rate and opt.max_concurrency > 0 and opt.max_concurrency or nil, drain = "6h",
  visit = function(user)
    local ask = call == "chat" and backend.ask or backend.complete
    asked = asked + 1
    ask(backend, prompts[(asked - 1) % #prompts + 1], { max_tokens = user:random(least, most),
      ignore_eos = opt.ignore_eos, temperature = tonumber(opt.temperature) })
  end,
}
