-- The public names, like a table of contents. `local bench = require "bench"` gives this table;
-- reading a name that is not in it is an error with a near miss.
local clock = require "bench.time"
local permissions = require "bench.permissions"
local strict = require "bench.strict"

return strict.table("bench", {
  -- what a script declares
  scenario = require("bench.scenario").declare,
  required = require("bench.options").required,

  -- whom it asks
  backend = require("bench.backend").open,
  rounds = require("bench.rounds").rounds,

  -- many users, and when they come
  load = require("bench.load").run,
  closed = require("bench.arrivals").closed,
  steady = require("bench.arrivals").steady,
  poisson = require("bench.arrivals").poisson,
  gamma = require("bench.arrivals").gamma,
  ramp = require("bench.arrivals").ramp,
  burst = require("bench.arrivals").burst,
  replay = require("bench.replay").open,

  -- what they ask
  prompts = require("bench.prompts").open,
  synthetic = require("bench.synthetic").open,

  -- several things at once, and waiting
  together = require("bench.together").together,
  sleep = clock.sleep,
  now = clock.now,

  -- what a script measures, checks and keeps by itself
  measure = require("bench.own").measure,
  record = require("bench.own").record,
  check = require("bench.own").check,
  note = require("bench.own").note,

  -- what it may read
  read = permissions.read,
  secret = permissions.secret,
})
