-- The public names, like a table of contents. `local bench = require "bench"` gives this table;
-- reading a name that is not in it is an error with a near miss, and so is setting one.
local clock = require "bench.time"
local misuse = require "bench.misuse"
local permissions = require "bench.permissions"
local strict = require "bench.strict"

-- A module that many scripts do without is loaded when one calls it first.
local function later(module, name)
  return function(...)
    return require(module)[name](...)
  end
end

local public = {
  -- what a script declares
  scenario = require("bench.scenario").declare,
  required = require("bench.options").required,
  refuse = misuse.refuse_text,

  -- whom it asks
  backend = require("bench.backend").open,
  rounds = later("bench.rounds", "rounds"),

  -- many users, and when they come
  load = later("bench.load", "run"),
  closed = later("bench.arrivals", "closed"),
  steady = later("bench.arrivals", "steady"),
  poisson = later("bench.arrivals", "poisson"),
  gamma = later("bench.arrivals", "gamma"),
  ramp = later("bench.arrivals", "ramp"),
  burst = later("bench.arrivals", "burst"),
  replay = later("bench.replay", "open"),

  -- what they ask
  prompts = later("bench.prompts", "open"),
  synthetic = later("bench.synthetic", "open"),

  -- several things at once, and waiting
  together = later("bench.together", "together"),
  sleep = clock.sleep,
  now = clock.now,
  seconds = clock.in_seconds,

  -- what a script measures, checks and keeps by itself
  measure = later("bench.own", "measure"),
  record = later("bench.own", "record"),
  check = later("bench.own", "check"),
  note = later("bench.own", "note"),

  -- what it may read
  read = permissions.read,
  secret = permissions.secret,
}

-- Without check and note, which end with whatever an expression gives: text:find() gives several values.
local most_arguments = {
  scenario = 1, refuse = 1, backend = 2, rounds = 3, load = 1, closed = 2, steady = 1, poisson = 2, gamma = 3,
  ramp = 4, burst = 2, replay = 2, prompts = 1, synthetic = 1, together = 1, sleep = 1, now = 0, seconds = 1,
  measure = 2, record = 3, read = 1, secret = 1,
}
for name, most in pairs(most_arguments) do
  public[name] = misuse.takes("bench." .. name, most, public[name])
end

return strict.sealed("bench", public)
