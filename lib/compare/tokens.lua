-- One text, two counts: prompt tokens as each of two servers counted them, prompt by prompt. Pure.
local lists = require "bench.lists"
local number = require "report.number"

local tokens = {}

local SPECIAL = 2 -- tokens: as many may be special ones that a template or a tokenizer adds
local EQUAL = 0.05

local function constant(rows)
  local change = rows[1].new - rows[1].base
  for _, row in ipairs(rows) do
    if row.new - row.base ~= change then
      return nil
    end
  end
  return change
end

local function percent(row)
  return 100 * (row.new / row.base - 1)
end

local function spread(rows)
  local least, most = math.huge, -math.huge
  for _, row in ipairs(rows) do
    least, most = math.min(least, percent(row)), math.max(most, percent(row))
  end
  if least < 0 and most <= 0 then
    least, most = -most, -least
  end
  local from, to = ("%.0f"):format(least), ("%.0f"):format(most)
  return from == to and ("by %s %%"):format(from) or ("by %s to %s %%"):format(from, to)
end

local function constant_words(change, count)
  local many = count > 1 and " on every prompt" or ""
  if math.abs(change) <= SPECIAL then
    local more = change > 0 and "more" or "less"
    local what = math.abs(change) == 1 and "one special token" or "two special tokens"
    return ("%+d%s: looks like %s %s (a doubled first token, BOS twice?)"):format(change, many, what, more)
  end
  return ("%+d%s: another template or system prompt"):format(change, many)
end

local function counted_by_both(rows, nonce)
  return lists.filter(rows, function(row) return row.base and row.new and row.nonce == nonce end)
end

-- rows: list of { base, new (counts, or nil), nonce (true: one side alone asked past its cache) }.
-- -> { state = "same" | "differs" | "unknown", kind = "constant" | "ratio" | nil, change (of a constant), words, base,
-- new (lists of counts: of prompts that both counted, else all) }.
function tokens.judge(rows)
  local known = counted_by_both(rows, nil)
  local is_apart = #known == 0
  known = is_apart and counted_by_both(rows, true) or known
  local result = { state = "unknown", base = {}, new = {} }
  for _, row in ipairs(#known > 0 and known or rows) do
    result.base[#result.base + 1], result.new[#result.new + 1] = row.base, row.new
  end
  if #known == 0 then
    return result
  end
  local change = constant(known)
  if change == 0 then
    result.state = "same"
  elseif is_apart then
    result.state, result.words = "differs", "one side was asked past its cache, by other words before the text"
  elseif change and (#known > 1 or math.abs(change) <= SPECIAL) then
    result.state, result.kind, result.change = "differs", "constant", change
    result.words = constant_words(change, #known)
  else
    result.state, result.kind = "differs", "ratio"
    result.words = ("they differ %s: another template or tokenizer"):format(spread(known))
  end
  return result
end

local function shown(median)
  return median % 1 == 0 and ("%.0f"):format(median) or number.short(median)
end

-- The median prompt of each side (tokens, or nil where none was counted). Prompts that are drawn anew for each run are
-- as long as each other only so far as EQUAL tells.
function tokens.judge_medians(base, new)
  if not (base and new) then
    return tokens.judge {}
  end
  local is_equal = math.abs(new - base) <= EQUAL * base
  return { state = is_equal and "same" or "differs", words = "medians of all that was answered",
    base = { shown(base) }, new = { shown(new) } }
end

return tokens
