-- llama-bench -o json, jsonl, csv, sql, md. A repetition of a test of one kind is a request by the
-- engine's own clock: a prompt of n_prompt tokens is a prefill, and n_gen tokens after a given one are a
-- decode of n_gen + 1 tokens with n_gen steps, so our server_prefill_tps and server_decode_tps are its t/s.
-- Without samples (csv, sql, md) there are only its mean and deviation.
local csv = require "import.csv"
local dates = require "import.dates"
local fields = require "import.fields"
local lists = require "bench.lists"

local llama_bench = { tool = "llama-bench", prefix = "llama-bench" }

local function is_test(value)
  return type(value) == "table" and value.model_type ~= nil and value.n_gen ~= nil and value.avg_ts ~= nil
end

local function is_csv(text)
  return text:find "^build_commit,[^\n]*model_type" ~= nil
end

local function is_sql(text)
  return text:find("INSERT INTO llama_bench", 1, true) ~= nil
end

local function is_md(text)
  return text:find "^%s*|%s*model%s*|[^\n]*|%s*t/s%s*|" ~= nil
end

function llama_bench.fits(file)
  if type(file.json) == "table" then
    return is_test(file.json[1]) or is_test(file.json)
  end
  return is_test(file.first) or is_csv(file.text) or is_sql(file.text) or is_md(file.text)
end

-- Texts of csv and sql that are numbers become them.
local function with_numbers(row)
  local copy = {}
  for name, text in pairs(row) do
    copy[name] = math.tointeger(tonumber(text)) or tonumber(text) or text
  end
  for _, name in ipairs { "build_commit", "cpu_info", "gpu_info", "tensor_split" } do
    copy[name] = row[name]
  end
  return copy
end

