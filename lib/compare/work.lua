-- The work that each side did in a group, in words: lengths, reasons to end, what failed, what came out of a cache.
local ask = require "report.ask"
local cached = require "report.cached"
local lists = require "bench.lists"
local number = require "report.number"
local prefix = require "compare.prefix"
local text = require "report.text"

local work = {}

local function length(row)
  if not row.tokens_median then
    return nil
  elseif row.tokens_min == row.tokens_max then
    return ("%.0f"):format(row.tokens_min)
  end
  return ("%.0f..%.0f, median %s"):format(row.tokens_min, row.tokens_max, number.short(row.tokens_median))
end

-- Reasoning, of the output tokens: "40", or in how many answers where nobody counts it.
local function reasoning(row)
  if row.thought == 0 then
    return row.counted > 0 and "none" or nil
  elseif row.reasoning then
    return ("median %s"):format(number.short(row.reasoning))
  end
  return ("in %d of %d answers"):format(row.thought, row.counted)
end

local function finishes(group)
  return lists.joined(", ", table.unpack(lists.map(group.finishes, function(row)
    return ("%s %d"):format(text.line(row.reason), row.n)
  end)))
end

local function trouble(row)
  if row.failed == 0 then
    return "none"
  end
  return lists.joined(", ", ("%d of %d"):format(row.failed, row.finished), row.empty > 0 and row.empty .. " empty",
    row.truncated > 0 and row.truncated .. " truncated", row.incomplete > 0 and row.incomplete .. " incomplete")
end

local sources = { { "usage", "the server" }, { "tokenizer", "a tokenizer" }, { "events", "events" } }

-- Who counted the tokens: "the server", or "the server 8, events 2"; nil where nobody did.
function work.counted_by(row)
  local words, only = {}, nil
  for _, source in ipairs(sources) do
    if row[source[1]] > 0 then
      words[#words + 1] = ("%s %d"):format(source[2], row[source[1]])
      only = source[2]
    end
  end
  return #words > 1 and table.concat(words, ", ") or only
end

-- Whether others counted the tokens of two sides, in whatever shares.
function work.is_counted_anew(base, new)
  for _, source in ipairs(sources) do
    if (base[source[1]] > 0) ~= (new[source[1]] > 0) then
      return true
    end
  end
  return false
end

-- Whether counts of the two sides come from different sources, so that rates in tokens carry a mark.
function work.is_mixed(base, new)
  local a, b = work.counted_by(base), work.counted_by(new)
  return a ~= nil and b ~= nil and (a ~= b or a:find(",", 1, true) ~= nil)
end

local function line(list, name, base, new, whenever)
  if (base or new) and (whenever or base ~= new) then
    list[#list + 1] = { name = name, base = base or number.none, new = new or number.none,
      differs = base ~= nil and new ~= nil and base ~= new }
  end
end

local function distribution(group)
  local shares, all = {}, 0
  for _, row in ipairs(group.finishes) do
    all = all + row.n
  end
  for _, row in ipairs(group.finishes) do
    shares[row.reason] = row.n / all
  end
  return shares
end

-- The largest difference between the shares of one reason to end.
local function mix_apart(base, new)
  local a, b, most = distribution(base), distribution(new), 0
  for reason, part in pairs(a) do
    most = math.max(most, math.abs(part - (b[reason] or 0)))
  end
  for reason, part in pairs(b) do
    most = math.max(most, math.abs(part - (a[reason] or 0)))
  end
  return most
end

-- base, new: groups of lib/compare/read.lua -> list of { name, base, new, differs }.
function work.lines(base, new)
  local list = {}
  line(list, "output tokens", length(base.work), length(new.work), true)
  if base.work.thought + new.work.thought > 0 then
    line(list, "of it reasoning", reasoning(base.work), reasoning(new.work), true)
  end
  line(list, "ended by", finishes(base), finishes(new), true)
  if mix_apart(base, new) < 0.005 and list[#list] and list[#list].name == "ended by" then
    list[#list].differs = false
  end
  line(list, "not ok", trouble(base.work), trouble(new.work), base.work.failed + new.work.failed > 0)
  line(list, "turned away", tostring(base.dropped), tostring(new.dropped), base.dropped + new.dropped > 0)
  line(list, "cancelled", tostring(base.work.cancelled), tostring(new.work.cancelled))
  line(list, "from the cache", cached.words(base.work.cached), cached.words(new.work.cached), true)
  line(list, "cold starts", tostring(base.work.cold), tostring(new.work.cold), base.work.cold + new.work.cold > 0)
  if work.counted_by(base.work) and work.counted_by(new.work) then
    line(list, "counted by", work.counted_by(base.work), work.counted_by(new.work))
  end
  return list
end

local function answer(run, seq)
  local row = ask.row("compare/answer", run, seq)
  return row and row.answer
end

local MOST = 20 -- prompts whose first answers are held against each other

-- rows: of lib/compare/prompts.lua. -> { prompts, identical, least (characters in common) } or nil where no text
-- was kept.
function work.prefix(pair, rows)
  local answers = {}
  for i = 1, math.min(#rows, MOST) do
    local a, b = answer(pair.base.run, rows[i].base_seq), answer(pair.new.run, rows[i].new_seq)
    if a and b and a ~= "" and b ~= "" then
      answers[#answers + 1] = { a, b }
    end
  end
  return prefix.of(answers)
end

return work
