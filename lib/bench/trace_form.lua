-- What one record of a trace says: when, and in the traces that people have how many tokens went in and out.
local json = require "core.json"
local lists = require "bench.lists"
local misuse = require "bench.misuse"
local moment = require "bench.moment"
local prompt_form = require "bench.prompt_form"

local trace_form = {}

trace_form.units = { s = 1, ms = 1e-3, us = 1e-6, ns = 1e-9 }

local function check_number(value)
  if value ~= value or value == math.huge or value == -math.huge then
    return nil, "its timestamp is no finite number"
  elseif value < 0 then
    return nil, ("its timestamp is %s, and there is no time before 0"):format(tostring(value))
  end
  return value
end

local function time_of_text(text, may_be_number)
  local number = may_be_number and text:match("^%s*[%d.+-]+[eE]?[+-]?%d*%s*$") and tonumber(text)
  if number then
    return check_number(number)
  end
  local ns = moment.read(text:match("^%s*(.-)%s*$"))
  if ns then
    return ns, nil, true
  end
  return nil, ("its timestamp \"%s\" is no %s"):format(text, not may_be_number and tonumber(text) and
    "number: write it without quotes" or "number and no date")
end

local function time_of(value, may_be_number)
  if type(value) == "number" then
    return check_number(value)
  elseif type(value) == "string" then
    return time_of_text(value, may_be_number)
  end
  return nil, value == nil and "it has no timestamp" or "its timestamp is no number"
end

local function time_name(row)
  if row.timestamp ~= nil then
    return "timestamp"
  end
  local found
  for name in pairs(row) do
    if type(name) == "string" and name:lower() == "timestamp" then
      if found then
        return nil, ("it has %s and %s: only one can be its time"):format(
          found < name and found or name, found < name and name or found)
      end
      found = name
    end
  end
  return found
end

local function other_names(row)
  local names = lists.names(row)
  for _, name in ipairs(names) do
    local near = misuse.near(name, { "timestamp" })
    if near ~= "" then
      return ", but " .. name .. near
    end
  end
  return #names > 0 and (", only %s: call its time timestamp"):format(table.concat(names, ", ")) or ""
end

-- When: a number in the trace's unit, or ns and true (third) for a date; nil, message for what is no time.
-- value: as bench.records reads it; form: that of the file.
function trace_form.time(value, form)
  if form == "lines" then
    return time_of_text(value, true)
  elseif type(value) ~= "table" or value == json.null or json.is_array(value) then
    return nil, "it is no object with a timestamp"
  end
  local name, problem = time_name(value)
  if problem then
    return nil, problem
  end
  local time, message, is_moment = time_of(value[name or "timestamp"], form == "quoted")
  if not name then
    message = message .. other_names(value)
  end
  return time, message, is_moment
end

local input_names = { "input_length", "ContextTokens", "Request tokens" } -- Mooncake, Azure, BurstGPT
local output_names = { "output_length", "GeneratedTokens", "Response tokens" }

local function length_of(field)
  return type(field) == "number" and field
    or type(field) == "string" and field:match "^%s*%d+%.?%d*[eE]?%+?%d*%s*$" and tonumber(field)
end

local function first_of(row, names)
  for _, name in ipairs(names) do
    local length = length_of(row[name])
    if length then
      return length
    end
  end
end

local may_be_any_text = { prompt = true, text = true }

-- The number that a field of a CSV file is; nil for a text, as is what a number would not keep: 007, or 20 digits.
local function number_of(name, field)
  local is_plain = not may_be_any_text[name] and field:match "^%-?%d+%.?%d*$" and not field:find "^%-?0%d"
  local number = is_plain and tonumber(field)
  return number and (math.type(number) == "integer" or field:find(".", 1, true)) and number or nil
end

local function plain_row(value, form)
  local row = {}
  for name, field in pairs(value) do
    if field ~= json.null then
      row[name] = form == "quoted" and number_of(name, field) or field
    end
  end
  return row
end

-- What a visit gets as user.row: every field (numbers of a CSV file as numbers), input_length and output_length under
-- these names, and text or messages where there is a prompt in it.
function trace_form.row(value, form)
  if form == "lines" then
    return { timestamp = tonumber(value) or value }
  end
  local row = plain_row(prompt_form.read(value) or value, form)
  row.input_length = first_of(row, input_names)
  row.output_length = first_of(row, output_names)
  return row
end

local fields_beside_seconds = { "Request tokens", "parent_chat_id" } -- BurstGPT, Qwen-Bailian

-- The unit of a trace that can be told from what stands in its records; nil where it cannot.
function trace_form.unit(value)
  for _, name in ipairs(type(value) == "table" and fields_beside_seconds or {}) do
    if value[name] ~= nil then
      return "s"
    end
  end
end

return trace_form
