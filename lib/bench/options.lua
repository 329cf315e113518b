-- The options of a script as flags: declared with a default that gives the type, read from the words of
-- the command line. Errors are wrong usage (exit 2).
local address = require "bench.address"
local json = require "bench.json"
local lists = require "bench.lists"
local misuse = require "bench.misuse"
local text = require "core.text"

local options = {}

-- Stands for a default where the user must say something.
options.required = setmetatable({}, { __name = "bench.required", __metatable = false })

local function all(list, accepts)
  for index = 1, #list do
    if not accepts(list[index]) then
      return false
    end
  end
  return true
end

local function is_address(item)
  return type(item) == "string" and address.parse(item, {}) ~= nil
end

local function is_text(item)
  return type(item) == "string"
end

local function is_number(item)
  return type(item) == "number" and item == item and math.abs(item) < math.huge
end

local function list_type(list)
  if #list > 0 and all(list, is_address) then
    return "address list"
  end
  if all(list, is_text) then
    return "text list"
  end
  return all(list, is_number) and "number list" or nil
end

local function type_of(default)
  if default == options.required or type(default) == "string" then
    return "text"
  end
  if is_number(default) or type(default) == "boolean" then
    return type(default)
  end
  return type(default) == "table" and list_type(default) or nil
end

local function flag_of(name)
  return (name:gsub("_", "-"))
end

local function check_name(name, seen, reserved, default)
  if type(name) ~= "string" or not name:match("^%a[%w_]*$") then
    local dashed = type(name) == "string" and name:match "^%a[%w_-]*$"
    misuse.refuse_here("option %s: a name is letters, digits and _ (ASCII)%s", misuse.name(name),
      dashed and ("; --%s is the flag of %s"):format(flag_of(name), (name:gsub("%-", "_"))) or "")
  end
  local flag = flag_of(name)
  for _, each in ipairs(type(default) == "boolean" and { flag, "no-" .. flag } or { flag }) do
    if reserved[each] then
      misuse.refuse_here("option %s: --%s is a flag of bench itself; choose another name", name, each)
    elseif seen[each] == name then
      misuse.refuse_here("option %s is declared twice", name)
    elseif seen[each] then
      misuse.refuse_here("option %s: --%s is a flag of option %s; choose another name", name, each, seen[each])
    end
    seen[each] = name
  end
end

