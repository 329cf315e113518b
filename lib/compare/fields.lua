-- Is it one experiment? Every known fact of two sides: same, differs, or unknown.
local ask = require "report.ask"
local askings = require "report.askings"
local beside = require "report.beside"
local cached = require "report.cached"
local core_json = require "core.json"
local header = require "report.header"
local json = require "bench.json"
local likeness = require "report.likeness"
local lists = require "bench.lists"
local stream = require "report.stream"
local text = require "report.text"
local weights = require "report.weights"

local fields = {}

local LONGEST = 36 -- columns of a value

local function one_line(value)
  return value ~= nil and text.cut(text.line(value), LONGEST) or nil
end

local function both_lines(a, b)
  return { beside(a, b, LONGEST) }
end

local function by(a, b)
  if a == nil or b == nil then
    return "unknown"
  end
  return a == b and "same" or "differs"
end

-- A field with how the two stand to each other and what is shown; experiment: whether a difference means that the two
-- did not do the same work.
local function field(name, state, shown, more)
  return { name = name, state = state, base = shown[1], new = shown[2], experiment = more and more.experiment,
    quiet = more and more.quiet, silent = more and more.silent }
end

-- { same, or differs }: what one side leaves unsaid is a value, too.
local function sent(name, base, new, experiment)
  return field(name, by(askings.key(name, base), askings.key(name, new)),
    both_lines(askings.shown(name, base), askings.shown(name, new)), { experiment = experiment })
end

local function model(base, new)
  local both = { base, new }
  local shown = both_lines(weights.model_name(base, both), weights.model_name(new, both))
  local state, why = weights.model(base, new)
  return field("model", state, shown, { experiment = true,
    silent = why and ("%s and %s: %s"):format(shown[1], shown[2], why) })
end

local function engine(base, new)
  local shown = { header.program(base), header.program(new) }
  local state = by(shown[1], shown[2])
  if state == "same" and not (base.server_version and new.server_version) then
    state = "unknown"
  end
  return field("engine", state, shown)
end

-- Of one kind, whose digests are of the same things. Where both tell the file of the weights, that says more.
local function digest(base, new)
  local function shown(row)
    return row.digest and row.digest:gsub("^sha256:", ""):sub(1, 12)
  end
  if base.kind == new.kind and (base.digest or new.digest) then
    return field("digest", by(base.digest, new.digest), { shown(base), shown(new) },
      { experiment = not (base.blob and new.blob) })
  end
end

