#!/usr/bin/env -S bench run
-- vllm bench serve: its options, its load, its result block. Its result file: --format vllm -o result.json
local bench = require "bench"

local opt = bench.scenario {
  summary = "Random prompts at a rate, as vllm bench serve",
  options = {
    { "base_url",            "http://127.0.0.1:8000", "the server" },
    { "host",                "127.0.0.1", "or in two words: this" },
    { "port",                8000,   "and this" },
    { "backend",             "",     "openai or vllm: /v1/completions; openai-chat: /v1/chat/completions" },
    { "endpoint_type",       "",     "what --backend was called before" },
    { "endpoint",            "/v1/completions", "or /v1/chat/completions" },
    { "model",               "",     "asks the server where not given" },
    { "served_model_name",   "",     "what the server calls it, where that is another name" },
    { "num_prompts",         1000,   "how many requests" },
    { "request_rate",        "inf",  "requests per second; inf: all at once" },
    { "burstiness",          1,      "1: a Poisson process; below in clumps, above more even" },
    { "ramp_up_strategy",    "",     "linear or exponential in time: from one rate to the other" },
    { "ramp_up_start_rps",   1,      "the first rate" },
    { "ramp_up_end_rps",     10,     "the last" },
    { "max_concurrency",     0,      "most at a time, the others wait; 0: no limit" },
    { "num_warmups",         0,      "requests before the measured ones" },
    { "dataset_name",        "random", "or sharegpt, custom: prompts of a file" },
    { "dataset_path",        "",     "that file (JSONL, ShareGPT, CSV)" },
    { "input_len",           0,      "tokens of a prompt, whatever the dataset; 0: as below" },
    { "output_len",          0,      "tokens of an answer, likewise" },
    { "custom_output_len",   256,    "most tokens of an answer to a prompt of a file" },
    { "sharegpt_output_len", 0,      "the same; 0: as that" },
    { "random_input_len",    1024,   "tokens of a prompt" },
    { "random_output_len",   128,    "tokens of an answer" },
    { "random_range_ratio",  0,      "both lengths vary by this share" },
    { "random_prefix_len",   0,      "tokens that all prompts begin with" },
    { "ignore_eos",          false,  "answers have their whole length; those to random prompts always do" },
    { "temperature",         "",     "sent where given" },
    { "top_p",               "",     "sent where given" },
    { "top_k",               "",     "sent where given" },
    { "min_p",               "",     "sent where given, as are these" },
    { "frequency_penalty",   "",     "" },
    { "presence_penalty",    "",     "" },
    { "repetition_penalty",  "",     "" },
    { "extra_body",          "",     "JSON that goes into each request" },
    { "header",              {},     "KEY=VALUE, sent with each request" },
    { "metadata",            {},     "KEY=VALUE, kept with the run" },
    { "goodput",             {},     "limits in ms: ttft:500 tpot:50 e2el:9000" },
    { "percentile_metrics",  "ttft,tpot,itl", "whose percentiles to print; also e2el" },
    { "metric_percentiles",  { 99 }, "which ones" },
    { "save_detailed",       false,  "--format vllm: each request, too" },
    { "save_result",         false,  "refused: every run is kept; --format vllm -o FILE writes its file" },
    { "result_dir",          ".",    "of that file" },
    { "result_filename",     "",     "its name" },
    { "tokenizer",           "",     "not needed: the server counts" },
    { "tokenizer_mode",      "",     "not needed" },
    { "ready_check_timeout_sec", 0,  "not needed: a server that is loading is waited for" },
    { "trust_remote_code",   false,  "not needed" },
    { "disable_tqdm",        false,  "not needed" },
  },
}

if opt.save_result or opt.result_filename ~= "" then
  local name = opt.result_filename ~= "" and opt.result_filename or "result.json"
  bench.refuse(("a scenario may write no files. Instead of --save-result, --result-dir and --result-filename give"
    .. " --format vllm -o %s"):format(opt.result_dir == "." and name or opt.result_dir .. "/" .. name))
end

-- { "KEY=VALUE" } as a table.
local function pairs_of(name, list)
  local found = {}
  for _, word in ipairs(list) do
    local key, value = word:match "^([^=]+)=(.*)$"
    if not key then
      bench.refuse(("--%s is KEY=VALUE, not %q"):format(name, word))
    end
    found[key] = value
  end
  return found
end

local function find_call()
  if opt.endpoint ~= "/v1/completions" and opt.endpoint ~= "/v1/chat/completions" then
    bench.refuse(("--endpoint is /v1/completions or /v1/chat/completions, not %s; what stands before it belongs to"
      .. " --base-url"):format(opt.endpoint))
  end
  local said = opt.backend ~= "" and opt.backend or opt.endpoint_type ~= "" and opt.endpoint_type or opt.endpoint
  return said:find "chat" and "chat" or "complete"
