-- What was asked and how it came out, in a sentence above the numbers.
local text = require "report.text"

local counts = {}

local function plural(n, word)
  return ("%d %s%s"):format(n, word, n == 1 and "" or "s")
end

local function outcome_words(document)
  local total, ok, cancelled, others, order = 0, 0, 0, {}, {}
  for _, row in ipairs(document.counts) do
    total = total + row.n
    if row.outcome == "ok" then
      ok = ok + row.n
    elseif row.outcome == "cancelled" then
      cancelled = cancelled + row.n
    else
      local word = row.outcome
      if row.error_kind and row.error_kind ~= "" then
        word = word .. " (" .. row.error_kind .. ")"
      end
      if not others[word] then
        order[#order + 1] = word
      end
      others[word] = (others[word] or 0) + row.n
    end
  end
  local words = { ("%d of %d answered"):format(ok, total - cancelled) }
  for _, word in ipairs(order) do
    words[#words + 1] = ("%d %s"):format(others[word], word)
  end
  if cancelled > 0 then
    words[#words + 1] = ("%d cancelled as planned"):format(cancelled)
  end
  return table.concat(words, ", ")
end

-- "5 rounds in turn after 1 warm-up each", or nil where there were none.
local function round_words(document)
  local rounds, warm_ups, backends = 0, 0, 0
  for _, row in ipairs(document.rounds) do
    if row.rounds then
      rounds = math.max(rounds, row.rounds)
      warm_ups = math.max(warm_ups, row.warm_ups or 0)
      backends = backends + 1
    end
  end
  if rounds == 0 then
    return nil
  end
  local words = plural(rounds, "round") .. (backends > 1 and " in turn" or "")
  if warm_ups > 0 then
    words = words .. " after " .. plural(warm_ups, "warm-up") .. (backends > 1 and " each" or "")
  end
  return words
end

-- Reasons to end are shown where there is more than one.
local function finish_words(document)
  local by_backend, order, mixed = {}, {}, false
  for _, row in ipairs(document.finishes) do
    local list = by_backend[row.backend]
    if not list then
      list = {}
      by_backend[row.backend] = list
      order[#order + 1] = row.backend
    end
    list[#list + 1] = ("%s %d"):format(text.line(row.finish_reason or "not said"), row.n)
    mixed = mixed or #list > 1
  end
  if not mixed then
    return nil
  end
  local words = {}
  for i, backend in ipairs(order) do
    words[i] = backend .. " " .. table.concat(by_backend[backend], ", ")
  end
  return "ended by: " .. table.concat(words, "; ")
end

function counts.print(page, document)
  if #document.counts == 0 then
    return
  end
  page:line()
  local rounds = round_words(document)
  page:line((rounds and rounds .. "; " or "") .. outcome_words(document))
  local finishes = finish_words(document)
  if finishes then
    page:line(finishes)
  end
end

return counts
