-- Which format the ending of a file's name asks for.
local ending = {}

local formats = { html = "html", htm = "html", md = "md", csv = "csv", json = "json", jsonl = "jsonl", xml = "junit",
  txt = "table" }

-- The format that the ending of a path stands for, or nil.
function ending.of(path)
  return formats[(path:match "%.(%w+)$" or ""):lower()]
end

-- The format for the file that -o names, from its ending where --format does not say it; or nil, message.
function ending.format(path, given)
  if path == "-" then
    return nil, "-o names a file; what is to go to standard output is printed without it (--format says in which form)"
  end
  local format = given or ending.of(path)
  if not format then
    return nil, ("%s does not say which form it is to have: add --format, or end it in .html, .md, .csv, .json, .jsonl"
      .. " or .xml (JUnit)"):format(path)
  end
  return format
end

return ending
