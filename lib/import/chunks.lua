-- The answer of an OpenAI-compatible server out of what came of it, piece by piece, each with its moment.
local json = require "core.json"

local chunks = {}
chunks.__index = chunks

-- t_first_token and its like: seconds, nil for what never came. tokens: moments of what held any word; contents:
-- those of the pieces that held content.
function chunks.new()
  return setmetatable({ tokens = {}, contents = {}, content = {}, reasoning = {}, pending = "" }, chunks)
end

local function below(value, ...)
  for _, name in ipairs { ... } do
    value = type(value) == "table" and value[name] or nil
  end
  return value
end

local function words(value)
  return type(value) == "string" and value ~= "" and value or nil
end

local function add_usage(self, usage, at)
  self.t_usage = at
  self.prompt_tokens, self.output_tokens = below(usage, "prompt_tokens"), below(usage, "completion_tokens")
  self.cached_tokens = below(usage, "prompt_tokens_details", "cached_tokens")
  self.reasoning_tokens = below(usage, "completion_tokens_details", "reasoning_tokens")
end

-- text, reasoning: words or nil; calls: whether it asks for a tool.
function chunks:add_words(text, reasoning, calls, at)
  self.content[#self.content + 1], self.reasoning[#self.reasoning + 1] = text, reasoning
  if text and self.contents[#self.contents] ~= at then
    self.contents[#self.contents + 1] = at
  end
  if text or reasoning or calls then
    self.tokens[#self.tokens + 1] = at
  end
end

local function add_message(self, object, at)
  local choice = below(object, "choices", 1)
  local said = below(choice, "delta") or below(choice, "message")
  self.t_first_event = self.t_first_event or choice and at
  self:add_words(words(below(said, "content")) or words(below(choice, "text")),
    words(below(said, "reasoning_content")) or words(below(said, "reasoning")),
    below(said, "tool_calls", 1) ~= nil, at)
  if words(below(choice, "finish_reason")) then
    self.finish_reason, self.t_finish = choice.finish_reason, at
  end
  if type(below(object, "usage")) == "table" then
    add_usage(self, object.usage, at)
  end
  local problem = below(object, "error")
  if problem ~= nil and problem ~= json.null then
    self.error = words(below(problem, "message")) or words(problem) or "the server says no more"
  end
end

-- One line of it; false where it is no whole message.
local function add_line(self, line, at)
  local data = line:match "^data:%s*(.*)$" or line:match "^{.*$"
  if data == "[DONE]" then
    self.t_done = at
  elseif data then
    local object = json.decode(data)
    if type(object) ~= "table" then
      return false
    end
    add_message(self, object, at)
  end
  return true
end

-- text: as much as came at once; a message may end with the next.
function chunks:add(text, at)
  text, self.pending = self.pending .. text, ""
  local whole = text:find "^%s*{" and json.decode(text)
  if type(whole) == "table" then
    add_message(self, whole, at)
    return
  end
  for line in text:gmatch "[^\r\n]+" do
    if not add_line(self, line, at) then
      self.pending = line
    end
  end
end

return chunks
