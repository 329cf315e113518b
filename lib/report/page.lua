-- A page that people read: paragraphs, lists and tables, as plain text or as Markdown.
local core_text = require "core.text"
local output = require "core.output"
local tables = require "report.table"
local text = require "report.text"

local page = {}
page.__index = page

local colours = { good = "32", bad = "31", notice = "33", strong = "1" }

-- write(text) takes what is ready, in which nothing is obeyed: a terminal's output sees to that, but a file is looked
-- at later. columns: how many a table may have; nil where any number does.
function page.new(format, write)
  local markdown, coloured = format == "md", output.colour()
  local function write_shown(words)
    write(core_text.shown(words))
  end
  return setmetatable({ markdown = markdown, write = (markdown or not coloured) and write_shown or write,
    coloured = coloured, columns = not markdown and text.columns or nil }, page)
end

-- A word that carries a verdict.
function page:word(word, meaning)
  if self.markdown or not self.coloured then
    return word
  end
  return ("\27[%sm%s\27[0m"):format(colours[meaning], word)
end

function page:line(line)
  self.write((line or "") .. "\n")
end

-- As it is where it has room, else in several lines.
local function fitted(words)
  return core_text.width(words) <= text.columns and words .. "\n" or text.wrap(words, "", "  ")
end

-- The first line: left, and right at the edge of the page, where there is anything.
function page:title(left, right)
  if self.markdown then
    local beside = right ~= "" and (" (%s)"):format((right:gsub("  +", ", "))) or ""
    return self:line(("## %s%s\n"):format(text.markdown(left), beside))
  elseif right == "" then
    return self.write(fitted(left))
  end
  local space = text.columns - core_text.width(left) - core_text.width(right)
  if space < 2 then
    self.write(fitted(left))
    left, space = "", text.columns - core_text.width(right)
  end
  self:line(left .. (" "):rep(space) .. right)
end

-- Text that keeps its blanks.
function page:verbatim(words)
  self.write(self.markdown and "\n```\n" .. words .. "```\n" or words)
end

function page:heading(words, meaning)
  if self.markdown then
    return self:line("\n### " .. text.markdown(words) .. "\n")
  end
  self:line()
  self.write((fitted(words):gsub("[^\n]+", function(line)
    return meaning and self:word(line, meaning)
  end)))
end

function page:paragraph(words)
  if self.markdown then
    return self:line(text.markdown(words) .. "\n")
  end
  self.write(text.wrap(words, "  ", "  "))
end

-- A paragraph at the edge of the page.
function page:remark(words)
  if self.markdown then
    return self:line("\n" .. text.markdown(words))
  end
  self.write(text.wrap(words, "", ""))
end

function page:item(words)
  if self.markdown then
    return self:line("- " .. text.markdown(words))
  end
  self.write(text.wrap(words, "  ", "    "))
end

-- A name, padded to a width, and what is said of it.
function page:entry(name, width, words)
  local first = "  " .. text.pad(name, width) .. "  "
  if self.markdown then
    return self:line(("- %s: %s"):format(text.markdown(name), text.markdown(words)))
  end
  self.write(text.wrap(words, first, (" "):rep(width + 4)))
end

function page:warning(words)
  if self.markdown then
    return self:line("- " .. text.markdown(words))
  end
  local mark = self:word("!", "notice")
  self.write((text.wrap(words, "! ", "  "):gsub("^!", mark)))
end

-- columns and rows as for report.table.
function page:table(columns, rows, indent)
  if not self.markdown then
    for _, line in ipairs(tables.lines(columns, rows)) do
      if line ~= "" then
        self:line((indent or "") .. line)
      end
    end
    return
  end
  self:line()
  for _, line in ipairs(tables.markdown(columns, rows)) do
    self:line(line)
  end
  self:line()
end

return page
