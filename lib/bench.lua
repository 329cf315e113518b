-- The public names, like a table of contents. `local bench = require "bench"` gives this table;
-- reading a name that is not in it is an error with a near miss.
local clock = require "bench.time"
local permissions = require "bench.permissions"
local strict = require "bench.strict"

-- A module that many scripts do without is loaded when one calls it first.
local function later(module, name)
  return function(...)
    return require(module)[name](...)
  end
end

return strict.table("bench", {
  -- what a script declares
  scenario = require("bench.scenario").declare,
  required = require("bench.options").required,
  refuse = require("bench.misuse").refuse_text,

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

  -- what a script measures, checks and keeps by itself
  measure = later("bench.own", "measure"),
  record = later("bench.own", "record"),
  check = later("bench.own", "check"),
  note = later("bench.own", "note"),

  -- what it may read
  read = permissions.read,
  secret = permissions.secret,
})