local function add_facts(list, base, new)
  list[#list + 1] = model(base, new)
  list[#list + 1] = engine(base, new)
  list[#list + 1] = digest(base, new)
  local both = { base, new }
  for _, known in ipairs(likeness.fields) do
    local state, why = likeness.state(known, base, new, both)
    if state == "differs" or not known.only_apart then
      list[#list + 1] = field(known.name, state, { known.show(base, 1, both), known.show(new, 2, both) },
        { experiment = true, quiet = not known.asked, silent = why })
    end
  end
end

local function decoded(value)
  local made = value and core_json.decode(value)
  return type(made) == "table" and made or nil
end

local function several(a, b)
  local shown = both_lines(json.encode(a), json.encode(b))
  if not (askings.are_all(a) and askings.are_all(b)) then
    return field("sampling", "unknown", shown, { silent = "it was asked in more ways than are kept" })
  end
  return field("sampling", by(askings.text(a), askings.text(b)), shown,
    { experiment = askings.text(a, askings.is_work) ~= askings.text(b, askings.is_work) })
end

-- What was asked of the model; where there were several askings, all of them as one value.
local function add_sampling(list, base, new)
  local a, b = askings.of(base), askings.of(new)
  if #a > 0 or #b > 0 then
    list[#list + 1] = several(a, b)
    return
  end
  for _, name in ipairs(lists.names(a, b)) do
    list[#list + 1] = sent(name, a[name], b[name], askings.is_work[name])
  end
end

local machine_facts = { "cpu", "cores", "memory", "os", "kernel", "governor", "device" }

local function machine_words(row)
  return lists.joined(", ", row.device or row.cpu, row.cores and ("%d cores"):format(row.cores), row.kernel) or ""
end

local hardware = { cpu = true, cores = true, device = true }

-- Memory differs by a few pages from kernel to kernel: to a tenth of a GiB it is the same.
local function machine_fact(row, name)
  local value = row[name]
  return name == "memory" and value and ("%.1f GiB"):format(value / 2 ^ 30) or value
end

-- One and the same machine is one word; else each fact by itself. Other hardware is another experiment where the
-- servers ran on it.
local function add_machine(list, pair, base, new)
  if base.machine == new.machine then
    list[#list + 1] = field("machine", by(base.machine, new.machine), { machine_words(base), machine_words(new) })
    return
  end
  local served_here = pair.base.row.here == 1 and pair.new.row.here == 1 -- on the machines that measured them
  for _, name in ipairs(machine_facts) do
    local a, b = machine_fact(base, name), machine_fact(new, name)
    if a ~= nil or b ~= nil then
      list[#list + 1] = field(name, by(a, b), both_lines(a, b),
        { quiet = true, experiment = served_here and hardware[name] })
    end
  end
end

local function measurer(row)
  return row.imported == 1 and row.scenario or "bench"
end

-- By their names; a stranger's file may hold a list.
local function options_of(row)
  local options = decoded(row.options)
  return options and #options == 0 and options or {}
end

local function add_options(list, base, new)
  local a, b = options_of(base), options_of(new)
  for _, name in ipairs(lists.names(a, b)) do
    list[#list + 1] = sent("--" .. name:gsub("_", "-"), a[name], b[name])
  end
end

-- Two runs, one or both of another tool, which does not say what it sent: its options mean the same only to itself.
local function add_imported(list, pair, base, new)
  local a, b = measurer(base), measurer(new)
  list[#list + 1] = field("sampling", "unknown", both_lines(pair.base.row.sampling, pair.new.row.sampling))
  list[#list + 1] = field("measured by", by(a, b), { a, b }, { experiment = true })
  if a == b then
    add_options(list, base, new)
  end
end

-- key -> value. How bench made its prompts is no news: it says how many requests that took.
local function noted(run)
  local notes = {}
  for _, note in ipairs(ask.rows("report/notes", run)) do
    notes[note.key] = not note.key:find "^synthetic prompts of " and note.value or nil
  end
  return notes
end

-- What somebody noted of the runs, a commit say.
local function add_notes(list, pair)
  local a, b = noted(pair.base.run), noted(pair.new.run)
  for _, key in ipairs(lists.names(a, b)) do
    local name = (header.is_required(key) and "" or "note ") .. one_line(key)
    list[#list + 1] = field(name, by(a[key], b[key]), both_lines(a[key], b[key]), { quiet = true })
  end
end

local function add_measured(list, pair, base, new)
  add_sampling(list, pair.base.row, pair.new.row)
  list[#list + 1] = field("script", by(base.script_hash, new.script_hash), { base.script_hash
    and base.script_hash:sub(1, 8), new.script_hash and new.script_hash:sub(1, 8) })
  add_options(list, base, new)
  if base.seed ~= nil and base.seed == new.seed then -- by chance each run has its own
    list[#list + 1] = field("--seed", "same", { tostring(base.seed), tostring(new.seed) })
  end
  list[#list + 1] = field("bench version", by(base.bench_version, new.bench_version), { base.bench_version,
    new.bench_version })
  add_notes(list, pair)
end

-- Two runs: what made them and where.
local function add_run(list, pair, base, new)
  if base.imported == 1 or new.imported == 1 then
    add_imported(list, pair, base, new)
  else
    add_measured(list, pair, base, new)
  end
  add_machine(list, pair, base, new)
end

-- Nothing where it is much the same, which stands among the work done: of the answers that were thought about as of the
-- cache.
local function share(name, base, new)
  if not (base and new) or math.abs(base - new) >= cached.APART then
    return field(name, base and new and "differs" or "unknown", { cached.words(base), cached.words(new) },
      { experiment = true, quiet = true })
  end
end

-- Nothing where both sent their tokens one by one, or one sent no stream.
local function streams(base, new)
  if (base or new) and base ~= nil and new ~= nil then
    return field("stream", by(base, new), { stream.words(base), stream.words(new) }, { experiment = true })
  end
end

local function add_prompts(list, tokens, apart)
  if apart.base > 0 and apart.new > 0 then
    local all = apart.base == apart.both and apart.new == apart.both
    local made = field("prompts", by(true, all), { tostring(apart.base), tostring(apart.new) })
    made.words = made.state == "differs" and ("%d are common"):format(apart.both) or nil
    list[#list + 1] = made
  end
  list[#list + 1] = streams(apart.base_held, apart.new_held)
  list[#list + 1] = share("cached prompts", apart.base_cached, apart.new_cached)
  list[#list + 1] = share("answers with reasoning", apart.base_thought, apart.new_thought)
  list[#list + 1] = { name = "prompt tokens", state = tokens.state, words = tokens.words, experiment = true,
    kind = tokens.kind, change = tokens.change, silent = apart.both == 0 and "no prompt was answered by both" or nil,
    base = #tokens.base > 0 and likeness.listed(tokens.base) or nil,
    new = #tokens.new > 0 and likeness.listed(tokens.new) or nil }
end

-- pair: { base, new } as lib/compare/sides.lua makes them; tokens: what lib/compare/tokens.lua judged; apart: of
-- lib/compare/prompts.lua. -> list of { name, state = "same" | "differs" | "unknown", base, new (as shown, or nil),
-- words, experiment, quiet (not worth a word when unknown), silent (why it is unknown) }.
function fields.of(pair, tokens, apart)
  local list = {}
  add_facts(list, pair.base.row, pair.new.row)
  if pair.base.run == pair.new.run then
    add_sampling(list, pair.base.row, pair.new.row)
  else
    add_run(list, pair, ask.row("compare/run", pair.base.run), ask.row("compare/run", pair.new.run))
  end
  add_prompts(list, tokens, apart)
  return list
end

-- The same prompts in all, and others under one label: the whole does not show it. groups: list of { call, label,
-- phase, apart = what lib/compare/tokens.lua judged of one in which no prompt is common }.
function fields.add_groups(list, groups)
  local all, lengths = lists.find(list, "name", "prompts"), lists.find(list, "name", "prompt tokens")
  for _, group in ipairs(groups) do
    if group.apart and all.state == "same" then
      local name = lists.joined(", ", group.call, group.label and "label " .. text.line(group.label), group.phase)
      all.state, all.words = "differs", ("none is common in %s"):format(name)
      if group.apart.state == "differs" and lengths.state == "same" then
        lengths.state, lengths.base, lengths.new = "differs", group.apart.base[1], group.apart.new[1]
        lengths.words = ("medians in %s"):format(name)
      end
    end
  end
end

-- Two loads that are held against each other under different names (words, or nil: none).
function fields.load(base, new)
  return field("load", by(base or "none", new or "none"), both_lines(base or "none", new or "none"))
end

-- Names of the fields that make it another experiment.
function fields.reasons(list)
  return lists.column(lists.filter(list, function(one)
    return one.experiment and one.state == "differs"
  end), "name")
end

local identity = { model = true, engine = true, quantisation = true, parameters = true }

-- Neither side says what it was: numbers of two names, not of two engines.
function fields.is_nameless(list)
  return #lists.filter(list, function(one)
    return identity[one.name] and (one.base ~= nil or one.new ~= nil)
  end) == 0
end

-- The temperature that both sent, or nil.
function fields.temperature(pair)
  local a, b = askings.of(pair.base.row), askings.of(pair.new.row)
  return a.temperature == b.temperature and a.temperature or nil
end

return fields
