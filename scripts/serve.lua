#!/usr/bin/env -S bench run
-- vllm bench serve: its options, its load, its result block. Its result file: --format vllm -o result.json
local bench = require "bench"

local hub = "bench downloads nothing: write the prompts to a file, --dataset-path FILE.jsonl"
local adapters = "a run each, --model NAME, and bench compare; a mix: extra = { model = NAME } in a script's asks"

-- What bench does otherwise: an option of vLLM's, its default, what to do instead.
local instead = {
  { "append_result", false, "every run is kept; bench report 41 42 --format vllm gives several" },
  { "plot_timeline", false, "-o page.html draws a run" },
  { "timeline_itl_thresholds", "", "-o page.html draws a run" },
  { "plot_dataset_stats", false, "bench show last --requests --format csv has each length" },
  { "profile", false, "curl -X POST URL/start_profile before the run, URL/stop_profile after it" },
  { "insecure", false, "SSL_CERT_FILE=FILE names the certificates to trust (bench help addresses)" },
  { "use_beam_search", false, "--extra-body '{\"use_beam_search\": true}'" },
  { "chat_template_kwargs", "", "the server fills in its template: --backend openai-chat --extra-body"
    .. " '{\"chat_template_kwargs\": {...}}'" },
  { "lora_modules", {}, adapters },
  { "lora_assignment", "", adapters },
  { "probe_request_rate", "", "a script with two bench.load in bench.together (bench help loads)" },
  { "self_timed", false, "bench.replay(FILE) in a script (bench help loads)" },
  { "hf_name", "", hub },
  { "hf_subset", "", hub },
  { "hf_split", "", hub },
  { "hf_output_len", "", hub },
}

local options = {
  { "base_url",            "http://127.0.0.1:8000", "the server" },
  { "host",                "127.0.0.1", "or in two words: this" },
  { "port",                8000,   "and this" },
  { "backend",             "",     "openai or vllm: /v1/completions; openai-chat: /v1/chat/completions" },
  { "endpoint_type",       "",     "what --backend was called before" },
  { "endpoint",            "/v1/completions", "or /v1/chat/completions" },
  { "model",               "",     "asks the server where not given" },
  { "served_model_name",   "",     "what the server calls it, where that is another name" },
  { "num_prompts",         1000,   "how many requests; 0: the prompts of the file" },
  { "request_rate",        "inf",  "requests per second; inf: all at once" },
  { "burstiness",          "1",    "1: a Poisson process; below in clumps, above more even, inf: even" },
  { "ramp_up_strategy",    "",     "linear or exponential in time, evenly: from one rate to the other;"
    .. " vLLM's grows with each request, not in time, and is longer at the low rates" },
  { "ramp_up_start_rps",   1,      "the first rate" },
  { "ramp_up_end_rps",     10,     "the last" },
  { "max_concurrency",     0,      "most at a time, the others wait; 0: no limit" },
  { "num_warmups",         0,      "requests before the measured ones" },
  { "dataset_name",        "random", "or prefix_repetition; or sharegpt, custom: prompts of a file" },
  { "dataset_path",        "",     "that file (JSONL, ShareGPT, CSV), asked in its order" },
  { "oversample",          true,   "a file with fewer prompts begins again" },
  { "input_len",           0,      "tokens of a prompt, whatever the dataset; 0: as below" },
  { "output_len",          0,      "tokens of an answer, likewise" },
  { "custom_output_len",   256,    "most tokens of an answer to a prompt of a file; -1: its output_tokens" },
  { "sharegpt_output_len", 0,      "the same; 0: as that, since only the server can count the answer of the file" },
  { "random_input_len",    1024,   "tokens of a prompt as the server counts them, chat template included" },
  { "random_output_len",   128,    "tokens of an answer" },
  { "random_range_ratio",  "0",    "both lengths vary by this share, or by {\"input\": 0.3, \"output\": 0.5}" },
  { "random_prefix_len",   0,      "tokens before them that all prompts begin with" },
  { "prefix_repetition_prefix_len", 256, "tokens that all prompts of one prefix begin with" },
  { "prefix_repetition_suffix_len", 256, "tokens behind them" },
  { "prefix_repetition_num_prefixes", 10, "so many prefixes, with as many prompts each, in an order of chance" },
  { "prefix_repetition_output_len", 128, "tokens of an answer" },
  { "ignore_eos",          false,  "answers have their whole length; those to random prompts always do" },
  { "temperature",         "",     "sent where given" },
  { "top_p",               "",     "sent where given" },
  { "top_k",               "",     "sent where given" },
  { "min_p",               "",     "sent where given, as are these" },
  { "frequency_penalty",   "",     "" },
  { "presence_penalty",    "",     "" },
  { "repetition_penalty",  "",     "" },
  { "logprobs",            "",     "" },
  { "request_id_prefix",   "",     "before a number in the header x-request-id" },
  { "extra_body",          "",     "JSON that goes into each request" },
  { "header",              {},     "KEY=VALUE, sent with each request" },
  { "metadata",            {},     "KEY=VALUE, kept with the run" },
  { "goodput",             {},     "limits in ms: ttft:500 tpot:50 e2el:9000" },
  { "percentile_metrics",  "ttft,tpot,itl", "whose percentiles to print; also e2el, client_queue_time,"
    .. " e2el_including_client_queue" },
  { "metric_percentiles",  { 99 }, "which ones" },
  { "save_detailed",       false,  "--format vllm: each request, too" },
  { "save_result",         false,  "refused: every run is kept; --format vllm -o FILE writes its file" },
  { "result_dir",          ".",    "of that file" },
  { "result_filename",     "",     "its name" },
  { "tokenizer",           "",     "not needed: the server counts" },
  { "tokenizer_mode",      "",     "not needed" },
  { "skip_tokenizer_init", false,  "not needed" },
  { "skip_chat_template",  false,  "not needed: /v1/completions has the text as it is" },
  { "disable_shuffle",     false,  "not needed" },
  { "ready_check_timeout_sec", 0,  "not needed: a server that is loading is waited for" },
  { "trust_remote_code",   false,  "not needed" },
  { "disable_tqdm",        false,  "not needed" },
}