-- A script's list of { name, default, help } -> list of { name, flag, type, default, help }.
-- `reserved` is a set of flag names that are taken; the result has it as a list.
function options.declare(list, reserved)
  local declared, seen = { reserved = lists.names(reserved) }, {}
  list = misuse.check_list("bench.scenario: options", list, "{ { \"name\", default, \"help\" }, ... }")
  for _, entry in ipairs(list) do
    misuse.check_list("each option", entry, "{ \"name\", default, \"help\" }")
    if #entry > 3 then
      misuse.refuse_here("option %s: beside name, default and help there is %s", misuse.name(entry[1]),
        misuse.shown(entry[4]))
    end
    local name, default, help = entry[1], entry[2], entry[3]
    check_name(name, seen, reserved, default)
    local kind = type_of(default)
    if not kind then
      misuse.refuse_here("option %s: the default must be a text, a number, true or false, a list of texts or numbers,"
        .. " or bench.required", name)
    end
    if help ~= nil and type(help) ~= "string" then
      misuse.refuse_here("option %s: its help is a text, not %s", name, misuse.kind(help))
    end
    declared[#declared + 1] = { name = name, flag = flag_of(name), type = kind, default = default, help = help or "" }
  end
  return declared
end

function options.shown(value)
  if value == options.required then
    return "required"
  end
  if type(value) ~= "table" then
    return tostring(value)
  end
  return table.concat(lists.map(value, tostring), ", ")
end

local most_shown = 12 -- options: more would push what is wrong off the screen

local function usage_of_wrong(declared)
  if #declared > most_shown then
    return ("  it has %d options: add --help to see them"):format(#declared)
  end
  return require("bench.option_page").text(declared)
end

local function find(declared, flag)
  for _, option in ipairs(declared) do
    if option.flag == flag then
      return option, true
    end
    if option.type == "boolean" and "no-" .. option.flag == flag then
      return option, false
    end
  end
end

local function refuse_unknown(declared, flag, scenario)
  local nearest = text.nearest(flag, lists.append(lists.column(declared, "flag"), declared.reserved))
  misuse.refuse(("%s has no option --%s%s\n%s"):format(scenario, flag,
    nearest and ". Did you mean --" .. nearest .. "?" or "", usage_of_wrong(declared)))
end

local function number_of(option, word)
  local number = tonumber(word)
  if not number or number ~= number or number == math.huge or number == -math.huge or word:match("[xXnN]") then
    misuse.refuse(("--%s: \"%s\" is no number"):format(option.flag, word))
  end
  return math.tointeger(number) or number
end

local function check_address(option, word)
  local parts, message = address.parse(word, {})
  if not parts then
    misuse.refuse(("--%s: %s"):format(option.flag, message))
  end
  return parts.name
end

-- Commas separate numbers and addresses, never text.
local function add_items(option, list, word)
  if option.type == "text list" then
    list[#list + 1] = word
    return
  end
  for item in (word .. ","):gmatch("([^,]*),") do
    list[#list + 1] = option.type == "number list" and number_of(option, item) or item
  end
end

local function check_names(option, list)
  local seen = {}
  for _, item in ipairs(list) do
    local name = check_address(option, item)
    if name and seen[name] then
      misuse.refuse(("--%s: two backends are called \"%s\"; give each a name of its own"):format(option.flag, name))
    end
    if name then
      seen[name] = true
    end
  end
end

local truths = { ["true"] = true, yes = true, ["1"] = true, ["false"] = false, no = false, ["0"] = false }

local function truth_of(option, word)
  if truths[word] == nil then
    misuse.refuse(("--%s: \"%s\" is neither true nor false"):format(option.flag, word))
  end
  return truths[word]
end

-- values, given: by name, as options.read gives them. A list begins anew with the first word of the user's.
local function set(option, word, values, given)
  local name = option.name
  if option.type == "boolean" then
    values[name] = truth_of(option, word)
  elseif option.type == "text" then
    values[name] = word
  elseif option.type == "number" then
    values[name] = number_of(option, word)
  else
    values[name] = given[name] and values[name] or {}
    add_items(option, values[name], word)
  end
  given[name] = true
end

-- "--name=value" -> "name", "value"; "--name" -> "name", nil.
local function split_flag(declared, written)
  local flag, word = written:match("^%-%-([^=]+)=(.*)$")
  flag = flag or written:match("^%-%-(.+)$")
  if not flag then
    misuse.refuse(("\"%s\": an option is written --name value\n%s"):format(written, usage_of_wrong(declared)))
  end
  return flag, word
end

-- Reads the flag at `index`; returns the index of the next word.
local function read_flag(declared, words, index, scenario, values, given)
  local flag, word = split_flag(declared, words[index])
  local option, truth = find(declared, flag)
  if not option then
    refuse_unknown(declared, flag, scenario)
  elseif truth == false and word then
    misuse.refuse(("--%s takes no value"):format(flag))
  elseif option.type == "boolean" then
    set(option, word or tostring(truth), values, given)
    return index + 1
  elseif not word then
    index = index + 1
    word = words[index] or misuse.refuse(("--%s needs a value\n%s"):format(flag, usage_of_wrong(declared)))
  end
  set(option, word, values, given)
  index = index + 1
  while option.type:find "list" and words[index] and not words[index]:find "^%-%-" do
    set(option, words[index], values, given)
    index = index + 1
  end
  return index
end

local function copy(value)
  if type(value) ~= "table" or value == options.required then
    return value
  end
  return json.array(table.move(value, 1, #value, 1, {})) -- an empty one stays a list in what is kept
end

local function value_type(option)
  return option.default == options.required and "string" or type(option.default)
end

-- Whether an earlier run had it from the script.
local function is_default(option, value)
  local default = option.default
  if type(value) ~= "table" then
    return value == default
  end
  for index = 1, math.max(#value, #default) do
    if value[index] ~= default[index] then
      return false
    end
  end
  return true
end

-- Whether a secret stood in a value, which is not kept.
local function is_hidden(value)
  if type(value) ~= "table" then
    return type(value) == "string" and value:find("[secret]", 1, true) ~= nil
  end
  for _, one in ipairs(value) do
    if is_hidden(one) then
      return true
    end
  end
  return false
end

-- Words of the command line -> values by name, and the set of names that the user gave. `like` holds the values of
-- an earlier run, or is nil; is_foreign: not the user gave them, but whoever made that run.
function options.read(declared, words, scenario, like, is_foreign)
  local values, given, earlier = {}, {}, {}
  for _, option in ipairs(declared) do
    values[option.name] = copy(option.default)
    if like and type(like[option.name]) == value_type(option) then
      values[option.name] = copy(like[option.name])
      earlier[option.name] = not is_foreign and not is_default(option, like[option.name])
    end
  end
  local index = 1
  while index <= #words do
    index = read_flag(declared, words, index, scenario, values, given)
  end
  for _, option in ipairs(declared) do
    if values[option.name] == options.required then
      misuse.refuse(("--%s must be given: %s"):format(option.flag, option.help))
    elseif like and not given[option.name] and is_hidden(values[option.name]) then
      misuse.refuse(("--%s of that run had a secret, which is not kept: give it again"):format(option.flag))
    end
    if option.type == "address list" then
      check_names(option, values[option.name])
    end
    given[option.name] = given[option.name] or earlier[option.name]
  end
  return values, given
end

return options
