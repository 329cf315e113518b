-- Whether servers make the same text of a chat: by what they made of one and the same chat where each of them
-- said so, else by their templates.
local core_json = require "core.json"
local core_text = require "core.text"

local template = {}

-- The answer of /apply-template -> the prompt, or nil.
function template.prompt_of(answer)
  local value = answer and core_json.decode(answer)
  local prompt = type(value) == "table" and value.prompt
  return type(prompt) == "string" and prompt or nil
end

-- Some templates write today's date into the prompt: two runs of one template differ by that alone.
local dates = { "%d%d?%s+%a+%s+%d%d%d%d", "%a+%s+%d%d?,?%s+%d%d%d%d", "%d%d%d%d%-%d%d%-%d%d" }

local function without_dates(prompt)
  for _, pattern in ipairs(dates) do
    prompt = prompt:gsub(pattern, "DATE")
  end
  return prompt
end

local function all(peers, holds)
  for _, peer in ipairs(peers) do
    if not holds(peer) then
      return false
    end
  end
  return true
end

local function is_rendered(peer)
  return peer.rendered ~= nil
end

-- Ollama's templates are Go's, those of other servers Jinja's; by the OpenAI API a server says its own.
local function is_ollama(peer)
  return peer.kind == "ollama" or (peer.server_version or ""):find "^Ollama" ~= nil
end

local function is_one_language(peers)
  return all(peers, function(peer) return is_ollama(peer) == is_ollama(peers[1]) end)
end

-- What is compared of one backend among its peers, and shown: a digest, or nil. rendered, template_hash, kind and
-- server_version: of its row.
function template.key(backend, peers)
  if all(peers, is_rendered) then
    return core_text.digest(without_dates(backend.rendered))
  end
  return is_one_language(peers) and backend.template_hash or nil
end

-- What a backend said of its template, whoever its peers are; nil for one that is silent.
function template.said(backend)
  return backend.template_hash or backend.rendered and core_text.digest(without_dates(backend.rendered))
end

-- Why they cannot be compared though each is known; nil where one is not.
function template.obstacle(peers)
  local are_known = all(peers, function(peer) return peer.template_hash ~= nil end)
  return are_known and not all(peers, is_rendered) and not is_one_language(peers) and "in two languages" or nil
end

return template
