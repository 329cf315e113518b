-- Whom a visit is made by: a number, and random numbers of its own, so that what a user does depends on nobody
-- who finishes first.
local misuse = require "bench.misuse"
local prompt_lists = require "bench.prompts"
local random = require "core.random"
local session = require "bench.session"
local strict = require "bench.strict"
local warnings = require "bench.warnings"

local user = {}

local first_stream = 1000 -- of the run's seed; user n of the first load has number 1000 + n
local streams_per_load = 1 << 40
local stream_of_classes = 2
local most_classes = 10 -- a tenth of the prompts is for warm-ups

-- The generator of the visit's user, the same in every run of one seed. inner: what is behind the user.
local function generator_of(inner)
  if not inner.generator then
    inner.generator = random.new(session.seed(), first_stream + inner.number + (inner.load - 1) * streams_per_load)
  end
  return inner.generator
end

-- Which of `count` things a warm-up may take: those with index % classes == class, from 0. What it takes is in no
-- cache when the measuring begins, since the others are for that.
local function class_of(count)
  local classes = math.min(most_classes, count)
  return classes, random.new(session.seed(), stream_of_classes):below(classes)
end

-- One of the things 1..count. warm: true, false, or nil where a load has no warm-up.
function user.choose(generator, count, warm)
  if warm == nil or count < 2 then
    return generator:below(count) + 1
  end
  local classes, class = class_of(count)
  local in_class = (count - class + classes - 1) // classes
  if warm then
    return generator:below(in_class) * classes + class + 1
  end
  local other = generator:below(count - in_class)
  local block, offset = other // (classes - 1), other % (classes - 1)
  return block * classes + (offset >= class and offset + 1 or offset) + 1
end

local function pick(inner, one, prompts)
  local picker = type(prompts) == "table" and prompt_lists.picker(prompts)
  if picker then
    return picker(one, generator_of(inner))
  end
  local count = type(prompts) == "table" and #prompts or 0
  if type(prompts) ~= "table" then
    misuse.raise("user:pick takes prompts or a list, not %s", misuse.kind(prompts))
  elseif count == 0 then
    misuse.raise("user:pick: there is nothing to pick from")
  end
  if inner.is_warm ~= nil and count < 2 then
    warnings.add("picked_again")
  end
  return prompts[user.choose(generator_of(inner), count, inner.is_warm)]
end

-- random() -> [0, 1); random(n) -> 1..n; random(m, n) -> m..n, as math.random has it.
local function draw(inner, low, high)
  local generator = generator_of(inner)
  if low == nil then
    return generator:uniform()
  end
  if high == nil then
    low, high = 1, low
  end
  local first, last = math.tointeger(low), math.tointeger(high)
  if not (first and last) or last < first or last - first + 1 < 1 then
    misuse.raise("user:random: from %s to %s there is no whole number, or too many", misuse.shown(low),
      misuse.shown(high))
  end
  return first + generator:below(last - first + 1)
end

local behind = {} -- the key in a user of what is behind it

local function inner_of(one, method)
  local inner = type(one) == "table" and rawget(one, behind)
  if not inner then
    misuse.raise("write user:%s(...), with a colon", method)
  end
  return inner
end

local methods = {
  pick = misuse.takes("user:pick", 1, function(one, prompts)
    return pick(inner_of(one, "pick"), one, prompts)
  end),
  random = misuse.takes("user:random", 2, function(one, low, high)
    return draw(inner_of(one, "random"), low, high)
  end),
}

-- The metatable of all users: a load makes one for each arrival.
local meta = strict.sealed_over("user", behind, { number = true, visit = true, row = true }, methods)

function meta.__newindex(_, name)
  misuse.raise("user.%s cannot be set; keep it in a table of your own, by user.number", tostring(name))
end

-- The object that a visit's function is given, and what is behind it: which of the load's visits it is in (visit)
-- and whether that is a warm-up (is_warm; nil where a load has none) are set there before each of them.
function user.new(number, row, load)
  local inner = { number = number, row = row, load = load, visit = 1, is_warm = nil, generator = nil }
  return setmetatable({ [behind] = inner }, meta), inner
end

return user
