-- bench.synthetic: prompts of words, as long as a server counts them. What its tokenizer makes of words is learned
-- once, so that a prompt costs no question to the server when it is needed; lengths are then checked by asking.
local backends = require "bench.backend"
local misuse = require "bench.misuse"
local output = require "core.output"
local prompts = require "bench.prompts"
local random = require "core.random"
local record = require "core.record"
local session = require "bench.session"
local user = require "bench.user"
local word_cost = require "bench.word_cost"

local synthetic = {}

local option_names = { "backend", "tokens", "spread", "shared_prefix", "count", "call" }
local default_count = 100
local single_words = 16 -- so many words are drawn one by one, the rest in phrases: long prompts are made fast
local words_per_phrase, phrases = 8, 512
local first_stream = 1 << 61 -- of the run's seed, beyond those of loads
local streams_per_object = 1 << 40

local function check_names(given)
  misuse.check("bench.synthetic", given, "table")
  local known = {}
  for _, name in ipairs(option_names) do
    known[name] = true
  end
  for name in pairs(given) do
    if not known[name] then
      misuse.raise("bench.synthetic has no option %s%s", tostring(name), misuse.near(name, option_names))
    end
  end
end

local function whole(name, value, least)
  local number = type(value) == "number" and math.tointeger(value)
  if not number or number < least then
    misuse.raise("bench.synthetic: %s must be a whole number of at least %d, not %s", name, least, tostring(value))
  end
  return number
end

local function read_options(given)
  check_names(given)
  local target = backends.target(given.backend)
  if not target then
    misuse.raise("bench.synthetic: backend is what bench.backend or bench.rounds gives: the lengths are as it counts")
  end
  local spread = misuse.check("bench.synthetic: spread", given.spread, "nil", "number") or 0
  if not (spread >= 0 and spread < 1) then
    misuse.raise("bench.synthetic: spread is a share, as 0.1 for 10 %% more or less, not %s", tostring(spread))
  end
  local call = given.call == nil and "chat" or given.call
  if call ~= "chat" and call ~= "complete" then
    misuse.raise("bench.synthetic: call is \"chat\" or \"complete\", what the prompts are for")
  end
  return {
    target = target, spread = spread, call = call,
    tokens = type(given.tokens) == "function" and given.tokens or whole("tokens", given.tokens, 1),
    shared = whole("shared_prefix", given.shared_prefix == nil and 0 or given.shared_prefix, 0),
    count = whole("count", given.count == nil and default_count or given.count, 1),
  }
end

local function draw_words(generator, words, count)
  local drawn = {}
  for index = 1, count do
    drawn[index] = words[generator:below(#words) + 1]
  end
  return drawn
end

-- Phrases that every prompt of this object is made of, behind its first words.
local function make_phrases(seed, words)
  local made, generator = {}, random.new(seed, first_stream)
  for index = 1, phrases do
    made[index] = table.concat(draw_words(generator, words, words_per_phrase), " ")
  end
  return made
end

-- The opening, the shared words, and so many of their own.
local function make_text(self, generator, count)
  local single = count <= single_words and count
    or single_words + (count - single_words) % words_per_phrase
  local parts = draw_words(generator, self.cost.words, single)
  for index = single + 1, single + (count - single) // words_per_phrase do
    parts[index] = self.phrases[generator:below(phrases) + 1]
  end
  return self.beginning .. table.concat(parts, " ")
end

-- The words that cost so many tokens, the template's and the shared ones left out.
local function words_for(self, tokens)
  local least = self.cost.base + self.shared + 1
  if tokens < least then
    misuse.raise("bench.synthetic: %d tokens cannot be made: for %s the template and what is shared take %d", tokens,
      self.target.name, least - 1)
  end
  local context = self.target.facts.context
  if context and tokens >= context then
    misuse.raise("bench.synthetic: %d tokens do not fit into the context of %s, which is %d", tokens,
      self.target.name, context)
  end
  return math.max(1, math.floor((tokens - self.cost.base - self.shared) / self.cost.per_word + 0.5))
end

local function make(self, generator, tokens)
  return { text = make_text(self, generator, words_for(self, tokens)), tokens = tokens }
end

local function bounds(self, tokens)
  return math.ceil(tokens * (1 - self.spread)), math.floor(tokens * (1 + self.spread))
end

local function draw_tokens(self, generator, tokens)
  local low, high = bounds(self, tokens)
  return low + generator:below(high - low + 1)
end

local function pick(self, one, generator)
  local tokens = self.tokens
  if type(tokens) == "function" then
    tokens = whole("what tokens(user) gives", tokens(one), 1)
  end
  return make(self, generator, draw_tokens(self, generator, tokens))
end

local function get(self, index)
  if type(self.tokens) == "function" then
    misuse.raise("bench.synthetic: tokens(user) needs a user: take a prompt by user:pick(prompts)")
  end
  local generator = random.new(user.seed(), self.stream + index)
  return make(self, generator, draw_tokens(self, generator, self.tokens))
end

-- What all prompts of this object begin with.
local function set_beginning(self, generator)
  local count = math.floor(self.shared / self.cost.per_word + 0.5)
  local shared = draw_words(generator, self.cost.words, count)
  table.insert(shared, 1, word_cost.opening)
  self.beginning = table.concat(shared, " ") .. " "
end

-- The lengths that are checked: both ends, or for a function's some.
local function lengths(self)
  if type(self.tokens) == "function" then
    local least = self.cost.base + self.shared
    return { least + 100, least + 200 }
  end
  local low, high = bounds(self, self.tokens)
  return low == high and { low } or { low, high }
end

local function note(self, off)
  local asked = type(self.tokens) == "function" and "tokens(user)" or self.tokens
  record.write("note", ("synthetic prompts of %s"):format(self.target.name),
    ("%s tokens, spread %.10g, %d shared; counted by %s, %s; %d questions before"):format(asked, self.spread,
      self.shared, self.cost.source, off == 0 and "exact" or ("off by up to %d"):format(off), self.cost.questions))
end

-- Asks for trial prompts, which are never used again, and takes what is always missing into the base.
local function verify(self)
  local trial = random.new(random.fresh_seed(), 0)
  local off = word_cost.verify(self.target, self.call, self.cost, lengths(self), function(tokens)
    set_beginning(self, trial)
    return make_text(self, trial, words_for(self, tokens))
  end)
  note(self, off)
  if off > 0 then
    output.err(("bench: synthetic prompts of %s: as it counts they are off by up to %d of the tokens asked for\n")
      :format(self.target.name, off))
  end
end

local objects = 0

-- bench.synthetic { backend, tokens = n | function(user), spread, shared_prefix, count, call }: prompts whose whole
-- length, template included, is `tokens` as this backend counts; the first shared_prefix of them are the same in all.
-- user:pick(prompts) makes a new one each time; prompts[i] for i up to count are others.
function synthetic.open(given)
  session.declared("bench.synthetic")
  local self = read_options(given)
  objects = objects + 1
  self.stream = first_stream + objects * streams_per_object
  self.cost = word_cost.of(self.target, self.call)
  self.phrases = make_phrases(user.seed(), self.cost.words)
  if not self.target.absent then
    verify(self)
  end
  set_beginning(self, random.new(user.seed(), self.stream))
  return prompts.new("synthetic prompts", self.count, function(index)
    return get(self, index)
  end, function(one, generator)
    return pick(self, one, generator)
  end)
end

return synthetic
