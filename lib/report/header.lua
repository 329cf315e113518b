-- Who ran what: the first lines of a run's page.
local added = require "bench.added"
local lists = require "bench.lists"
local number = require "report.number"
local text = require "report.text"

local header = {}

local MOST_OF_NOTE = 400 -- columns

header.block_note = "result block" -- a note of this key asks for another tool's block (vllm) on the page

-- Whether a note is that of a file which the script requires (bench.helpers): it tells two runs apart.
function header.is_required(key)
  return key:find "^required " ~= nil
end

local engines = { ollama = "Ollama", llamacpp = "llama-server", vllm = "vLLM", openai = "OpenAI API" }

-- "Ollama 0.30.0", "llama-server b10434", or what is known; nil for an imported one of which nothing is.
function header.engine(backend)
  if backend.kind == "unknown" then
    return nil
  end
  local name = engines[backend.kind] or backend.kind
  local version = backend.server_version
  if not version then
    return name
  end
  return name .. (backend.kind == "openai" and " of " or " ") .. text.line(version)
end

-- The engine alone, or nil: the API that many speak does not tell which one answers by it.
function header.program(backend)
  if backend.kind == "openai" then
    return backend.server_version and text.line(backend.server_version)
  end
  return header.engine(backend)
end

-- "494M Q4_0"
local function size(backend)
  return lists.joined(" ", number.count_of_parameters(backend.parameters),
    backend.quantization and text.line(backend.quantization))
end

local function described(backend)
  return lists.joined(", ", header.engine(backend), backend.model and text.line(backend.model), size(backend),
    backend.context and ("context %d"):format(backend.context), added.words(backend)) or "nothing is known about it"
end

local ends = {
  interrupted = "It was interrupted; what was measured until then is below.",
  failed = "It ended in an error; what was measured until then is below.",
  crashed = "Its process died; what was kept until then is below.",
  running = "It is still going on.",
  unwritten = "Its end could not be written; what was kept until then is below.",
}

local function title(document)
  local run = document.run
  local words = text.line(run.scenario)
  if document.title and document.title ~= "" then
    words = words .. ": " .. text.line(document.title)
  end
  local kind = run.simulated == 1 and "SIMULATED  " or run.imported == 1 and "IMPORTED  " or ""
  return words, kind .. "run " .. run.run
end

function header.print(page, document)
  page:title(title(document))
  local width = 0
  for _, backend in ipairs(document.backends) do
    width = math.max(width, #backend.backend)
  end
  for _, backend in ipairs(document.backends) do
    page:entry(backend.backend, width, backend.kind == "http" and "plain HTTP" or described(backend))
  end
  local status = document.run.status == "running" and not document.goes_on and "unwritten" or document.run.status
  if ends[status] then
    page:paragraph(ends[status] .. (document.has_parts_elsewhere
      and " What its workers measured is not here yet." or ""))
  end
  for _, note in ipairs(document.notes) do
    if note.key ~= header.block_note and not header.is_required(note.key) then
      local value = text.cut(text.line(note.value or number.none), MOST_OF_NOTE)
      page:item(("note %s: %s"):format(text.line(note.key), value))
    end
  end
end

return header
