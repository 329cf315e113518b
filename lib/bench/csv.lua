-- One record of a CSV file (RFC 4180), cut into its fields.
local csv = {}

-- The text of a quoted field that begins at `at`, and where it is over; nil where its quote does not end.
function csv.quoted(text, at)
  local parts, from = {}, at + 1
  while true do
    local quote = text:find('"', from, true)
    if not quote then
      return nil
    end
    parts[#parts + 1] = text:sub(from, quote - 1)
    if text:byte(quote + 1) ~= 34 then
      return table.concat(parts, '"'), quote + 1
    end
    from = quote + 2
  end
end

local function plain(text, at)
  local field, after = text:match("^([^,]*)()", at)
  if field:find('"', 1, true) then
    return nil
  end
  return field, after
end

-- List of texts; or nil, message.
function csv.fields(text)
  local fields, at = {}, 1
  while true do
    local field, after = (text:byte(at) == 34 and csv.quoted or plain)(text, at)
    local next_byte = field and text:byte(after)
    if not field or next_byte and next_byte ~= 44 then
      return nil, ("field %d: a quote stands where none can; a field with a quote in it is written \"a \"\"b\"\"\""
        ):format(#fields + 1)
    end
    fields[#fields + 1] = field
    if not next_byte then
      return fields
    end
    at = after + 1
  end
end

-- What divides the columns of a header line where it is no comma, in words; nil where it is one, or there is but one.
function csv.other_divider(text)
  local divider = not text:find(",", 1, true) and text:match "[;\t]"
  return divider and ("its columns are divided by %s; write it with commas"):format(
    divider == ";" and "semicolons" or "tabs")
end

-- The names in a header line, spaces around them left out; or nil, message.
function csv.header(text)
  local other = csv.other_divider(text)
  if other then
    return nil, other
  end
  local names, message = csv.fields(text)
  local seen = {}
  for index, name in ipairs(names or {}) do
    names[index] = name:match("^%s*(.-)%s*$")
    if seen[names[index]] then
      return nil, ("the column \"%s\" stands twice"):format(names[index])
    end
    seen[names[index]] = true
  end
  return names, message
end

-- A record as { column = text }; or nil, message.
function csv.row(names, text)
  local fields, message = csv.fields(text)
  if not fields then
    return nil, message
  elseif #fields ~= #names then
    return nil, ("%d fields under %d columns"):format(#fields, #names)
  end
  local row = {}
  for index, name in ipairs(names) do
    row[name] = fields[index]
  end
  return row
end

return csv
