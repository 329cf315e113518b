-- bench.synthetic: prompts of words, as long as a server counts them. What its tokenizer makes of words is learned
-- once, so that a prompt costs no question to the server when it is needed; lengths are then checked by asking.
local backends = require "bench.backend"
local misuse = require "bench.misuse"
local output = require "core.output"
local prompts = require "bench.prompts"
local random = require "core.random"
local session = require "bench.session"
local word_cost = require "bench.word_cost"
local word_fill = require "bench.word_fill"
local workers = require "bench.workers"

local synthetic = {}

local option_names = { "backend", "tokens", "spread", "shared_prefix", "count", "call" }
local default_count = 100
local first_stream = 1 << 61 -- of the run's seed, beyond those of loads
local streams_per_object = 1 << 40

local function check_names(given)
  misuse.check("bench.synthetic: its argument", given, "table")
  misuse.check_names("bench.synthetic", given, option_names)
end

local function read_options(given)
  check_names(given)
  local target = backends.target(given.backend)
  if not target then
    misuse.raise("bench.synthetic: backend is what bench.backend or bench.rounds gives: the lengths are as it counts")
  end
  local spread = misuse.check("bench.synthetic: spread", given.spread, "nil", "number") or 0
  if not (spread >= 0 and spread < 1) then
    misuse.raise("bench.synthetic: spread is a share, as 0.1 for 10 %% more or less, not %s", misuse.shown(spread))
  end
  return {
    target = target, spread = spread,
    call = given.call == nil and "chat" or misuse.choice("bench.synthetic: call", given.call, { "chat", "complete" }),
    tokens = type(given.tokens) == "function" and given.tokens
      or misuse.whole("bench.synthetic: tokens", given.tokens, 1),
    shared = misuse.whole("bench.synthetic: shared_prefix", given.shared_prefix == nil and 0 or given.shared_prefix, 0),
    count = misuse.whole("bench.synthetic: count", given.count == nil and default_count or given.count, 1),
  }
end

-- The tokens that are a prompt's own: what the template and the shared words cost left out.
local function own_tokens(self, tokens)
  local taken = self.cost.base + self.shared
  if tokens - taken < self.cost.fill.least then
    misuse.raise("bench.synthetic: %d tokens cannot be made: for %s the template and what is shared take %d", tokens,
      self.target.name, taken)
  end
  local context = self.target.facts.context
  if context and tokens >= context then
    misuse.raise("bench.synthetic: %d tokens do not fit into the context of %s, which is %d", tokens,
      self.target.name, context)
  end
  return tokens - taken
end

local function make(self, generator, tokens)
  local own = word_fill.text(self.cost.fill, generator, own_tokens(self, tokens))
  return { text = self.beginning .. own, tokens = tokens }
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
    tokens = misuse.whole("bench.synthetic: what tokens(user) gives", tokens(one), 1)
  end
  return make(self, generator, draw_tokens(self, generator, tokens))
end

local function get(self, index)
  if type(self.tokens) == "function" then
    misuse.raise("bench.synthetic: tokens(user) needs a user: take a prompt by user:pick(prompts)")
  end
  local generator = random.new(session.seed(), self.stream + index)
  return make(self, generator, draw_tokens(self, generator, self.tokens))
end

-- What all prompts of this object begin with.
local function set_beginning(self, generator)
  local shared = word_fill.text(self.cost.fill, generator, self.shared)
  self.beginning = word_cost.opening .. " " .. (shared ~= "" and shared .. " " or "")
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

-- By how much the lengths are off, for the record; for the user where they are.
local function report(self, off)
  local exactness = self.cost.is_partial and "estimates, as it says only what was in no cache"
    or off == 0 and "exact" or ("off by up to %d"):format(off)
  local asked = type(self.tokens) == "function" and "as many as tokens(user) says" or self.tokens .. " tokens"
  workers.record("note", ("synthetic prompts of %s"):format(self.target.name),
    ("%s, spread %.10g, %d shared; counted by %s: %s; %d requests to find out"):format(asked, self.spread,
      self.shared, self.cost.source, exactness, self.cost.questions))
  if exactness ~= "exact" then
    output.err(("bench: synthetic prompts of %s: their lengths are %s\n"):format(self.target.name, exactness))
  end
end

-- Asks for trial prompts, which are never used again, and takes what is always missing into the base.
local function verify(self)
  local trial = random.new(random.fresh_seed(), 0)
  report(self, word_cost.verify(self.target, self.call, self.cost, lengths(self), function(tokens)
    set_beginning(self, trial)
    return make(self, trial, tokens).text
  end))
end

local verified = {} -- lengths as one backend counts them

local function is_verified(self)
  local key = table.concat({ self.target.name, self.call, tostring(self.tokens), self.spread, self.shared }, " ")
  local before = verified[key]
  verified[key] = true
  return before
end

-- What its words cost is asked for by one of the workers; -> what the others need to know.
local function learn(self)
  self.cost = word_cost.of(self.target, self.call)
  word_fill.make_phrases(self.cost.fill, random.new(session.seed(), first_stream))
  if not self.target.absent and not is_verified(self) then
    verify(self)
  end
  return word_cost.told(self.cost)
end

local function learn_from_first(self)
  local told = workers.first("synthetic", function()
    return learn(self)
  end)
  if not self.cost then
    self.cost = word_cost.from(told)
    word_fill.make_phrases(self.cost.fill, random.new(session.seed(), first_stream))
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
  learn_from_first(self)
  set_beginning(self, random.new(session.seed(), self.stream))
  return prompts.new("synthetic prompts", self.count, function(index)
    return get(self, index)
  end, function(one, generator)
    return pick(self, one, generator)
  end)
end

return synthetic
