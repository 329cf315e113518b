-- What is asked, brought into one form: { messages or text or texts, shown (as it is kept), digest,
-- is_remembered (the next one of this text is this very table) }.
local body_lists = require "bench.body_lists"
local json = require "bench.json"
local lists = require "bench.lists"
local misuse = require "bench.misuse"
local prompt_form = require "bench.prompt_form"
local text = require "core.text"

local prompt = {}

local seen = {}

-- True the first time.
function prompt.is_new(digest)
  local is_new = not seen[digest]
  seen[digest] = true
  return is_new
end

local function check_text(what, value)
  if value == nil then
    misuse.raise("%s is nil: a field that is not there, or past the end of a list?", what)
  end
  misuse.check(what, value, "string")
  if not text.is_utf8(value) then
    misuse.raise("%s is not valid UTF-8", what)
  end
  return value
end

local function finished(input)
  input.digest = text.digest(input.shown)
  return input
end

local most_known, most_bytes = 256, 8192 -- of texts that are remembered as they were read

-- read(text), once for each text: a scenario asks the same ones again and again.
local function once(read)
  local known, count = {}, 0
  return function(given)
    local input = known[given]
    if input then
      return input
    end
    input = read(given)
    if #given <= most_bytes then
      if count == most_known then
        known, count = {}, 0
      end
      known[given], count = input, count + 1
      input.is_remembered = true
    end
    return input
  end
end

-- A conversation: list of { role, content, ... }.
function prompt.chat(messages)
  if type(messages) ~= "table" or #messages == 0 then
    misuse.raise("backend:chat takes a list of messages, { { role = \"user\", content = \"...\" } }, not %s",
      type(messages) == "table" and "a table without any" or misuse.kind(messages))
  end
  misuse.check_keys("backend:chat takes a list of messages", messages)
  local sent = {}
  for index = 1, #messages do
    local message = messages[index]
    if type(message) ~= "table" or type(message.role) ~= "string" then
      misuse.raise("backend:chat: message %d is no { role = \"user\", content = \"...\" }", index)
    elseif prompt_form.says_nothing(message) then
      misuse.raise("backend:chat: message %d (%s) has no content", index, message.role)
    end
    sent[index] = message
  end
  sent = body_lists(sent)
  return finished { messages = sent, shown = json.encode(sent) }
end

local question_of = once(function(question)
  check_text("backend:ask: the question", question)
  return finished { messages = { { role = "user", content = question } }, shown = question }
end)

local completion_of = once(function(given)
  check_text("backend:complete: the text", given)
  return finished { text = given, shown = given }
end)

local function refuse_others(call, given)
  if #given > 0 and not (type(given[1]) == "table" and given[1].role) then
    misuse.raise("backend:%s takes one at a time: for _, one in ipairs(list) do backend:%s(one) end", call, call)
  elseif #given > 0 or given.role then
    misuse.raise("backend:%s: a list of messages is what backend:chat takes", call)
  elseif not (given.text or call == "ask" and given.messages) then
    misuse.raise("backend:%s: a table needs text = \"...\"%s", call,
      call == "ask" and " or messages = { ... }" or "; messages are what backend:chat takes")
  end
end

-- A question: text, or a prompt (a table with text or messages).
function prompt.ask(question)
  if type(question) == "table" then
    refuse_others("ask", question)
    if question.messages then
      return prompt.chat(question.messages)
    end
    question = question.text
  end
  return question_of(question)
end

function prompt.complete(given)
  if type(given) == "table" then
    refuse_others("complete", given)
    given = given.text
  end
  return completion_of(given)
end

-- One text or a list of them.
function prompt.embed(texts)
  if type(texts) == "string" then
    texts = { texts }
  end
  misuse.check("backend:embed: the texts", texts, "table")
  misuse.check_keys("backend:embed takes a list of texts", texts)
  if #texts == 0 then
    misuse.raise("backend:embed: there is no text in the list")
  end
  local sent = {}
  for index = 1, #texts do
    sent[index] = check_text(("backend:embed: text %d"):format(index), texts[index])
  end
  return finished { texts = sent, shown = #sent == 1 and sent[1] or json.encode(sent) }
end

-- A copy of the messages with words before the first text in them.
function prompt.with_words(words, messages)
  local copy = table.move(messages, 1, #messages, 1, {})
  for index, message in ipairs(copy) do
    if type(message.content) == "string" then
      copy[index] = lists.fill({}, message)
      copy[index].content = words .. message.content
      return copy
    end
  end
  return copy
end

return prompt