local function all(text, pattern)
  local list = {}
  for word in text:gmatch(pattern) do
    list[#list + 1] = word
  end
  return list
end

-- INSERT INTO llama_bench (a, b) VALUES ('x', 'y''s');
local function tests_of_sql(text)
  local tests = {}
  for columns, values in text:gmatch "INSERT INTO llama_bench %(([^)]*)%) VALUES %(([^\n]*)%);" do
    local row, at = {}, 1
    for _, name in ipairs(all(columns, "[%w_]+")) do
      local cell, stop = values:match("^%s*'(.-)'()%s*%f[,\0]", at)
      if not cell then
        error({ message = "an INSERT has fewer values than columns" })
      end
      row[name], at = cell:gsub("''", "'"), stop + 1
    end
    tests[#tests + 1] = with_numbers(row)
  end
  return tests
end

-- What the table for people shows: rounded, and without the time.
local function tests_of_md(text, run)
  local tests, columns = {}, nil
  for line in text:gmatch "[^\r\n]+" do
    local cells = line:find "^%s*|" and all(line, "|%s*([^|]-)%s*%f[|]")
    if cells and not columns then
      columns = cells
    elseif cells and cells[1] and not cells[1]:find "^%-+:?$" then
      local row = {}
      for i, name in ipairs(columns) do
        row[name] = cells[i]
      end
      local mean, deviation = (row["t/s"] or ""):match "^([%d%.]+)%s*±%s*([%d%.]+)$"
      tests[#tests + 1] = { model_type = row.model, backends = row.backend, test = row.test,
        n_threads = math.tointeger(tonumber(row.threads)), avg_ts = tonumber(mean), stddev_ts = tonumber(deviation) }
    end
  end
  run:leave "size, params (rounded for people)"
  run.build = text:match "\nbuild: ([^\n]+)"
  return tests
end

local function tests_of(file, run)
  if type(file.json) == "table" then
    return is_test(file.json) and { file.json } or file.json
  elseif file.first then
    local tests = {}
    for test in file:objects() do
      tests[#tests + 1] = test
    end
    return tests
  elseif is_csv(file.text) then
    local rows = csv.rows(file.text, function()
      run:leave "the last line, which is cut off"
    end)
    for i, row in ipairs(rows or {}) do
      rows[i] = with_numbers(row)
    end
    return rows or {}
  end
  return is_sql(file.text) and tests_of_sql(file.text) or tests_of_md(file.text, run)
end

-- As llama-bench calls it: pp64, tg16, pp512+tg128, with @ d1024 behind it where the cache was filled before.
local function name_of(test)
  local prompt, generated, depth = test:count "n_prompt" or 0, test:count "n_gen" or 0, test:count "n_depth" or 0
  if test:text "test" then
    return test:text "test"
  end
  return (lists.joined("+", prompt > 0 and ("pp%d"):format(prompt), generated > 0 and ("tg%d"):format(generated)) or "")
    .. (depth > 0 and (" @ d%d"):format(depth) or "")
end

-- "qwen2 0.5B Q4_K - Medium": the architecture, a size, the quantisation.
local function model_fields(test)
  local architecture, quantization = (test:text "model_type" or ""):match "^(%S+)%s+%S+%s+(.+)$"
  local size, parameters = test:number "model_size", test:number "model_n_params"
  local keys, values = test:text "type_k", test:text "type_v"
  local commit, number = test:text "build_commit", test:count "build_number"
  return { kind = "llama-bench", model = test:text "model_filename" or test:text "model_type",
    architecture = architecture, quantization = quantization, parameters = parameters,
    bits_per_weight = size and parameters and parameters > 0 and size * 8 / parameters or nil,
    kv_cache = keys and (keys == values and keys or keys .. "/" .. tostring(values)),
    server_version = number and ("b%d (%s)"):format(number, commit or "unknown") }
end

local of_the_test = { n_prompt = true, n_gen = true, n_depth = true, test_time = true, avg_ns = true,
  stddev_ns = true, avg_ts = true, stddev_ts = true, samples_ns = true, samples_ts = true, test = true }

-- Everything that was set, as one text: tests of one configuration are one backend.
local function settings_of(object)
  local words, settings = {}, {}
  for name, value in pairs(object) do
    if not of_the_test[name] and type(value) ~= "table" then
      words[#words + 1] = name .. "=" .. tostring(value)
      settings[name] = value
    end
  end
  table.sort(words)
  return table.concat(words, "\n"), settings
end

local function backend_of(run, numbers, test, object)
  local key, settings = settings_of(object)
  if not numbers[key] then
    local backend = model_fields(test)
    backend.server_version = backend.server_version or run.build
    numbers[key] = run:backend(backend)
    run.options[backend.name] = settings
  end
  return numbers[key]
end

local function take_samples(run, test, place)
  local prompt, generated = test:count "n_prompt" or 0, test:count "n_gen" or 0
  local samples = test:table "samples_ns"
  for round, ns in ipairs(samples or {}) do
    local request = { backend = place.backend, call = place.call, label = place.label, round = round, outcome = "ok",
      streamed = 0, output_tokens = generated > 0 and generated or nil, token_source = "llama-bench" }
    if prompt > 0 and generated > 0 then
      request.prompt_tokens, request.t_end = prompt, math.type(ns) and ns / 1e9 or nil
    elseif prompt > 0 then
      request.prompt_tokens, request.evaluated_tokens, request.server_prefill_ns = prompt, prompt, ns
    else
      request.server_decode_ns, request.server_decode_tokens = ns, generated + 1
    end
    run:request(request)
  end
  return samples and #samples
end

local function take_test(run, numbers, object)
  local test = fields.new(object)
  local place = { backend = backend_of(run, numbers, test, object), call = "complete", label = name_of(test) }
  local n = take_samples(run, test, place)
  run:summary(place, "avg_ts", "tok/s", { n = n, mean = test:number "avg_ts", stddev = test:number "stddev_ts" })
  local mean = test:number "avg_ns"
  if mean then
    run:summary(place, "avg_ns", "ns", { n = n, mean = mean, stddev = test:number "stddev_ns" })
  end
  local at = test:text "test_time"
  local seconds = at and dates.read(at)
  if seconds and (not run.first or seconds < run.first) then
    run.first, run.first_text = seconds, at
  end
end

function llama_bench.take(file, run)
  local numbers = {}
  local tests = tests_of(file, run)
  if #tests == 0 then
    error({ message = "no test of llama-bench could be read in it" })
  end
  for _, object in ipairs(tests) do
    if type(object) == "table" and math.type(object.avg_ts) then
      take_test(run, numbers, object)
    else
      run:leave "tests without tokens per second (avg_ts)"
    end
  end
  dates.start(run, run.first_text)
end

return llama_bench
