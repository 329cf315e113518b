-- What was asked and how it came out, in a sentence above the numbers.
local lists = require "bench.lists"
local number = require "report.number"
local text = require "report.text"

local counts = {}

-- "ok", "failed (http_500)"
local function outcome_of(row)
  local kind = row.error_kind
  return row.outcome .. (row.outcome ~= "ok" and row.outcome ~= "cancelled" and kind and kind ~= ""
    and " (" .. kind .. ")" or "")
end

local function outcome_words(document)
  local total, of, words = 0, { ok = 0, cancelled = 0 }, {}
  for _, rows in ipairs(lists.groups(document.counts, outcome_of)) do
    local count = 0
    for _, row in ipairs(rows) do
      count = count + row.n
    end
    total = total + count
    words[#words + 1] = not of[rows.key] and ("%d %s"):format(count, rows.key) or nil
    of[rows.key] = of[rows.key] and count
  end
  table.insert(words, 1, ("%d of %d answered"):format(of.ok, total - of.cancelled))
  words[#words + 1] = of.cancelled > 0 and ("%d cancelled as planned"):format(of.cancelled) or nil
  return table.concat(words, ", ")
end

-- "5 rounds in turn after 1 warm-up each", or nil where there were none.
local function round_words(document)
  local rounds, least, most, backends = 0, math.huge, 0, 0
  for _, row in ipairs(document.rounds) do
    if row.rounds then
      rounds = math.max(rounds, row.rounds)
      least, most = math.min(least, row.warm_ups), math.max(most, row.warm_ups)
      backends = backends + 1
    end
  end
  if rounds == 0 then
    return nil
  end
  local words = number.plural(rounds, "round") .. (backends > 1 and " in turn" or "")
  if most > 0 then
    words = words .. " after " .. (least < most and least .. " to " or "") .. number.plural(most, "warm-up")
      .. (backends > 1 and " each" or "")
  end
  return words
end

-- Reasons to end are shown where there is more than one.
local function finish_words(document)
  local mixed = false
  local words = lists.map(lists.groups(document.finishes, function(row) return row.backend end), function(rows)
    mixed = mixed or #rows > 1
    return rows.key .. " " .. table.concat(lists.map(rows, function(row)
      return ("%s %d"):format(text.line(row.finish_reason or "not said"), row.n)
    end), ", ")
  end)
  return mixed and "ended by: " .. table.concat(words, "; ") or nil
end

local function print_words(page, words)
  if page.columns then
    page.write(text.wrap(words, "", "  "))
  else
    page:line(text.markdown(words))
  end
end

function counts.print(page, document)
  if #document.counts == 0 then
    return
  end
  page:line()
  local rounds = round_words(document)
  print_words(page, (rounds and rounds .. "; " or "") .. outcome_words(document))
  local finishes = finish_words(document)
  if finishes then
    print_words(page, finishes)
  end
end

return counts
