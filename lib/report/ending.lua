-- Which format the ending of a file's name asks for.
local ending = {}

local formats = { html = "html", htm = "html", md = "md", csv = "csv", json = "json", jsonl = "jsonl", xml = "junit",
  txt = "table" }

-- The format that the ending of a path stands for, or nil.
function ending.of(path)
  return formats[(path:match "%.(%w+)$" or ""):lower()]
end

-- Endings that no other form has: --format is not meant for such a file.
local certain = { html = true, md = true, csv = true, junit = true }

-- The format for the file that -o names, by its ending, or by --format (`given`) where the ending suits several; or
-- nil, message.
function ending.format(path, given)
  if path == "-" then
    return nil, "-o names a file; what is to go to standard output is printed without it (--format says in which form)"
  end
  local own = ending.of(path)
  local format = certain[own] and own or given or own
  if not format then
    return nil, ("%s does not say which form it is to have: add --format, or end it in .html, .md, .csv, .json, .jsonl"
      .. " or .xml (JUnit)"):format(path)
  end
  return format
end

return ending
