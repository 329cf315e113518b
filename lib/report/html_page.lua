-- A page as lib/report/page.lua has it, as HTML: the same calls, the same words.
local core_text = require "core.text"

local html_page = {}
html_page.__index = html_page

local entities = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;", ["'"] = "&#39;" }
local OPEN, BETWEEN, CLOSE = "\1", "\2", "\3" -- around a word with a meaning; nothing that is shown has them

function html_page.escape(value)
  return (core_text.clean(tostring(value)):gsub("[&<>\"']", entities))
end

local function marked(value)
  return (html_page.escape(value):gsub(OPEN .. "(%a+)" .. BETWEEN .. "(.-)" .. CLOSE, '<span class="%1">%2</span>'))
end

-- write(text) takes what is ready; what page:write is given is a paragraph.
function html_page.new(write)
  local self = setmetatable({ out = write }, html_page)
  self.write = function(words)
    self:element("p", words)
  end
  return self
end

function html_page:element(name, words)
  self.out(("<%s>%s</%s>\n"):format(name, marked(words), name))
end

function html_page.word(_, word, meaning)
  return OPEN .. meaning .. BETWEEN .. word .. CLOSE
end

function html_page:line(line)
  if line and line ~= "" then
    self.out("<pre>" .. marked(line) .. "</pre>\n")
  end
end

function html_page:verbatim(words)
  self.out("<pre>" .. marked(words) .. "</pre>\n")
end

function html_page:title(left, right)
  self.out(("<h1>%s <small>%s</small></h1>\n"):format(marked(left), marked(right)))
end

function html_page:heading(words, meaning)
  self:element("h2", meaning and self:word(words, meaning) or words)
end

function html_page:paragraph(words)
  self:element("p", words)
end

function html_page:remark(words)
  self:element("p", words)
end

function html_page:item(words)
  self:element("p", words)
end

function html_page:entry(name, _, words)
  self.out(("<p><b>%s</b> %s</p>\n"):format(marked(name), marked(words)))
end

function html_page:warning(words)
  self.out(('<p class="notice">%s</p>\n'):format(marked(words)))
end

local function cell(tag, words, column)
  local inner = words:find "^%s" and "&nbsp;&nbsp;" .. marked((words:gsub("^%s+", ""))) or marked(words)
  local class = (column.right or column.point) and ' class="number"' or ""
  return ("<%s%s>%s</%s>"):format(tag, class, inner, tag)
end

function html_page:table(columns, rows)
  local lines = { "<table>\n<tr>" }
  for _, column in ipairs(columns) do
    lines[#lines + 1] = cell("th", column.title, column)
  end
  lines[#lines + 1] = "</tr>\n"
  for _, row in ipairs(rows) do
    lines[#lines + 1] = "<tr>"
    for c, column in ipairs(columns) do
      lines[#lines + 1] = cell("td", row[c] or "", column)
    end
    lines[#lines + 1] = "</tr>\n"
  end
  self.out(table.concat(lines) .. "</table>\n")
end

return html_page
