-- What words cost a server in tokens: learned by asking it, once for each backend and call.
local lists = require "bench.lists"
local misuse = require "bench.misuse"
local random = require "core.random"
local token_length = require "bench.token_length"
local word_fill = require "bench.word_fill"
local words = require "bench.words"

local word_cost = {}

-- Every text begins with it: what the first word costs does not depend on the word then.
word_cost.opening = "Words:"

local enough = 32 -- words of one token each: without so many, words of any cost are taken
local most_words = { tokenizer = #words, usage = 128 } -- of the list: by usage each question costs a prefill
local most_halves = { tokenizer = 400, usage = 40 }    -- questions while a list is tried in halves
local most_single = { tokenizer = 128, usage = 16 }    -- words whose costs are asked for one by one
local mostly_single = 1.5 -- tokens a word in the mean, up to which words of one token are looked for
local rounds = 3          -- of correcting the base

-- Where a server says only what was in no cache, each question begins with another letter than the one before.
local function lead(cost)
  if not cost.is_partial then
    return ""
  end
  cost.turn = ((cost.turn or 0) + 1) % 26
  return ("%s%d "):format(string.char(97 + cost.turn), 100 + cost.generator:below(900))
end

-- ask(list) -> tokens of a prompt of these words, by the tokenizer while it answers, else by usage.
local function asker(target, call, cost)
  return function(list)
    cost.questions = cost.questions + 1
    local text = lead(cost) .. word_cost.opening .. (#list > 0 and " " .. table.concat(list, " ") or "")
    local count = cost.source == "tokenizer" and token_length.by_tokenizer(target, call, text)
    if count then
      return count
    end
    cost.source = "usage"
    local counted, message, is_partial = token_length.by_usage(target, call, text)
    if not counted then
      misuse.raise("bench.synthetic: %s does not count its prompts: %s", target.name, message)
    end
    cost.is_partial = is_partial
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
  return lists.append(word_cost.single(table.move(list, 1, half, 1, {}), cost_of),
    word_cost.single(table.move(list, half + 1, #list, 1, {}), cost_of))
end

-- As many words as this, from the whole list.
local function some_words(count)
  local some = {}
  for index = 1, count do
    some[index] = words[(index - 1) * #words // count + 1]
  end
  return some
end

local function single_ones(list)
  return lists.map(list, function(word) return { word, 1 } end)
end

-- Each word by itself.
local function ask_each(cost, cost_of)
  local made = {}
  for _, word in ipairs(some_words(most_single[cost.source])) do
    local tokens = cost_of { word }
    if tokens > 0 then
      made[#made + 1] = { word, tokens }
    end
  end
  return #made > 0 and made or single_ones(words)
end

-- List of { word, tokens }. Where nearly all words are one token, only such.
local function learn_words(target, cost, cost_of)
  local room = (target.facts.context or math.huge) / 4 -- words of four tokens fill the context
  local list = some_words(math.floor(math.min(most_words[cost.source], math.max(enough, room))))
  local mean = cost_of(list) / #list
  if mean == 1 then
    return single_ones(list)
  end
  local found = mean < mostly_single and word_cost.single(list, function(some)
    return cost.questions < most_halves[cost.source] and cost_of(some) or nil
  end)
  if found and #found >= enough then
    return single_ones(found)
  end
  return ask_each(cost, cost_of)
end

local function learn(target, call)
  local cost = { source = target.dialect.length and "tokenizer" or "usage", questions = 0,
    generator = random.new(random.fresh_seed(), 0) }
  local ask = asker(target, call, cost)
  if not target.dialect.length then
    ask {}
    ask {} -- shows whether only what is new is counted
  end
  local before = ask {}
  cost.fill = word_fill.new(learn_words(target, cost, function(list)
    return ask(list) - before
  end))
  cost.base = before
  return cost
end

local known = setmetatable({}, { __mode = "k" }) -- target -> call -> cost

-- { fill (bench.word_fill), base (what the template and the opening cost), source, questions }
function word_cost.of(target, call)
  if target.absent then
    return { fill = word_fill.new(single_ones(words)), base = 0, source = "nobody", questions = 0 }
  end
  known[target] = known[target] or {}
  known[target][call] = known[target][call] or learn(target, call)
  return known[target][call]
end

-- What another process needs to know of a cost, as JSON can hold it, and the cost made of that.
function word_cost.told(cost)
  return { words = cost.fill.words, base = cost.base, source = cost.source, questions = cost.questions,
    is_partial = cost.is_partial }
end

function word_cost.from(told)
  return { fill = word_fill.new(told.words), base = told.base, source = told.source, questions = told.questions,
    is_partial = told.is_partial }
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
  local function count(text)
    cost.questions = cost.questions + 1
    return token_length.by_usage(target, call, text) or token_length.by_tokenizer(target, call, text)
      or misuse.raise("bench.synthetic: %s no longer counts its prompts", target.name)
  end
  local off, mean
  for round = 1, rounds do
    off, mean = deviation(lengths, make, count)
    if off == 0 or round == rounds then
      return off
    end
    cost.base = cost.base + math.floor(mean + 0.5)
  end
end

return word_cost
