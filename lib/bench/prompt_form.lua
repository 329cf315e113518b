-- What one record of a file, or one item of a list, is as a prompt: a table with text or messages and every other
-- field of the record.
local json = require "core.json"
local lists = require "bench.lists"
local misuse = require "bench.misuse"

local prompt_form = {}

local carriers = { "prompt", "messages", "text", "conversations" }

local roles = { human = "user", user = "user", system = "system", developer = "developer", gpt = "assistant",
  chatgpt = "assistant", bard = "assistant", bing = "assistant", assistant = "assistant", tool = "tool" }

local function with(record, name, value)
  local prompt = { [name] = value }
  for field, content in pairs(record) do
    if prompt[field] == nil and content ~= json.null then
      prompt[field] = content
    end
  end
  return prompt
end

local function of_text(record, text)
  if text == "" then
    return nil, "the prompt is empty"
  end
  return with(record, "text", text)
end

local may_have_none = { assistant = true } -- one that calls a tool

-- Whether a message has a role that says something and no content: servers take it for an empty one.
function prompt_form.says_nothing(message)
  return (message.content == nil or message.content == json.null) and not may_have_none[message.role]
end

local function is_empty(content)
  return content == "" or type(content) == "table" and next(content) == nil
end

local function of_messages(record, messages)
  if type(messages) ~= "table" or #messages == 0 then
    return nil, "there is no message in it"
  end
  for index = 1, #messages do
    local message = messages[index]
    if type(message) ~= "table" or type(message.role) ~= "string" then
      return nil, ("message %d is no object with a role"):format(index)
    elseif prompt_form.says_nothing(message) then
      return nil, ("message %d (%s) has no content"):format(index, message.role)
    elseif message.role == "user" and is_empty(message.content) then
      return nil, ("message %d (user) is empty"):format(index)
    end
  end
  return with(record, "messages", messages)
end

-- A turn of ShareGPT ("from" and "value"), or of a list of messages under that name; nil for what is none.
local function turn_as_message(turn)
  if type(turn) ~= "table" then
    return nil
  end
  local role, content = roles[turn.from or turn.role], turn.value or turn.content
  local is_content = type(content) == "string" or json.is_array(content)
  return role and is_content and { role = role, content = content } or nil
end

local comes_before_question = { system = true, developer = true }

-- ShareGPT: what was said up to the first question, as the usual tools ask it. The whole stays in `conversations`.
local function of_conversation(record, turns)
  local messages = {}
  for index, turn in ipairs(type(turns) == "table" and turns or {}) do
    local message = turn_as_message(turn)
    if not message then
      return nil, ("turn %d is no object with \"from\" (human, gpt, system) and \"value\", or \"role\" and \"content\"")
        :format(index)
    end
    messages[index] = message
    if message.role == "user" and not is_empty(message.content) then
      return with(record, "messages", messages)
    elseif not comes_before_question[message.role] then
      break
    end
  end
  return nil, "it does not begin with a question", true
end

local function of_prompt(record, value)
  if type(value) == "string" then
    return of_text(record, value)
  elseif type(value) == "table" then
    return of_messages(record, value)
  end
  return nil, "the prompt is neither a text nor a list of messages"
end

local readers = { prompt = of_prompt, text = of_prompt, messages = of_messages, conversations = of_conversation }

local function names_of(record)
  local names = {}
  for name, value in pairs(record) do
    if value ~= json.null then
      names[#names + 1] = tostring(name)
    end
  end
  table.sort(names)
  return names
end

local function nearest(names)
  for _, name in ipairs(names) do
    if name == "role" then
      return ". Messages of one chat stand in a list: {\"messages\": [...]}"
    end
    local near = misuse.near(name, carriers)
    if near ~= "" then
      return near
    end
  end
  return ". bench help prompts says how to ask another one"
end

local function carriers_of(record)
  return lists.filter(carriers, function(name) return record[name] ~= nil and record[name] ~= json.null end)
end

local function of_object(record)
  local found = carriers_of(record)
  if #found == 1 then
    return readers[found[1]](record, record[found[1]])
  elseif #found > 1 then
    return nil, ("it has %s: only one can be asked"):format(table.concat(found, " and "))
  end
  if type(record.body) == "table" and #carriers_of(record.body) == 1 then -- a line of a batch file
    local prompt, message = of_object(record.body)
    return prompt and with(record, prompt.text and "text" or "messages", prompt.text or prompt.messages), message
  end
  local names = names_of(record)
  return nil, #names == 0 and "there is nothing in it"
    or ("there is no prompt in it, only %s%s"):format(table.concat(names, ", "), nearest(names))
end

-- A prompt; or nil, message, and true where the record is one that tools usually pass over.
function prompt_form.read(value)
  if type(value) == "string" then
    return of_text({}, value)
  elseif type(value) ~= "table" or value == json.null then
    return nil, "it is no prompt: a text, or an object with prompt, text or messages"
  elseif json.is_array(value) or value[1] ~= nil then
    return of_messages({}, value)
  end
  return of_object(value)
end

-- The column of a CSV file that holds the prompts; or nil, message.
function prompt_form.column(header)
  local found = lists.filter(header, function(name) return name == "prompt" or name == "text" end)
  if #found == 1 then
    return found[1]
  elseif #found == 2 then
    return nil, "it has the columns prompt and text: only one can be asked"
  end
  return nil, ("there is no column prompt or text, only %s%s"):format(table.concat(header, ", "), nearest(header))
end

return prompt_form
