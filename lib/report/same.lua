-- Is it one experiment? What differs between the backends of a run, and what nobody knows.
local header = require "report.header"
local number = require "report.number"
local template = require "report.template"
local text = require "report.text"

local same = {}

local WIDEST = 27 -- columns of one value: three columns fit a page

local function plain(value)
  return value ~= nil and text.cut(text.line(value), WIDEST) or nil
end

-- The first one explains the number in brackets.
local function quantization(backend, place)
  local bits = backend.bits_per_weight and ("%.1f"):format(backend.bits_per_weight)
  local words = bits and (place == 1 and bits .. " bits per weight" or bits)
  local value = plain(backend.quantization)
  if value and bits then
    return ("%s (%s)"):format(value, words)
  end
  return value or words
end

-- llama-server says "Q4_K - Medium" of what Ollama and the files call Q4_K_M.
local function quantization_key(name)
  local short = name and name:upper():gsub(" %- ([SML])%u+$", "_%1")
  return short == "Q2_K_M" and "Q2_K" or short
end

-- Each: what it is called, how it is shown (backend, place among its peers, peers), what is compared (backend, peers:
-- all that are compared, itself too), and whether a page says when it is unknown.
local fields = {
  { name = "quantisation", weights = true, asked = true, show = quantization,
    key = function(b) return quantization_key(b.quantization) end },
  { name = "parameters", weights = true, asked = true,
    show = function(b) return number.count_of_parameters(b.parameters) end,
    key = function(b) return b.parameters and number.count_of_parameters(b.parameters) end },
  { name = "architecture", weights = true, show = function(b) return plain(b.architecture) end,
    key = function(b) return b.architecture and b.architecture:lower() end },
  { name = "context", asked = true, show = function(b) return b.context and tostring(b.context) end,
    key = function(b) return b.context end },
  { name = "slots", show = function(b) return b.slots and tostring(b.slots) end,
    key = function(b) return b.slots end },
  { name = "KV cache", asked = true, show = function(b) return plain(b.kv_cache) end,
    key = function(b) return b.kv_cache and b.kv_cache:lower() end },
  { name = "chat template", asked = true, template = true,
    show = function(b, _, peers) return (template.key(b, peers) or ""):match("^........") end,
    key = template.key },
}

same.fields = fields

local function letters(name)
  return (name:lower():match "[^/\\]+$" or name):gsub("%.gguf$", ""):gsub("[^%w]", "")
end

