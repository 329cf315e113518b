-- bench.prompts: what to ask, out of a file that stays on disk or out of a list.
local lists = require "bench.lists"
local misuse = require "bench.misuse"
local output = require "core.output"
local prompt_form = require "bench.prompt_form"
local records = require "bench.records"
local session = require "bench.session"

local prompts = {}

local pickers = setmetatable({}, { __mode = "k" })

-- #object, object[i], ipairs(object). get(i) makes prompt i; pick(user, generator), where it is given, one for a
-- user instead of one of them.
function prompts.new(what, count, get, pick)
  local meta = { __name = what, __metatable = false }
  function meta.__len()
    return count
  end
  function meta.__index(_, index)
    local number = math.tointeger(index)
    if not number then
      misuse.raise("%s are a list: #prompts, prompts[i], ipairs(prompts); they have no %s", what, tostring(index))
    end
    if number == 0 then
      misuse.raise("%s are counted from 1: there is no number 0", what)
    end
    return number >= 1 and number <= count and get(number) or nil
  end
  function meta.__newindex()
    misuse.raise("%s cannot be changed", what)
  end
  function meta.__pairs(object)
    return ipairs(object)
  end
  local object = setmetatable({}, meta)
  pickers[object] = pick
  return object
end

-- How user:pick gets one; nil where it takes one of the list.
function prompts.picker(object)
  return pickers[object]
end

-- Names what is passed over: in ShareGPT's files, conversations without a question.
local function say_left_out(file, left_out, count)
  if #left_out.numbers == 0 then
    return
  end
  output.err(("bench: %s: %d of %d conversations do not begin with a question and are left out (the first: line %d)\n")
    :format(file.path, #left_out.numbers, count, left_out.line))
end

-- Reads all once, so that what is wrong is found before anything is asked.
local function check(file)
  local total, left_out = 0, { numbers = {} }
  for number, value, line in file:each() do
    total = number
    local prompt, message, is_passed_over = prompt_form.read(value)
    if is_passed_over then
      left_out.numbers[#left_out.numbers + 1] = number
      left_out.line = left_out.line or line
    elseif not prompt then
      file:refuse(line, "%s", message)
    end
  end
  if total == #left_out.numbers then
    file:refuse(nil, total == 0 and "there is no prompt in it" or "none of its conversations begins with a question")
  end
  say_left_out(file, left_out, total)
  return total, left_out.numbers
end

-- The number in the file of the index-th that is not left out (an ascending list).
local function number_in_file(index, left_out)
  return index + lists.bisect(#left_out, function(place) return left_out[place] - place < index end)
end

local function from_file(path)
  local file = records.open("bench.prompts", path)
  if file.form == "quoted" then
    local column, message = prompt_form.column(file.header)
    if not column then
      file:refuse(file.header_line, "%s", message)
    end
  end
  local total, left_out = check(file)
  return prompts.new("prompts", total - #left_out, function(index)
    local value, line = file:read(number_in_file(index, left_out))
    local prompt = value ~= nil and prompt_form.read(value)
    if not prompt then
      misuse.raise("%s: %s", path, line or "it changed while it was read: run again")
    end
    return prompt
  end)
end

local function from_list(list)
  local made = {}
  misuse.check_keys("bench.prompts takes a list, { \"...\", ... }", list)
  for index = 1, #list do
    local prompt, message = prompt_form.read(list[index])
    if not prompt then
      misuse.raise("bench.prompts: prompt %d: %s", index, message)
    end
    made[index] = prompt
  end
  if #made == 0 then
    misuse.raise("bench.prompts: there is no prompt in the list")
  end
  return prompts.new("prompts", #made, function(index)
    return made[index]
  end)
end

-- bench.prompts(file): .txt (one prompt a line), .jsonl ({"prompt"}, {"messages"}, {"text"}, or a batch's {"body"}),
-- .json (a list of them, or ShareGPT), .csv (with a column prompt or text). bench.prompts(list): texts or tables.
function prompts.open(given)
  session.declared("bench.prompts")
  misuse.check("bench.prompts: what to read", given, "string", "table")
  if type(given) == "string" then
    return from_file(given)
  end
  return from_list(given)
end

return prompts
