-- bench probe [ADDRESS...]: what is listening there.
local address = require "bench.address"
local dialect = require "bench.dialect"
local fingerprint = require "bench.fingerprint"
local fit = require "report.fit"
local header = require "report.header"
local keys = require "bench.keys"
local lists = require "bench.lists"
local number = require "report.number"
local options = require "core.options"
local output = require "core.output"
local page = require "report.page"
local refusal = require "report.refusal"
local sheet = require "report.sheet"
local tables = require "report.table"
local task = require "core.task"
local text = require "report.text"

local command = {}

-- Where servers of language models usually listen on a machine.
local kinds, programs = address.default_ports, address.usual_ports
local USUAL_PORTS = { kinds.ollama, kinds.llamacpp, kinds.vllm, programs.lmstudio, programs.sglang, programs.litellm,
  5000 }

local PATIENCE = 10 -- s, with a server that accepts and does not answer: until its kind is known, and then once more

-- And where the environment says that they are.
local function usual_addresses()
  local list, listed = {}, {}
  for i, port in ipairs(USUAL_PORTS) do
    list[i] = "http://127.0.0.1:" .. port
    listed["127.0.0.1:" .. port] = true
  end
  local environment = keys.environment()
  for _, one in ipairs { { "OLLAMA_HOST", "ollama" }, { "OPENAI_BASE_URL", "openai" } } do
    local parts = environment[one[1]] and address.parse(one[2], environment)
    if parts and not listed[address.place(parts)] then
      list[#list + 1] = one[2]
    end
  end
  return list
end

-- "2 models, qwen2:0.5b loaded", "Qwen2-0.5B-Instruct F16, context 4096, 1 slot"
local function described(row, names)
  local model = row.model and lists.joined(" ", text.line(row.model), number.count_of_parameters(row.parameters),
    row.quantization and text.line(row.quantization), row.is_loaded and "loaded")
  return lists.joined(", ", names and #names ~= 1 and ("%d models"):format(#names),
    model or names and #names > 0 and text.line(fingerprint.some(names, ", ")),
    row.context and ("context %d"):format(row.context), row.slots and number.plural(row.slots, "slot")) or ""
end

local function key_words(parts, headers, answer)
  local with_password = fingerprint.address_with_password(parts, answer)
  if with_password then
    return "wants a name and a password (bench probe " .. with_password .. ")"
  end
  return keys.are_sent(parts, headers) and "does not take the key that it was given"
    or "wants a key (OPENAI_API_KEY or BENCH_HEADERS, with OPENAI_BASE_URL)"
end

-- What an answer to the question whether it is there says instead of naming models, or nil.
local function said_instead(target, answer)
  local path = dialect.find(target.kind).presence
  if not answer then
    return nil
  elseif fingerprint.wants_key(answer) then
    return key_words(target.parts, target.headers, answer)
  elseif fingerprint.lacks_list(answer) then
    return ("no list of models (%s)"):format(fingerprint.refusal(target, path, answer))
  end
  return fingerprint.is_no_answer(answer) and fingerprint.refusal(target, path, answer) or nil
end

-- The model of the address to write: one for the user to put in where none is known and several may be there.
local function model_to_write(model, names, is_listed)
  return model or (#names > 1 or not is_listed) and "MODEL" or nil
end

local function look_closer(row, parts, headers)
  local target = { kind = parts.kind, parts = parts, headers = headers, raw = {}, patience = PATIENCE }
  local ask = fingerprint.asker(target, target.raw)
  local model, names = fingerprint.choose_model(parts.kind, ask)
  model = parts.model or model
  local facts = model and fingerprint.describe(target, ask, model)
    or { server_version = fingerprint.describe(target, ask, "").server_version }
  lists.fill(row, facts)
  row.model = row.model or model
  row.kind = parts.kind
  row.engine = header.engine(row)
  local answer = ask("GET", dialect.find(parts.kind).presence)
  row.write = address.to_write(parts, model_to_write(model, names, not answer or not fingerprint.lacks_list(answer)))
  row.described = said_instead(target, answer) or described(row, names)
  return row
end

-- The kind by which to look on: the one of the address, unless what is found there lacks that API.
local function kind_to_take(parts, headers, found)
  local named = parts.kind
  if not named or named == "ollama" then
    return found
  elseif named == found or named == "openai" then
    return named
  end
  local target = { parts = parts, headers = headers, patience = PATIENCE }
  local answer = fingerprint.asker(target, {})("GET", dialect.find(named).presence)
  local by_list = answer and fingerprint.kind_of_models(answer)
  return answer and (answer.is_simulated or by_list == "openai") and named or found
end

-- "host:8080" is meant as http://host:8080.
local function with_scheme(given)
  return given:find "^%[?[%w.:-]+%]?:%d+$" and "http://" .. given or given
end

local function look(given)
  local parts, message = address.parse(with_scheme(given), keys.environment())
  if not parts then
    return { place = given, wrong = message }
  elseif parts.simulated then
    return { place = given, wrong = "a simulated server is not there to be found; it lives as long as its run" }
  end
  keys.hide_all(parts)
  local row = { place = address.place(parts) }
  local headers = keys.of_backend(parts)
  local kind, failure, why = fingerprint.identify { parts = parts, headers = headers, patience = PATIENCE }
  if not kind then
    row.reason, row.is_there = fingerprint.reason(failure, why or failure), failure == "tls" or failure == "malformed"
    return row
  end
  parts.kind = kind_to_take(parts, headers, kind)
  return look_closer(row, address.complete(parts), headers)
end

local function gather(list)
  local tasks, rows = {}, {}
  for i, given in ipairs(list) do
    tasks[i] = task.spawn(look, given)
  end
  for i = 1, #list do
    local done, row = task.join(tasks[i])
    rows[i] = done and row or { place = list[i], wrong = tostring(row) }
  end
  return rows
end

local function nothing(row, usual)
  return usual and "nothing" or (row.is_there and "no usable answer (" or "nothing (") .. text.line(row.reason) .. ")"
end

-- What is said of a place, in lines of their own in the width of the terminal.
local function below_each_other(columns, lines)
  local narrow, room = {}, fit.columns() - tables.widths(columns, lines)[1] - tables.gap
  for _, line in ipairs(lines) do
    local place = line[1]
    for c = 2, #line do
      for words in text.wrap(line[c], "", "", room):gmatch "[^\n]+" do
        narrow[#narrow + 1] = { place, words }
        place = ""
      end
    end
  end
  return narrow
end

local function print_table(rows, format, usual)
  local columns, lines = { { title = "" }, { title = "" }, { title = "" }, { title = "" } }, {}
  for _, row in ipairs(rows) do
    lines[#lines + 1] = { row.place, row.engine or nothing(row, usual), row.described or "",
      text.line(row.write or "") }
  end
  if format == "table" and fit.is_too_wide(columns, lines, fit.columns()) then
    columns, lines = { columns[1], columns[2] }, below_each_other(columns, lines)
  end
  page.new(format, output.out):table(columns, lines)
end

local COLUMNS = { "place", "kind", "server_version", "model", "parameters", "quantization", "context", "slots", "write",
  "reason" }

-- Says which words were no addresses; the other rows, and whether all were well.
local function without_wrong(rows)
  local well = {}
  for _, row in ipairs(rows) do
    if row.wrong then
      refusal.say(row.wrong)
    else
      well[#well + 1] = row
    end
  end
  return well, #well == #rows
end

function command.main()
  local usual = #options.arguments == 0
  local rows, well = without_wrong(gather(usual and usual_addresses() or options.arguments))
  local format = options.format or "table"
  if not sheet.is_whole(format) then
    rows.columns = COLUMNS
    sheet.print(rows, format, output.out)
  elseif #rows > 0 then
    print_table(rows, format, usual)
  end
  local found = usual
  for _, row in ipairs(rows) do
    found = found or row.kind ~= nil
  end
  return not well and 2 or found and 0 or 4
end

return command