-- Two names of what may be one model: equal, or one begins with the other ("qwen2:0.5b" and
-- "Qwen2-0.5B-Instruct").
function same.model_differs(a, b)
  local x, y = letters(a.model), letters(b.model)
  return x:sub(1, #y) ~= y and y:sub(1, #x) ~= x
end

local model_field = { name = "model", weights = true, show = function(b) return plain(b.model) end }

-- The backends that answer as language models.
local function measured(document)
  local list = {}
  for _, backend in ipairs(document.backends) do
    if backend.kind ~= "http" then
      list[#list + 1] = backend
    end
  end
  return list
end

local function differs(field, backends)
  local first
  for _, backend in ipairs(backends) do
    local key = field.key(backend, backends)
    if key ~= nil then
      if first ~= nil and key ~= first then
        return true
      end
      first = key
    end
  end
  return false
end

local function models_differ(backends)
  for i = 2, #backends do
    if backends[1].model and backends[i].model and same.model_differs(backends[1], backends[i]) then
      return true
    end
  end
  return false
end

-- Prompt tokens by backend and prompt, and whether one prompt has two counts.
local function prompt_tokens(document)
  local lists, by_prompt, different = {}, {}, false
  for _, row in ipairs(document.prompt_tokens) do
    lists[row.backend] = lists[row.backend] or {}
    table.insert(lists[row.backend], row.tokens or number.none)
    if row.tokens then
      local other = by_prompt[row.prompt]
      different = different or (other ~= nil and other ~= row.tokens)
      by_prompt[row.prompt] = row.tokens
    end
  end
  return lists, different
end

local function listed(values)
  if not values then
    return number.none
  end
  local shown = table.concat(values, ", ", 1, math.min(#values, 5))
  return #values > 5 and shown .. ", ..." or shown
end

-- The table of what differs: rows of { name, value of each backend }.
local function row_of(field, backends)
  local row = { field.name }
  for i, backend in ipairs(backends) do
    row[i + 1] = field.show(backend, i, backends) or number.none
  end
  return row
end

local function find_differences(document, backends)
  local rows, about = {}, {}
  if models_differ(backends) then
    rows[#rows + 1] = row_of(model_field, backends)
    about.weights = true
  end
  for _, field in ipairs(fields) do
    if differs(field, backends) then
      rows[#rows + 1] = row_of(field, backends)
      about.weights = about.weights or field.weights
      about.prompt = about.prompt or field.template
      about.setup = about.setup or not (field.weights or field.template)
    end
  end
  local tokens, different = prompt_tokens(document)
  about.prompt = about.prompt or different
  if #rows > 0 or different then
    local row = { "prompt tokens" }
    for i, backend in ipairs(backends) do
      row[i + 1] = listed(tokens[backend.backend])
    end
    rows[#rows + 1] = row
  end
  return rows, about, different
end

local function meaning(about)
  if about.weights then
    return "A difference below is the weights' and the engines' together. To compare the engines, give both "
      .. "the same file (bench help same)."
  elseif about.prompt then
    return "The same text became other tokens (another chat template or tokenizer, or one special token more), so "
      .. "the servers did not do the same work (bench help same)."
  end
  return "The servers are set up differently; a difference below is the set-up's and the engines' together "
    .. "(bench help same)."
end

local function print_differences(page, backends, rows, about)
  page:heading("NOT THE SAME EXPERIMENT", "bad")
  local columns = { { title = "" } }
  for i, backend in ipairs(backends) do
    columns[i + 1] = { title = #backends > 2 and backend.backend or "" }
  end
  if #backends == 2 and not page.markdown then
    columns = { { title = "" }, { title = "" }, { title = "" }, { title = "" } }
    for _, row in ipairs(rows) do
      row[3], row[4] = "against", row[3]
    end
  end
  page:table(columns, rows, "  ")
  page:paragraph(meaning(about))
end

local function silent_about(field, backends)
  local silent = {}
  for _, backend in ipairs(backends) do
    if field.key(backend, backends) == nil then
      silent[#silent + 1] = backend.backend
    end
  end
  return #silent > 0 and table.concat(silent, ", ") .. (#silent > 1 and " do" or " does") or nil
end

-- { "quantisation, context (llamacpp does not say)", ... }: facts that the same servers keep to themselves.
local function unknown_facts(backends)
  local names, order, facts = {}, {}, {}
  for _, field in ipairs(fields) do
    local silent = field.asked and silent_about(field, backends)
    if silent and not names[silent] then
      names[silent] = {}
      order[#order + 1] = silent
    end
    if silent then
      table.insert(names[silent], field.name)
    end
  end
  for i, silent in ipairs(order) do
    facts[i] = ("%s (%s not say)"):format(table.concat(names[silent], ", "), silent)
  end
  return facts
end

-- Of imported ones maybe.
local function nothing_is_known(backends)
  for _, backend in ipairs(backends) do
    if backend.model or header.engine(backend) then
      return false
    end
  end
  return true
end

local function engines_differ(backends)
  for i = 2, #backends do
    if header.engine(backends[i]) ~= header.engine(backends[1]) then
      return true
    end
  end
  return false
end

-- Prints what differs and what is unknown; true when it is not the same experiment.
function same.print(page, document)
  local backends = measured(document)
  if #backends < 2 then
    return false
  end
  local rows, about, different = find_differences(document, backends)
  local apart = #rows > 0 or different
  if apart then
    print_differences(page, backends, rows, about)
  else
    page:line()
    page:paragraph(nothing_is_known(backends)
      and "Nothing is known about the backends: whether they ran the same model cannot be said."
      or engines_differ(backends)
      and "As far as the servers say, all ran the same model on the same prompts; the engines differ."
      or "As far as the servers say, all ran the same model with the same engine on the same prompts.")
  end
  local facts = unknown_facts(backends)
  if #facts > 0 then
    if not apart then
      page:line()
    end
    page:paragraph("unknown: " .. table.concat(facts, "; "))
  end
  return apart
end

return same