end

-- So long that all requests are due when the last rate is reached.
local function ramp(total)
  local from, to = opt.ramp_up_start_rps, opt.ramp_up_end_rps
  if opt.ramp_up_strategy == "linear" or from == to then
    return bench.ramp(from, to, total * 2 / (from + to))
  elseif opt.ramp_up_strategy ~= "exponential" then
    bench.refuse(("--ramp-up-strategy is linear or exponential, not %s"):format(opt.ramp_up_strategy))
  end
  return bench.ramp(from, to, total * math.log(to / from) / (to - from), { growth = "exponential" })
end

local function find_arrivals(total)
  local rate = opt.request_rate == "inf" and math.huge or tonumber(opt.request_rate)
  if not rate or rate <= 0 then
    bench.refuse(("--request-rate is requests per second, or inf, not %s"):format(opt.request_rate))
  elseif opt.ramp_up_strategy ~= "" then
    return ramp(total)
  elseif rate == math.huge then -- as fast as the limit allows
    return bench.closed(opt.max_concurrency > 0 and math.min(opt.max_concurrency, total) or total)
  elseif opt.burstiness == 1 then
    return bench.poisson(rate)
  end
  return bench.gamma(rate, 1 / opt.burstiness ^ 0.5)
end

local function number(name)
  local value = tonumber(opt[name])
  if opt[name] ~= "" and not value then
    bench.refuse(("--%s is a number, not %s"):format(name:gsub("_", "-"), opt[name]))
  end
  return value
end

-- What goes into each body beside what bench has a setting for.
local function find_extra()
  local extra, problem = {}, nil
  if opt.extra_body ~= "" then
    extra, problem = json.decode(opt.extra_body)
  end
  if type(extra) ~= "table" then
    bench.refuse(("--extra-body is a JSON object: %s"):format(problem or opt.extra_body))
  end
  for _, name in ipairs { "min_p", "frequency_penalty", "presence_penalty", "repetition_penalty" } do
    extra[name] = number(name) or extra[name]
  end
  return extra
end

local input_length = opt.input_len > 0 and opt.input_len or opt.random_input_len
local is_random = opt.dataset_name == "random" and opt.dataset_path == ""

local function find_prompts(backend, call, total)
  if is_random then
    return bench.synthetic { backend = backend, call = call, tokens = opt.random_prefix_len + input_length,
      count = total, spread = opt.random_range_ratio, shared_prefix = opt.random_prefix_len }
  elseif opt.dataset_path == "" then
    bench.refuse(("--dataset-name %s: give its prompts as a file, --dataset-path FILE"):format(opt.dataset_name))
  end
  return bench.prompts(opt.dataset_path)
end

-- Of messages, /v1/completions has the last one's text.
local function ask(backend, call, prompt, settings)
  if call == "chat" then
    return backend:ask(prompt, settings)
  end
  return backend:complete(prompt.text or prompt.messages[#prompt.messages].content, settings)
end

local function output_length(user)
  if not is_random then
    local own = opt.sharegpt_output_len > 0 and opt.sharegpt_output_len or opt.custom_output_len
    return opt.output_len > 0 and opt.output_len or own
  end
  local length = opt.output_len > 0 and opt.output_len or opt.random_output_len
  local least = math.max(1, math.ceil(length * (1 - opt.random_range_ratio)))
  return user:random(least, math.floor(length * (1 + opt.random_range_ratio)))
end

bench.note("result block", "vllm")
for key, value in pairs(pairs_of("metadata", opt.metadata)) do
  bench.note(key, value)
end

local place = ("http://%s:%d"):format(opt.host, opt.port)
if place == "http://127.0.0.1:8000" then
  place = opt.base_url
end
local model = opt.served_model_name ~= "" and opt.served_model_name or opt.model
local backend = bench.backend(place .. (model ~= "" and "#" .. model or ""), {
  headers = pairs_of("header", opt.header),
  settings = {
    ignore_eos = is_random or opt.ignore_eos, temperature = number "temperature", top_p = number "top_p",
    top_k = number "top_k", extra = find_extra(),
    timeouts = { first_token = "6h" },
  },
})
local call = find_call()
local total = opt.num_prompts + opt.num_warmups
local arrivals = find_arrivals(total)
local prompts = find_prompts(backend, call, total)
bench.load {
  label = "serve", arrivals = arrivals, requests = opt.num_prompts, warm_up = opt.num_warmups,
  at_most = arrivals.open and opt.max_concurrency > 0 and opt.max_concurrency or nil, drain = "6h",
  visit = function(user)
    ask(backend, call, prompts[(user.visit - 1) % #prompts + 1], { max_tokens = output_length(user) })
  end,
}
