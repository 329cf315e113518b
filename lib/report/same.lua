-- Is it one experiment? What differs between the backends of a run, and what nobody knows.
local askings = require "report.askings"
local beside = require "report.beside"
local cached = require "report.cached"
local compare_tokens = require "compare.tokens"
local fit = require "report.fit"
local header = require "report.header"
local likeness = require "report.likeness"
local lists = require "bench.lists"
local number = require "report.number"
local stats = require "core.stats"
local stream = require "report.stream"
local weights = require "report.weights"

local same = {}

local NAME = 13 -- columns of what differs, above lines of their own

-- The backends that answer as language models.
local function measured(document)
  return lists.filter(document.backends, function(backend) return backend.kind ~= "http" end)
end

-- Prompt tokens by backend and prompt, whether one prompt has two counts, and whether any has one.
local function prompt_tokens(document)
  local counts, by_prompt, different = {}, {}, false
  for _, row in ipairs(document.prompt_tokens) do
    counts[row.backend] = counts[row.backend] or {}
    table.insert(counts[row.backend], row.tokens or number.none)
    if row.tokens then
      local other = by_prompt[row.prompt]
      different = different or (other ~= nil and other ~= row.tokens)
      by_prompt[row.prompt] = row.tokens
    end
  end
  return counts, different, next(by_prompt) ~= nil
end

-- Whether all answered the same prompts; "unknown" where none was kept.
local function prompts(document)
  local count, seen, answered = 0, {}, {}
  for _, row in ipairs(document.prompt_tokens) do
    count = count + (seen[row.prompt] and 0 or 1)
    seen[row.prompt] = true
    answered[row.backend] = (answered[row.backend] or 0) + 1
  end
  for _, own in pairs(answered) do
    if own < count then
      return "differs"
    end
  end
  return count > 0 and "same" or "unknown"
end

-- Whether the median prompts of two backends are of other lengths; counts: lists of them, by backend.
local function are_apart(counts)
  local least, most = math.huge, -math.huge
  for _, list in pairs(counts) do
    local median = stats.median(lists.filter(list, math.type))
    least, most = math.min(least, median or least), math.max(most, median or most)
  end
  return most >= least and compare_tokens.judge_medians(least, most).state == "differs"
end

-- The table of what differs: rows of { name, value of each backend }.
local function row_of(field, backends)
  local row = { field.name }
  for i, backend in ipairs(backends) do
    row[i + 1] = field.show(backend, i, backends) or number.none
  end
  return row
end

-- Of servers some of which, or something before them, hold tokens back: a row; nil where all do, or none.
local function row_of_streams(document, backends)
  local row, known, differ = { "stream" }, nil, false
  for i, backend in ipairs(backends) do
    local words = stream.words(document.held_back[backend.backend])
    row[i + 1] = words or number.none
    differ = differ or known and words and words ~= known
    known = known or words
  end
  return differ and row or nil
end

-- Of servers that had much less to read than others: a row, or nil.
local function row_of_caches(document, backends)
  local row, least, most = { "cached prompts" }, math.huge, -math.huge
  for i, backend in ipairs(backends) do
    local share = document.cached[backend.backend]
    row[i + 1] = cached.words(share) or number.none
    least, most = math.min(least, share or least), math.max(most, share or most)
  end
  return most - least >= cached.APART and row or nil
end

-- What was sent to each, by what it is called: a row of what shown(asking) says; nil where key(asking) is the same.
local function row_of_sent(name, asked, shown, key)
  local row, differ = { name }, false
  for i, one in ipairs(asked) do
    row[i + 1] = likeness.plain(shown(one))
    differ = differ or key(one) ~= key(asked[1])
  end
  if #asked == 2 then
    row[2], row[3] = beside(shown(asked[1]), shown(asked[2]), likeness.WIDEST)
  end
  return differ and row or nil
end

-- Whether all is known that was sent to each.
local function are_askings_known(backends)
  return #lists.filter(backends, function(backend) return askings.are_all(askings.of(backend)) end) == #backends
end

local function work_of(one)
  return askings.text(one, askings.is_work)
end

-- Whether each was asked for texts: what a backend was sent to embed is not kept.
local function all_made_texts(document, backends)
  local made = {}
  for _, row in ipairs(document.counts) do
    made[row.backend or false] = made[row.backend or false] or row.call == "chat" or row.call == "complete"
  end
  return #lists.filter(backends, function(backend) return made[backend.backend] end) == #backends