for _, one in ipairs(instead) do
  options[#options + 1] = { one[1], one[2], "refused: " .. one[3] }
end

local opt = bench.scenario { summary = "Random prompts at a rate, as vllm bench serve", options = options }

local function flag_of(name)
  return "--" .. name:gsub("_", "-")
end

for _, one in ipairs(instead) do
  local value = opt[one[1]]
  if type(value) == "table" and #value > 0 or type(value) ~= "table" and value ~= one[2] then
    bench.refuse(("%s: bench has another way: %s"):format(flag_of(one[1]), one[3]))
  end
end

if opt.save_result or opt.result_filename ~= "" then
  local name = opt.result_filename ~= "" and opt.result_filename or "result.json"
  bench.refuse(("a scenario may write no files. Instead of --save-result, --result-dir and --result-filename give"
    .. " --format vllm -o %s"):format(opt.result_dir == "." and name or opt.result_dir .. "/" .. name))
end

local function key_and_value(name, word)
  local key, value = word:match "^([^=]+)=(.*)$"
  return key or bench.refuse(("--%s is KEY=VALUE, not %q"):format(name, word)), value
end

local calls = { [""] = "", openai = "complete", vllm = "complete", ["openai-chat"] = "chat" }

local function find_call()
  if opt.endpoint ~= "/v1/completions" and opt.endpoint ~= "/v1/chat/completions" then
    bench.refuse(("--endpoint is /v1/completions or /v1/chat/completions, not %s; what stands before it belongs to"
      .. " --base-url"):format(opt.endpoint))
  end
  local said = opt.backend ~= "" and opt.backend or opt.endpoint_type
  local call = calls[said]
  if not call then
    bench.refuse(("--backend is openai, vllm or openai-chat, not %s; for embeddings: bench run embed"):format(said))
  end
  return call ~= "" and call or opt.endpoint:find "chat" and "chat" or "complete"
end

-- So long that all requests are due when the last rate is reached.
local function ramp(total)
  local from, to = opt.ramp_up_start_rps, opt.ramp_up_end_rps
  if opt.request_rate ~= "inf" then
    bench.refuse "--ramp-up-strategy and --request-rate: give one of them"
  elseif opt.burstiness ~= "1" then
    bench.refuse "--ramp-up-strategy and --burstiness: the arrivals of a ramp are even; give one of them"
  elseif opt.ramp_up_strategy == "linear" or from == to then
    return bench.ramp(from, to, total * 2 / (from + to))
  elseif opt.ramp_up_strategy ~= "exponential" then
    bench.refuse(("--ramp-up-strategy is linear or exponential, not %s"):format(opt.ramp_up_strategy))
  elseif from <= 0 or to <= 0 then
    bench.refuse "--ramp-up-strategy exponential: a rate of 0 does not grow; --ramp-up-start-rps 1, say"
  end
  return bench.ramp(from, to, total * math.log(to / from) / (to - from), { growth = "exponential" })
end

-- A number above 0, or inf.
local function positive(name, meaning)
  local value = opt[name] == "inf" and math.huge or tonumber(opt[name])
  if not value or value <= 0 then
    bench.refuse(("%s is %s, or inf, not %s"):format(flag_of(name), meaning, opt[name]))
  end
  return value
end

-- The arrivals, and how many of them may be in progress (nil: no limit, or it is the number of users).
local function find_arrivals(total)
  local limit = opt.max_concurrency > 0 and opt.max_concurrency or nil
  local rate, burstiness = positive("request_rate", "requests per second"), positive("burstiness", "a number above 0")
  if opt.ramp_up_strategy ~= "" then
    return ramp(total), limit
  elseif opt.ramp_up_start_rps ~= 1 or opt.ramp_up_end_rps ~= 10 then
    bench.refuse "--ramp-up-start-rps and --ramp-up-end-rps: say how it grows, --ramp-up-strategy linear"
  elseif rate == math.huge and limit and limit < total and opt.percentile_metrics:find "client_queue" then
    return bench.steady(1e6), limit -- all at once, and each waits for its place
  elseif rate == math.huge then -- as fast as the limit allows
    return bench.closed(math.min(limit or total, total))
  elseif burstiness == 1 then
    return bench.poisson(rate, { count = total }), limit
  elseif burstiness == math.huge then
    return bench.steady(rate), limit
  end
  return bench.gamma(rate, 1 / burstiness ^ 0.5, { count = total }), limit
end

local function number(name)
  local value = tonumber(opt[name])
  if opt[name] ~= "" and not value then
    bench.refuse(("%s is a number, not %s"):format(flag_of(name), opt[name]))
  end
  return value
end

local function object(name)
  local found, problem = json.decode(opt[name])
  if type(found) ~= "table" or #found > 0 then
    bench.refuse(("%s is a JSON object: %s"):format(flag_of(name), problem or opt[name]))
  end
  return found
end

-- What goes into each body beside what bench has a setting for.
local function find_extra()
  local extra = opt.extra_body ~= "" and object "extra_body" or {}
  for _, name in ipairs { "min_p", "frequency_penalty", "presence_penalty", "repetition_penalty", "logprobs" } do
    extra[name] = number(name) or extra[name]
  end
  return extra
end

local function is_share(value)
  return math.type(value) and value >= 0 and value < 1
end

-- The shares by which the lengths of prompts and answers vary.
local function find_spreads()
  local both = tonumber(opt.random_range_ratio)
  local each = both and { input = both, output = both } or object "random_range_ratio"
  if not (is_share(each.input) and is_share(each.output)) then
    bench.refuse(("--random-range-ratio is a share, 0 to below 1, or {\"input\": 0.3, \"output\": 0.5}, not %s")
      :format(opt.random_range_ratio))
  end
  return each.input, each.output
end

local input_length = opt.input_len > 0 and opt.input_len or opt.random_input_len
local is_random = opt.dataset_name == "random" and opt.dataset_path == ""
local is_repeated = opt.dataset_name == "prefix_repetition" and opt.dataset_path == ""
local input_spread, output_spread = find_spreads()

-- Prompts of several prefixes; those of a warm-up stand behind the others.
local function repeat_prefixes(backend, call)
  local prefixes, length = opt.prefix_repetition_num_prefixes, opt.prefix_repetition_prefix_len
  local each, warm = opt.num_prompts // prefixes, math.ceil(opt.num_warmups / prefixes)
  local measured, behind = {}, {}
  for _ = 1, prefixes do
    local prompts = bench.synthetic { backend = backend, call = call, count = each + warm,
      tokens = length + opt.prefix_repetition_suffix_len, shared_prefix = length }
    for index = 1, each + warm do
      local list = index <= each and measured or behind
      table.insert(list, index <= each and math.random(#list + 1) or #list + 1, { prompts, index })
    end
  end
  table.move(behind, 1, #behind, #measured + 1, measured)
  return setmetatable({}, {
    __len = function() return #measured end,
    __index = function(_, index) return measured[index][1][measured[index][2]] end,
  })
end

local function find_prompts(backend, call)
  if is_random and opt.num_prompts == 0 then
    bench.refuse "--num-prompts 0 means those of a file: --dataset-path FILE"
  elseif is_random then
    local whole = opt.random_prefix_len + input_length
    return bench.synthetic { backend = backend, call = call, tokens = whole, count = opt.num_prompts + opt.num_warmups,
      spread = input_spread * input_length / whole, shared_prefix = opt.random_prefix_len }
  elseif is_repeated then
    return repeat_prefixes(backend, call)
  elseif opt.dataset_name == "burstgpt" or opt.dataset_name == "timed_trace" then
    bench.refuse(("--dataset-name %s: its times and lengths: bench.replay(FILE) in a script (bench help prompts)")
      :format(opt.dataset_name))
  elseif opt.dataset_path == "" or opt.dataset_name == "hf" then
    bench.refuse(("--dataset-name %s: give its prompts as a file, --dataset-path FILE"):format(opt.dataset_name))
  end
  return bench.prompts(opt.dataset_path)
end

-- How many of the prompts are asked.
local function find_count(prompts)
  if is_repeated then
    return opt.num_prompts // opt.prefix_repetition_num_prefixes * opt.prefix_repetition_num_prefixes
  elseif opt.num_prompts == 0 or not opt.oversample and opt.num_prompts > #prompts then
    return #prompts
  end
  return opt.num_prompts
end

-- Of messages, /v1/completions has the last one's text.
local function ask(backend, call, prompt, settings)
  if call == "chat" then
    return backend:ask(prompt, settings)
  end
  return backend:complete(prompt.text or prompt.messages[#prompt.messages].content, settings)
end

local function output_length(user, prompt)
  if is_repeated then
    return opt.output_len > 0 and opt.output_len or opt.prefix_repetition_output_len
  elseif not is_random then
    local own = opt.output_len > 0 and opt.output_len or opt.sharegpt_output_len > 0 and opt.sharegpt_output_len
      or opt.custom_output_len
    return own > 0 and own or math.tointeger(prompt.output_tokens)
      or bench.refuse "--custom-output-len -1: each prompt of the file needs a whole number output_tokens"
  end
  local length = opt.output_len > 0 and opt.output_len or opt.random_output_len
  local least = math.max(1, math.ceil(length * (1 - output_spread)))
  return user:random(least, math.floor(length * (1 + output_spread)))
end

local limited, summed = { ttft = true, tpot = true, e2el = true },
  { ttft = true, tpot = true, itl = true, e2el = true, client_queue_time = true, e2el_including_client_queue = true }

-- Whole numbers, and the least that each may be.
local counts = {
  { "num_prompts", 0 }, { "num_warmups", 0 }, { "input_len", 0 }, { "output_len", 0 }, { "custom_output_len", -1 },
  { "sharegpt_output_len", 0 }, { "random_input_len", 1 }, { "random_output_len", 1 }, { "random_prefix_len", 0 },
  { "prefix_repetition_prefix_len", 0 }, { "prefix_repetition_suffix_len", 1 }, { "prefix_repetition_output_len", 1 },
  { "prefix_repetition_num_prefixes", 0 }, { "max_concurrency", 0 }, { "port", 1 },
}

local function check_counts()
  for _, one in ipairs(counts) do
    local value = math.tointeger(opt[one[1]])
    if not value or value < one[2] then
      bench.refuse(("%s is a whole number of at least %d, not %s"):format(flag_of(one[1]), one[2], opt[one[1]]))
    end
  end
end

-- What would be wrong in the result is refused before anything is asked.
local function check_result()
  local prefixes = opt.prefix_repetition_num_prefixes
  if prefixes < 1 or is_repeated and opt.num_prompts < prefixes then
    bench.refuse(("--prefix-repetition-num-prefixes is 1 to --num-prompts (%d), not %d"):format(opt.num_prompts,
      prefixes))
  end
  for _, limit in ipairs(opt.goodput) do
    local name, bound = limit:match "^(%w+):(.+)$"
    if not limited[name] or not tonumber(bound) then
      bench.refuse(("--goodput takes ttft:MS, tpot:MS and e2el:MS, not %s"):format(limit))
    end
  end
  for name in opt.percentile_metrics:gmatch "[^,]+" do
    if not summed[name] then
      bench.refuse(("--percentile-metrics are ttft, tpot, itl, e2el, client_queue_time and"
        .. " e2el_including_client_queue, not %s"):format(name))
    end
  end
  for _, percent in ipairs(opt.metric_percentiles) do
    if percent < 0 or percent > 100 then
      bench.refuse(("--metric-percentiles are 0 to 100, not %s"):format(percent))
    end
  end
end

check_counts()
check_result()
bench.note("result block", "vllm")
for _, word in ipairs(opt.metadata) do
  bench.note(key_and_value("metadata", word))
end
local headers = {}
for _, word in ipairs(opt.header) do
  local name, value = key_and_value("header", word)
  headers[name] = value
end

local place = opt.base_url
if place == "http://127.0.0.1:8000" then
  place = ("http://%s:%d"):format(opt.host, opt.port)
end
local call = find_call()
local model = opt.served_model_name ~= "" and opt.served_model_name or opt.model
local backend = bench.backend(place .. (model ~= "" and "#" .. model or ""), {
  headers = headers,
  settings = {
    ignore_eos = is_random or opt.ignore_eos, temperature = number "temperature", top_p = number "top_p",
    top_k = number "top_k", extra = find_extra(),
    timeouts = { first_token = "6h" },
  },
})
local prompts = find_prompts(backend, call)
local count = find_count(prompts)
local arrivals, at_most = find_arrivals(count)

-- first: how many prompts stand before that of the first visit.
local function visits_from(first, id_prefix)
  return function(user)
    local prompt = prompts[(first + user.visit - 1) % #prompts + 1]
    ask(backend, call, prompt, { max_tokens = output_length(user, prompt),
      headers = id_prefix ~= "" and { ["x-request-id"] = id_prefix .. user.visit - 1 } or nil })
  end
end

-- As vLLM does it: all at once, and ended before the others begin. They have the prompts behind the measured ones.
if opt.num_warmups > 0 then
  local at_once = opt.max_concurrency > 0 and opt.max_concurrency or opt.num_warmups
  bench.load { label = "warm-up", arrivals = bench.closed(math.min(at_once, opt.num_warmups)), requests = 0,
    warm_up = opt.num_warmups, drain = "6h", visit = visits_from(count, "") }
end
bench.load { label = "serve", arrivals = arrivals, at_most = at_most, requests = count, drain = "6h",
  visit = visits_from(0, opt.request_id_prefix) }
