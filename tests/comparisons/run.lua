-- An oracle of comparisons: pairs of sides drawn from seeds, of which it is known what differs and by how much, against
-- what bench compare says of them: lua5.4 tests/comparisons/run.lua BENCH SEED [COUNT]
local here = arg[0]:match("^(.*)/[^/]*$") or "."
package.path = here .. "/?.lua;" .. here .. "/../?.lua;" .. here .. "/../oracle/?.lua;"
  .. package.path
local cjson = require "cjson"
local effects = require "effects"
local forms = require "forms"
local outside = require "outside"
local store = require "store"
local told = require "told"
local work = require "work"
local worlds = require "worlds"

local bench, first, count = arg[1], math.tointeger(arg[2]), math.tointeger(arg[3] or 1)
assert(bench and first, "usage: run.lua BENCH SEED [COUNT]")
local folder = outside.folder()
local database = folder .. "/drawn.db"

local random = {}

function random.one_of(list)
  return list[math.random(#list)]
end

function random.chance(share)
  return math.random() < share
end

local function run(words)
  return outside.output(("cd '%s' && '%s' %s --db drawn.db 2>err"):format(folder, bench, words))
end

local function drawn(seed)
  math.randomseed(seed)
  local within = random.chance(0.5)
  local made = { seed = seed, within = within, base_run = 2 * seed + 1000 }
  made.base, made.new, made.changed = worlds.draw(random, within)
  made.plan = work.draw(random, within and random.chance(0.8))
  made.base_rows, made.new_rows = work.rows(made.plan, within)
  local a, b = worlds.backend(made.base), worlds.backend(made.new)
  a.name, b.name = "a", within and "b" or "a"
  local run_of_base = { id = made.base_run, machine = "machine" .. made.base.machine, backends = { a }, at = 0,
    requests = made.base_rows }
  if within then
    made.new_run = made.base_run
    local both = table.move(made.base_rows, 1, #made.base_rows, 1, {})
    run_of_base.backends[2] = b
    run_of_base.requests = table.move(made.new_rows, 1, #made.new_rows, #both + 1, both)
    made.sql = store.sql(run_of_base)
  else
    made.new_run = made.base_run + 1
    made.sql = store.sql(run_of_base) .. store.sql { id = made.new_run, machine = "machine" .. made.new.machine,
      backends = { b }, requests = made.new_rows, at = 1000 }
  end
  made.words = ("%d:a %d:%s"):format(made.base_run, made.new_run, b.name)
  made.turned = ("%d:%s %d:a"):format(made.new_run, b.name, made.base_run)
  return made
end

local function changed_words(made)
  local names = {}
  for name in pairs(made.changed) do
    names[#names + 1] = name
  end
  table.sort(names)
  return ("%s/%s {%s}"):format(made.base.kind, made.new.kind, table.concat(names, " "))
end

local function check_facts(made, pair)
  local states, shouted = told.of(made.base, made.new, made.within, made.plan)
  local found, reasons = {}, {}
  for _, field in ipairs(pair.fields) do
    found[field.name] = field.state
  end
  for _, name in ipairs(pair.reasons) do
    reasons[name] = true
  end
  for name, state in pairs(states) do
    outside.check(state == "any" or found[name] == state or found[name] == nil and state ~= "differs",
      "seed %d, %s: %s is said to be %s, it is %s", made.seed, changed_words(made), name, found[name], state)
    local must = state == "differs" and shouted[name] or false
    outside.check(state == "any" or (reasons[name] or false) == must, "seed %d, %s: %s is %s", made.seed,
      changed_words(made), name, must and "not shouted" or "shouted")
  end
  for name in pairs(reasons) do
    outside.check(states[name], "seed %d, %s: %s is shouted", made.seed, changed_words(made), name)
  end
end

-- Of a metric that is truly so much higher: how often what was said.
local function no_counts()
  return { same = 0, called = 0, apart = 0, equal = 0, all = 0, covered = 0 }
end

local counts_of = { p50 = no_counts(), p95 = no_counts() }
local lost = { all = 0, called = 0 } -- of sides whose slow part was lost and that are no faster

local function tally(line, made)
  local ratio = line.better == "higher" and 1 / made.plan.ratio or made.plan.ratio
  local counts = counts_of[line.statistic]
  if line.metric ~= "ttft" and line.metric ~= "tpot" or not counts or made.plan.cv == 0 then
    return
  elseif made.plan.new.loses then
    lost.all = lost.all + (made.plan.ratio == 1 and 1 or 0)
    lost.called = lost.called + (made.plan.ratio == 1 and line.verdict ~= "cannot tell"
      and not line.verdict:find "^equal" and 1 or 0)
    return
  end
  counts.all = counts.all + 1
  counts.covered = counts.covered + ((line.low <= ratio and ratio <= line.high) and 1 or 0)
  if ratio == 1 then
    counts.same = counts.same + 1
    counts.called = counts.called + ((line.verdict == "faster" or line.verdict == "slower") and 1 or 0)
  elseif ratio >= 1.1 then
    counts.apart = counts.apart + 1
    counts.equal = counts.equal + (line.verdict:find "^equal" and 1 or 0)
  end
end

-- What is promised of one in twenty, with three deviations of luck.
local function at_most_one_in_twenty(found, all, what)
  outside.check(found <= outside.most_of(all, 5), "%s: %d of %d", what, found, all)
end

store.make(folder, run)
local list, sql = {}, {}
for i = 1, count do
  list[i] = drawn(first + i - 1)
  sql[i] = list[i].sql
end
store.write(database, sql)
for _, made in ipairs(list) do
  local text, code = run("compare " .. made.words .. " --json")
  outside.check(code == 0, "seed %d: exit %s: %s", made.seed, code, outside.read(folder .. "/err"))
  local document = code == 0 and cjson.decode(text)
  if document then
    check_facts(made, document.pairs[1])
    effects.check(made, document.pairs[1].groups[1], made.base_rows, made.new_rows, tally)
    forms.check(made, document, run)
  end
end
for _, statistic in ipairs { "p50", "p95" } do
  local counts = counts_of[statistic]
  at_most_one_in_twenty(counts.called, counts.same, statistic .. ": one thing is called two")
  at_most_one_in_twenty(counts.equal, counts.apart, statistic .. ": what is 10 % apart or more is called equal")
  at_most_one_in_twenty(counts.all - counts.covered, counts.all, statistic .. ": the ratio is not in its interval")
  print(("%d pairs, %s: %d of %d called of one thing, %d of %d equal that are apart, %d of %d intervals hold the ratio")
    :format(count, statistic, counts.called, counts.same, counts.equal, counts.apart, counts.covered, counts.all))
end
at_most_one_in_twenty(lost.called, lost.all, "called apart since its slow part was lost")
print(("%d of %d called apart whose slow part was lost"):format(lost.called, lost.all))
outside.finish_oracle(folder)
