-- Texts of words that cost exactly so many tokens, drawn from words whose costs are known.
local word_fill = {}

local single_words = 16 -- so many are drawn one by one, the rest in phrases: long texts are made fast
local words_per_phrase, phrase_count = 8, 512

-- With which costs one can go on from `left` tokens to none: choices[left] is a list of costs, empty where none.
local function choices_of(by_cost, most)
  local choices, can_end = {}, { [0] = true }
  for left = 1, 3 * most do
    choices[left] = {}
    for cost = 1, most do
      if by_cost[cost] and can_end[left - cost] then
        table.insert(choices[left], cost)
        can_end[left] = true
      end
    end
  end
  return choices
end

-- words: list of { text, cost }, costs of at least 1.
function word_fill.new(words)
  local self = { words = words, by_cost = {}, most = 1, least = math.huge, phrases = {}, most_phrase = 0 }
  for _, word in ipairs(words) do
    local cost = word[2]
    self.by_cost[cost] = self.by_cost[cost] or {}
    table.insert(self.by_cost[cost], word)
    self.most, self.least = math.max(self.most, cost), math.min(self.least, cost)
  end
  self.choices = choices_of(self.by_cost, self.most)
  return self
end

local function draw(generator, list)
  return list[generator:below(#list) + 1]
end

-- Phrases for long texts, the same from the same generator.
function word_fill.make_phrases(self, generator)
  for index = 1, phrase_count do
    local texts, cost = {}, 0
    for place = 1, words_per_phrase do
      local word = draw(generator, self.words)
      texts[place], cost = word[1], cost + word[2]
    end
    self.phrases[index] = { table.concat(texts, " "), cost }
    self.most_phrase = math.max(self.most_phrase, cost)
  end
end

-- The list of words for the last tokens, exactly as many where the costs allow it.
local function finish(self, generator, left, parts)
  while left > 0 do
    while left > 0 and #self.choices[left] == 0 do
      left = left - 1
    end
    if left > 0 then
      local word = draw(generator, self.by_cost[draw(generator, self.choices[left])])
      parts[#parts + 1] = word[1]
      left = left - word[2]
    end
  end
end

-- Words of `tokens` tokens; fewer by what no words cost.
function word_fill.text(self, generator, tokens)
  local parts, left, margin = {}, tokens, 2 * self.most
  while left > margin and (#parts < single_words or left <= margin + self.most_phrase or #self.phrases == 0) do
    local word = draw(generator, self.words)
    parts[#parts + 1], left = word[1], left - word[2]
  end
  while left > margin + self.most_phrase do
    local phrase = draw(generator, self.phrases)
    parts[#parts + 1], left = phrase[1], left - phrase[2]
  end
  while left > 3 * self.most do
    local word = draw(generator, self.words)
    parts[#parts + 1], left = word[1], left - word[2]
  end
  finish(self, generator, left, parts)
  return table.concat(parts, " ")
end

return word_fill