end

-- Of a run that was cut off one may have been asked less, and what other tools sent is not known.
local function rows_of_askings(document, backends)
  local run = document.run
  if run.imported == 1 or run.status ~= "done" or not all_made_texts(document, backends)
    or not are_askings_known(backends) then
    return {}
  end
  local asked = lists.map(backends, askings.of)
  if #lists.filter(asked, function(one) return #one > 0 end) > 0 then
    return { row_of_sent("asked", asked, work_of, work_of) }
  end
  local rows = {}
  for _, name in ipairs(lists.names(askings.is_work)) do
    rows[#rows + 1] = row_of_sent(name, asked, function(one) return askings.shown(name, one[name]) end,
      function(one) return askings.key(name, one[name]) end)
  end
  return rows
end

local function find_differences(document, backends)
  local rows, about = {}, {}
  for _, field in ipairs(likeness.with_model) do
    if likeness.differs(field, backends) then
      rows[#rows + 1] = row_of(field, backends)
      about.weights = about.weights or field.weights
      about.prompt = about.prompt or field.template
      about.changed = about.changed or field.changed
      about.setup = about.setup or not (field.weights or field.template)
    end
  end
  local streams = row_of_streams(document, backends)
  rows[#rows + 1] = streams
  about.stream = streams ~= nil
  local caches = row_of_caches(document, backends)
  rows[#rows + 1] = caches
  about.cache = caches ~= nil
  local asked = rows_of_askings(document, backends)
  lists.append(rows, asked)
  about.asked = #asked > 0
  local tokens, different, are_counted = prompt_tokens(document)
  about.prompt = about.prompt or different
  about.others = prompts(document) == "differs" and are_apart(tokens)
  if different or about.others or #rows > 0 and are_counted then
    local row = { "prompt tokens" }
    for i, backend in ipairs(backends) do
      row[i + 1] = likeness.listed(tokens[backend.backend] or { number.none })
    end
    rows[#rows + 1] = row
  end
  return rows, about, tokens
end

local function meaning(about)
  if about.changed then
    return "A server that changed while it was measured has the numbers of two under one name. Measure again "
      .. "(bench help same)."
  elseif about.weights then
    return "A difference below is the weights' and the engines' together. To compare the engines, give both "
      .. "the same file (bench help same)."
  elseif about.asked then
    return "They were not sent the same settings, so they did not do the same work (bench help same)."
  elseif about.others then
    return "They answered other prompts, of other lengths, so they did not do the same work (bench help same)."
  elseif about.stream and not (about.prompt or about.setup) then
    return "Tokens that are held back come later than they were made, and at once: TTFT and decode below are of other "
      .. "things (bench help same)."
  elseif about.cache and not (about.prompt or about.setup) then
    return "Who has more of a prompt in a cache has less to read before the first token: TTFT below is of other work "
      .. "(bench help same)."
  elseif about.prompt then
    return "The same text became other tokens (another chat template or tokenizer, or one special token more), so "
      .. "the servers did not do the same work (bench help same)."
  end
  return "The servers are set up differently; a difference below is the set-up's and the engines' together "
    .. "(bench help same)."
end

-- "Q4_0 against F16", of more than two "a Q4_0, b F16, c F16".
local function values_in_words(row, backends)
  if #backends == 2 then
    return row[2] .. " against " .. row[3]
  end
  local words = {}
  for i, backend in ipairs(backends) do
    words[i] = backend.backend .. " " .. row[i + 1]
  end
  return table.concat(words, ", ")
end

-- A table for two says "against" between them, one for more, or in Markdown, has their names above.
local function table_of(page, backends, rows)
  local columns, lines = { { title = "" } }, rows
  if #backends == 2 and not page.markdown then
    lines = {}
    for i, row in ipairs(rows) do
      lines[i] = { row[1], row[2], "against", row[3] }
    end
  end
  for i = 1, #lines[1] - 1 do
    columns[i + 1] = { title = lines == rows and backends[i].backend or "" }
  end
  return columns, lines
end

local INDENT = "  "

local function print_differences(page, backends, rows, about)
  page:heading("NOT THE SAME EXPERIMENT", "bad")
  local columns, lines = table_of(page, backends, rows)
  local most = page.columns and fit.columns()
  if most and fit.is_too_wide(columns, lines, most - #INDENT) then
    for _, row in ipairs(rows) do
      page:entry(row[1], NAME, values_in_words(row, backends))
    end
  else
    page:table(columns, lines, INDENT)
  end
  page:paragraph(meaning(about))
end

-- "ollama, llamacpp do not say"; nil where all of them say.
local function silence(backends, is_known)
  local silent = lists.column(lists.filter(backends, function(backend) return not is_known(backend) end), "backend")
  return #silent > 0 and table.concat(silent, ", ") .. (#silent > 1 and " do not say" or " does not say") or nil
end

-- Whether a backend counted any prompt's tokens.
local function counter(tokens)
  return function(backend)
    return #lists.filter(tokens[backend.backend] or {}, function(count) return count ~= number.none end) > 0
  end
end

-- Why a field is unknown, or nil.
local function reason_of(field, backends)
  local obstacle = field.obstacle and field.obstacle(backends)
  return obstacle or silence(backends, function(backend) return (field.said or field.key)(backend, backends) ~= nil end)
end

-- { "quantisation, context (llamacpp does not say)", ... }: facts that the same servers keep to themselves.
local function unknown_facts(backends, tokens)
  local facts = { { name = "engine", reason = silence(backends, header.program) } }
  for _, field in ipairs(likeness.fields) do
    facts[#facts + 1] = { name = field.name, reason = field.asked and reason_of(field, backends) or nil }
  end
  facts[#facts + 1] = { name = "settings", reason = not are_askings_known(backends)
    and "sent in more ways than are kept" or nil }
  facts[#facts + 1] = { name = "prompt tokens", reason = next(tokens) and silence(backends, counter(tokens)) or nil }
  return lists.map(lists.groups(facts, function(fact) return fact.reason end), function(alike)
    return ("%s (%s)"):format(table.concat(lists.column(alike, "name"), ", "), alike.key)
  end)
end

-- Of imported ones maybe.
local function nothing_is_known(backends)
  return #lists.filter(backends, function(backend) return backend.model or header.engine(backend) end) == 0
end

-- How the engines stand to each other: "differs" where two that are known do.
local function engines(backends)
  local known, all_known
  for _, backend in ipairs(backends) do
    local program = header.program(backend)
    if known and program and program ~= known then
      return "differs"
    end
    known, all_known = known or program, all_known ~= false and program ~= nil
  end
  return all_known and "same" or "unknown"
end

-- What two names leave open, where they do.
local function doubt_of_models(backends)
  for i = 1, #backends - 1 do
    for k = i + 1, #backends do
      local _, why = weights.model(backends[i], backends[k])
      if why then
        return why
      end
    end
  end
end

local prompt_words = { same = " on the same prompts", differs = " on prompts that are not all the same", unknown = "" }

-- What they ran, by the doubt that is left, and what nobody else can say.
local doubtful = {
  [weights.ONE_SIZE] = { "a model of one size and quantisation", "both names are of one file" },
  [weights.TWO_FILES] = { "models of one name, from two files,", "both files hold the same" },
}
local like_names = { "models of like names", "both names are of one file" }

local function sameness(document, backends)
  if nothing_is_known(backends) then
    return "Nothing is known about the backends: whether they ran the same model cannot be said."
  end
  local why = doubt_of_models(backends)
  local doubt, engine = why and (doubtful[why] or like_names), engines(backends)
  return "As far as the servers say, all ran " .. (doubt and doubt[1] or "the same model")
    .. (engine == "same" and " with the same engine" or "") .. prompt_words[prompts(document)]
    .. (engine == "differs" and "; the engines differ." or ".")
    .. (doubt and (" Whether %s only you know."):format(doubt[2]) or "")
end

-- Prints what differs and what is unknown; true when it is not the same experiment.
function same.print(page, document)
  local backends = measured(document)
  if #backends < 2 then
    return false
  end
  local rows, about, tokens = find_differences(document, backends)
  local apart = #rows > 0
  if apart then
    print_differences(page, backends, rows, about)
  else
    page:line()
    page:paragraph(sameness(document, backends))
  end
  local facts = unknown_facts(backends, tokens)
  if #facts > 0 then
    if not apart then
      page:line()
    end
    page:paragraph("unknown: " .. table.concat(facts, "; "))
  end
  return apart
end

return same
