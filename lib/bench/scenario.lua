-- bench.scenario: what a script says about itself, checked before the first request.
local address = require "bench.address"
local clock = require "core.clock"
local core_options = require "core.options"
local helpers = require "bench.helpers"
local json = require "bench.json"
local keys = require "bench.keys"
local lists = require "bench.lists"
local misuse = require "bench.misuse"
local needs = require "bench.needs"
local options = require "bench.options"
local output = require "core.output"
local permissions = require "bench.permissions"
local record = require "core.record"
local secret = require "core.secret"
local session = require "bench.session"
local source = require "core.source"
local strict = require "bench.strict"

local scenario = {}

local fields = { "summary", "options", "metrics", "expect", "needs" }

local function check_fields(given)
  if type(given) ~= "table" then
    misuse.refuse_here("bench.scenario takes a table, bench.scenario { summary = \"...\", options = { ... } }, not %s",
      misuse.kind(given))
  end
  for name in pairs(given) do
    if not lists.has(fields, name) then
      misuse.refuse_here("bench.scenario has no field %s%s", misuse.name(name), misuse.near_or_all(name, fields))
    end
  end
  if given.summary ~= nil and type(given.summary) ~= "string" then
    misuse.refuse_here("bench.scenario: summary is a text, not %s", misuse.kind(given.summary))
  end
end

local directions = { "lower", "higher", "neither" }
local metric_form = "{ \"name\", \"unit\", \"what it means\" }"
local metric_places = { "its name", "its unit", "what it means" }

-- Refuses of a metric { "name", "unit", "what it means", better = "lower" } what is none.
local function check_metric(entry)
  if type(entry) ~= "table" then
    misuse.refuse_here("bench.scenario: each metric is a list, %s, not %s", metric_form, misuse.kind(entry))
  end
  for place, what in ipairs(metric_places) do
    if type(entry[place]) ~= "string" and (entry[place] ~= nil or place < 3) then
      misuse.refuse_here("bench.scenario: each metric is a list, %s: %s is a text, not %s", metric_form, what,
        misuse.kind(entry[place]))
    end
  end
  if not entry[1]:match("^[%a_][%w_]*$") then
    misuse.refuse_here("bench.scenario: metric %s: a name is letters, digits and _ (ASCII)", entry[1])
  end
  for key in pairs(entry) do
    if key ~= "better" and not metric_places[key] then
      misuse.refuse_here("bench.scenario: metric %s has no field %s%s", entry[1], misuse.name(key),
        misuse.near(key, { "better" }))
    end
  end
  if entry.better ~= nil and not lists.has(directions, entry.better) then
    misuse.refuse_here("bench.scenario: metric %s: better is %s, not %s", entry[1], misuse.either(directions),
      misuse.shown(entry.better))
  end
end

local function read_metric(entry)
  check_metric(entry)
  return { name = entry[1], unit = entry[2], definition = entry[3] or "", better = entry.better or "neither" }
end

local function read_metrics(list)
  local own, seen = {}, {}
  list = misuse.check_list("bench.scenario: metrics", list, ("{ %s, ... }"):format(metric_form))
  for _, entry in ipairs(list) do
    local metric = read_metric(entry)
    local name = metric.name
    if require("bench.metrics").find(name) or seen[name] then
      misuse.refuse_here("bench.scenario: there is a metric %s already", name)
    end
    seen[name] = true
    own[#own + 1] = metric
  end
  return own
end

local function read_promises(list, own)
  if list == nil then
    return {}
  end
  local promises, message = require("bench.expect").read_all(
    misuse.check_list("bench.scenario: expect", list, "{ \"ttft p95 < 1s\", ... }"), own)
  if not promises then
    misuse.refuse_here("%s", message)
  end
  return promises
end

local function read_needs(list)
  local read = {}
  for index, sentence in ipairs(misuse.check_list("bench.scenario: needs", list, "{ \"bench 1.0\", ... }")) do
    local need, message = needs.read(sentence)
    if not need then
      misuse.refuse_here("%s", message)
    end
    read[index] = need
  end
  return read
end

-- Flags of `bench run`, as a set.
local function reserved_flags()
  local reserved = { help = true, h = true }
  for _, name in ipairs(core_options.run_flags) do
    reserved[name] = true
  end
  return reserved
end

-- What the user gave opens the network to it; what reads like a key is never kept.
local function open_given(option, value, given, environment)
  local list = type(value) == "table" and value or { value }
  for _, item in ipairs(list) do
    if type(item) == "string" then
      if given then
        permissions.name(item, environment)
        source.allow(item)
      end
      if secret.is_name(option.name) and item ~= "" then
        secret.literal(item)
      end
      local parts = address.parse(item, environment)
      if parts then
        keys.hide_all(parts)
      end
    end
  end
end

-- An address in two words, --host and --port: open where the user gave the host, or a port of this machine.
local function open_place(values, given, environment)
  local host, port = values.host, values.port
  if host and port and (given.host or given.port and (host == "127.0.0.1" or host == "localhost")) then
    permissions.name(("http://%s:%s"):format(host, port), environment)
  end
end

local function read_options(declared, like)
  local script = source.script()
  local values, given = options.read(declared, core_options.unknown or {}, script.name, like, script.foreign)
  local environment = keys.environment()
  for _, option in ipairs(declared) do
    open_given(option, values[option.name], given[option.name], environment)
  end
  open_place(values, given, environment)
  return values
end

local look_again = 0.05 -- s between two looks at what was typed

-- Asks on the terminal; nil where nobody sits at one.
local function ask(question)
  if not session.args.interactive then
    return nil
  end
  output.err(question .. " [y/N] ")
  local answer = output.answer()
  while answer == nil and clock.sleep(look_again) do
    answer = output.answer()
  end
  return answer and answer:lower():match("^y") ~= nil
end

-- The flag of the first option that names backends, or nil.
function scenario.address_flag()
  for _, option in ipairs(session.scenario.options) do
    if option.type == "address list" or type(option.default) == "string" and address.parse(option.default, {}) then
      return option.flag
    end
  end
end

-- Writes the declaration to the run; again with `simulated` once a simulated server is asked.
local function keep(declared, simulated)
  record.write("scenario", declared.name, declared.values_json, declared.summary,
    json.encode(json.array(lists.column(declared.promises, "sentence"))), simulated)
end

local function keep_metrics(declared)
  for _, metric in ipairs(declared.metrics) do
    record.write("own_metric", metric.name, metric.unit, metric.better, metric.definition)
  end
end

function scenario.mark_simulated()
  keep(session.scenario, true)
end

local function read(given)
  check_fields(given)
  local own = read_metrics(given.metrics)
  return {
    name = source.script().name,
    summary = given.summary,
    options = options.declare(given.options, reserved_flags()),
    metrics = own,
    promises = read_promises(given.expect, own),
    needs = read_needs(given.needs),
  }
end

-- The first call of a script: { summary, options, metrics, expect, needs } -> the values of its options,
-- a table that knows no other names.
function scenario.declare(given)
  if session.scenario then
    misuse.refuse_here("bench.scenario is called twice; a script is one scenario")
  end
  local declared = read(given)
  session.scenario = declared
  if session.describing then
    coroutine.yield(session.describing)
  end
  declared.values = read_options(declared.options, session.args.like)
  declared.values_json = json.encode(declared.values) -- before the script can change a list
  needs.meet(declared.needs, declared.name, core_options.bench_version, ask)
  keep(declared, false)
  keep_metrics(declared)
  helpers.write()
  return strict.sealed("opt", declared.values)
end

return scenario
