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

-- What is compared of one backend among its peers, and shown: a digest, or nil. rendered, template_hash: of its row.
function template.key(backend, peers)
  for _, peer in ipairs(peers) do
    if not peer.rendered then
      return backend.template_hash
    end
  end
  return core_text.digest(without_dates(backend.rendered))
end

return template
