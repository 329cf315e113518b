-- What words cost a server in tokens: learned by asking it, once for each backend and call.
local misuse = require "bench.misuse"
local random = require "core.random"
local token_length = require "bench.token_length"
local words = require "bench.words"

local word_cost = {}

-- Every text begins with it: what the first word costs does not depend on the word then.
word_cost.opening = "Words:"

local enough = 32 -- words of one token each, to make prompts of
local most_words = { tokenizer = #words, usage = 128 } -- of the list: by usage each question costs a prefill
local most_questions = { tokenizer = 400, usage = 40 } -- while words are tried
local rounds = 3 -- of correcting the base

local function joined(...)
  return table.concat({ word_cost.opening, ... }, " ")
end

-- Counts by the tokenizer while it answers, else by usage. Raises where neither does.
local function counter(target, call, cost)
  return function(text)
    cost.questions = cost.questions + 1
    local count = cost.source == "tokenizer" and token_length.by_tokenizer(target, call, text)
    if count then
      return count
    end
    cost.source = "usage"
    local counted, message = token_length.by_usage(target, call, text)
    if not counted then
      misuse.raise("bench.synthetic: %s does not count its prompts: %s", target.name, message)
    end
    return counted
  end
end

-- The words of a list that cost one token each: a list that costs more is tried in halves. cost_of(list) ->
-- tokens, or nil where no more may be asked.
function word_cost.single(list, cost_of)
  local cost = cost_of(list)
  if cost == #list then
    return list
  elseif not cost or #list == 1 then
    return {}
  end
  local half = #list // 2
  local found = word_cost.single(table.move(list, 1, half, 1, {}), cost_of)
  local others = word_cost.single(table.move(list, half + 1, #list, 1, {}), cost_of)
  return table.move(others, 1, #others, #found + 1, found)
end

-- As many of the words as may be tried, from the whole list: no more than fit into half of the context.
local function some_words(target, source)
  local context = target.facts.context or math.huge
  local count = math.floor(math.min(most_words[source], math.max(enough, context / 2)))
  local some = {}
  for index = 1, count do
    some[index] = words[(index - 1) * #words // count + 1]
  end
  return some
end

local function learn(target, call)
  local cost = { source = target.dialect.length and "tokenizer" or "usage", questions = 0 }
  local count, generator = counter(target, call, cost), random.new(random.fresh_seed(), 0)
  local function lead() -- another one each time: a server may count only what is not in its cache
    return words[generator:below(#words) + 1] .. " " .. words[generator:below(#words) + 1]
  end
  count(joined(lead()))
  local before = count(joined(lead()))
  local list = some_words(target, cost.source)
  local all = count(joined(lead(), table.concat(list, " "))) - before
  cost.base, cost.words, cost.per_word = before - 2, list, all / #list
  local found = all ~= #list and word_cost.single(list, function(some)
    if cost.questions < most_questions[cost.source] then
      return count(joined(lead(), table.concat(some, " "))) - before
    end
  end)
  if found and #found >= enough then
    cost.words, cost.per_word = found, 1
  end
  return cost
end

local known = setmetatable({}, { __mode = "k" }) -- target -> call -> cost

-- { words, per_word (tokens), base (what the template and the opening cost), source, questions }
function word_cost.of(target, call)
  if target.absent then
    return { words = words, per_word = 1, base = 0, source = "nobody", questions = 0 }
  end
  known[target] = known[target] or {}
  known[target][call] = known[target][call] or learn(target, call)
  return known[target][call]
end

-- By how much prompts of these lengths are off, at most and in the mean.
local function deviation(lengths, make, count)
  local most, total = 0, 0
  for _, tokens in ipairs(lengths) do
    local off = count(make(tokens)) - tokens
    most, total = math.max(most, math.abs(off)), total + off
  end
  return most, total / #lengths
end

-- Asks for prompts of these lengths and corrects the base until they are met; by how much they are off at the end.
function word_cost.verify(target, call, cost, lengths, make)
  local by_tokenizer = counter(target, call, cost)
  local function count(text)
    local counted = token_length.by_usage(target, call, text)
    return counted or by_tokenizer(text)
  end
  local off, mean
  for round = 1, rounds do
    off, mean = deviation(lengths, make, count)
    cost.questions = cost.questions + #lengths
    if off == 0 or round == rounds then
      return off
    end
    cost.base = cost.base + math.floor(mean + 0.5)
  end
end

return word_cost
