-- One request and its answer, made up: what a server means to say, before anybody writes it down. A message of it is
--   choice, role, content, reasoning (code points), tools ({ index, id, name, arguments | object }, pieces), finish
--   usage ("null" or { prompt, output, total, cached, reasoning }), usage_place; total, prompt, timings (llama-server)
--   tokens (made since the message before), done (Ollama's last), error { shape, points, named }, raw (as it stands)
local chance = require "chance"
local dialects = require "dialects"
local json_text = require "json_text"
local words = require "words"

local story = {}

local good_finish = { "stop", "stop", "length", "content_filter", "eos_token", "end_turn" }
local bad_finish = { "abort", "error", "engine_error", "cancelled", "insufficient_system_resource" }
local own_finish = { ["/completion"] = { "eos", "limit", "word" }, ["/api/chat"] = { "stop", "length" },
  ["/api/generate"] = { "stop", "length" } }

local function finish_of(dialect)
  if chance.of(0.04) then return chance.pick(bad_finish) end
  return chance.pick(own_finish[dialect.path] or good_finish)
end

-- --- the pieces of one answer ---

local function argument_object()
  return json_text.object { { "place", json_text.words(words.some()) }, { "days", chance.whole(0, 9) },
    { "list", json_text.list { json_text.null, true } } }
end

local function whole_tools(out)
  local tools = {}
  for index = 0, chance.whole(0, 2) do
    tools[#tools + 1] = { index = index, name = "get_" .. index, object = argument_object() }
  end
  out[#out + 1] = { tools = tools }
end

local function tool_pieces(out)
  for index = 0, chance.whole(0, 2) do
    local first = { index = index, id = "call_" .. index, name = "get_" .. index }
    if chance.of(0.5) then first.arguments = chance.of(0.5) and {} or words.some() end
    out[#out + 1] = { tools = { first } }
    for _ = 1, chance.whole(0, 4) do
      out[#out + 1] = { tools = { { index = index, arguments = chance.of(0.1) and {} or words.some() } } }
    end
  end
end

local function text_pieces(out, dialect)
  local count = chance.weighed { { 1, 0 }, { 2, 1 }, { 8, chance.whole(2, 9) }, { 1, chance.whole(20, 80) } }
  local reasons = dialect.reasoning and chance.of(0.35) and chance.whole(0, count) or 0
  for i = 1, count do
    local piece = { reasons = reasons > 0 }
    if i <= reasons then piece.reasoning = words.some() end
    if i > reasons or chance.of(0.1) then piece.content = words.some() end
    if chance.of(0.06) then piece = { content = {} } end
    out[#out + 1] = piece
  end
end

local function pieces_of(dialect)
  local out = {}
  if not chance.of(0.05) then text_pieces(out, dialect) end
  if dialect.tools and chance.of(0.2) then
    if dialect.tools == "whole" then whole_tools(out) else tool_pieces(out) end
  end
  return out
end

local function has_text(message)
  local function filled(points) return points and #points > 0 end
  if filled(message.content) or filled(message.reasoning) then return true end
  for _, call in ipairs(message.tools or {}) do
    if call.name or call.object or filled(call.arguments) then return true end
  end
  return false
end
story.has_text = has_text

-- --- what all answers make together ---

-- Those of one answer in their order, several in any.
local function interleaved(answers)
  local out, left = {}, {}
  for choice, pieces in ipairs(answers) do
    for _, piece in ipairs(pieces) do
      piece.choice = choice - 1
      left[#left + 1] = choice
    end
  end
  if chance.of(0.7) then left = chance.shuffled(left) end
  local at = {}
  for _, choice in ipairs(left) do
    at[choice] = (at[choice] or 0) + 1
    out[#out + 1] = answers[choice][at[choice]]
  end
  return out
end

local function count_tokens(messages)
  local several, total = chance.of(0.3), 0
  for _, message in ipairs(messages) do
    message.tokens = has_text(message) and (several and chance.whole(1, 6) or 1) or 0
    if chance.of(0.03) then message.tokens = message.tokens + 1 end -- one that no text shows
    total = total + message.tokens
    message.total = total
  end
  return total
end

-- Of what came up to here, of one answer or of all.
local function usage_at(self, total)
  local usage = { prompt = self.prompt, output = total, total = self.says_total and self.prompt + total or nil,
    cached = self.says_cached and self.cached or nil }
  if self.says_reasoning then usage.reasoning = math.min(total, self.reasoned) end
  return usage
end

local function last_with_text(messages)
  for i = #messages, 1, -1 do
    if has_text(messages[i]) then return messages[i] end
  end
end

local function zeros() return { prompt = 0, output = 0, total = 0 } end

local function beside_all(self, make)
  for _, message in ipairs(self.messages) do message.usage = make(message) end
end

local function append_usage(self)
  self.messages[#self.messages + 1] = { usage = usage_at(self, self.made), usage_place = "lone" }
end

local function finishing(self)
  local list = {}
  for _, message in ipairs(self.messages) do
    if message.finish then list[#list + 1] = message end
  end
  return list
end

-- What each answer made, by its number.
local function made_by(self)
  local made = {}
  for _, message in ipairs(self.messages) do
    made[message.choice] = (made[message.choice] or 0) + message.tokens
  end
  return made
end

-- One usage for each answer, beside its end.
local function beside_ends(self, place)
  local made = made_by(self)
  for _, message in ipairs(finishing(self)) do
    message.usage, message.usage_place = usage_at(self, made[message.choice]), place
  end
end

local places = {
  none = function() end,
  lone = append_usage,
  lone_each = function(self)
    local made = made_by(self)
    for choice = 0, self.n - 1 do
      self.messages[#self.messages + 1] = { usage = usage_at(self, made[choice]), usage_place = "lone" }
    end
  end,
  finish = function(self) beside_ends(self, "beside") end,
  choice = function(self) beside_ends(self, "choice") end,
  groq = function(self)
    local ends = finishing(self)
    local message = ends[#ends]
    message.usage, message.usage_place = usage_at(self, self.made), "groq"
  end,
  last = function(self)
    local message = self.n == 1 and last_with_text(self.messages)
    if message then message.usage = usage_at(self, self.made) else append_usage(self) end
  end,
  null = function(self)
    beside_all(self, function() return "null" end)
    append_usage(self)
  end,
  zeros = function(self)
    beside_all(self, zeros)
    append_usage(self)
  end,
  zeros_only = function(self) beside_all(self, zeros) end,
  cumulative = function(self)
    if self.n > 1 then return append_usage(self) end
    beside_all(self, function(message) return usage_at(self, message.total) end)
  end,
  cumulative_lone = function(self)
    if self.n == 1 then beside_all(self, function(message) return usage_at(self, message.total) end) end
    append_usage(self)
  end,
  -- a server that does not count its reasoning as output, but in the sum
  left_out = function(self)
    append_usage(self)
    local usage = self.messages[#self.messages].usage
    usage.reasoning = math.min(self.made, math.max(1, self.reasoned))
    usage.output, usage.total = self.made - usage.reasoning, self.prompt + self.made
    self.leaves_out = true
  end,
  timings = function(self)
    local ends = finishing(self)
    ends[#ends].timings, ends[#ends].counted = dialects.timings(self, self.made), self.made
  end,
  timings_lone = function(self)
    append_usage(self)
    local message = self.messages[#self.messages]
    message.usage.cached, message.usage.reasoning = nil, nil
    message.timings, message.counted = dialects.timings(self, self.made), self.made
  end,
  native = function(self)
    for _, message in ipairs(self.messages) do
      message.prompt = self.prompt
      if message.finish then message.timings, message.counted = dialects.timings(self, self.made), self.made end
    end
  end,
}

-- --- ends, errors, noise ---

local function add_ends(self, answers)
  for choice, pieces in ipairs(answers) do
    local reason = finish_of(self.dialect)
    local last = pieces[#pieces]
    if self.dialect.ends_itself then
      pieces[#pieces + 1] = { choice = choice - 1, finish = reason, done = true, content = {} }
    elseif last and chance.of(0.25) then
      last.finish = reason
    else
      pieces[#pieces + 1] = { choice = choice - 1, finish = reason }
    end
  end
end

local function spoken_error(self)
  local shape = chance.pick(self.dialect.errors)
  local points = words.of_text(chance.pick { "engine died", "模型崩溃了", "out of memory: 7 of 8 GB", "say \"why\"" })
  local named = self.framing == "sse" and chance.of(0.2)
  return { error = { shape = shape, points = points }, event = named and "error" or nil }
end

-- In the place of all that would come, or in the midst of it.
local function insert_error(self)
  local at = chance.whole(1, #self.messages + 1)
  if self.dialect.ends_itself then at = math.min(at, #self.messages) end
  if chance.of(0.7) then
    for i = #self.messages, at, -1 do self.messages[i] = nil end
  end
  table.insert(self.messages, at, spoken_error(self))
end

-- Of several answers, what neighbours say may come in one message.
local function put_together(self)
  local out = {}
  for _, message in ipairs(self.messages) do
    local before = out[#out]
    local one = before and before.choice and message.choice and before.choice ~= message.choice
      and not before.usage and not message.usage and not before.together and chance.of(0.3)
    if one then
      out[#out] = { choice = before.choice, together = { before, message }, total = message.total }
    else
      out[#out + 1] = message
    end
  end
  self.messages = out
end

local no_messages = { "not json", '{"choices":[', "[1,2]", '"text"', '{"a":1} x', "{'a':1}", "42", "true", "{]",
  "<html>", '{"a":1,}' }

-- What is no message at all; a first line that is none may be taken for the beginning of one body.
local function insert_junk(self)
  if #self.messages < 2 then return end
  table.insert(self.messages, chance.whole(2, #self.messages), { junk = chance.pick(no_messages) })
end

local function add_role(self)
  if self.dialect.call ~= "chat" or self.dialect.kind == "ollama" or chance.of(0.3) then return end
  for choice = self.n - 1, 0, -1 do
    table.insert(self.messages, 1, { choice = choice, role = true, content = {}, tokens = 0, total = 0 })
  end
end

local function refusal(self)
  if not chance.of(0.04) then return end
  self.status = chance.pick { 400, 401, 404, 413, 422, 429, 500, 502, 503, 504, 529 }
  self.messages = { spoken_error(self) }
  self.messages[1].event = nil
end

-- What a server says when it does not stream: each answer in one.
local function as_whole(self)
  local by_choice, one = {}, { together = {} }
  for _, message in ipairs(self.messages) do
    if message.error then
      one.error = one.error or message.error
    elseif message.choice then
      local all = by_choice[message.choice]
      if not all then
        all = { choice = message.choice, role = true, content = {}, reasoning = {} }
        by_choice[message.choice] = all
        table.insert(one.together, all)
      end
      all.content = words.joined { all.content, message.content or {} }
      all.reasoning = words.joined { all.reasoning, message.reasoning or {} }
      for _, call in ipairs(message.tools or {}) do
        all.tools = all.tools or {}
        local before = all.tools[#all.tools]
        if before and before.index == call.index then
          before.arguments = words.joined { before.arguments or {}, call.arguments or {} }
        else
          table.insert(all.tools, { index = call.index, id = call.id, name = call.name, object = call.object,
            arguments = not call.object and (call.arguments or {}) or nil })
        end
      end
      all.finish = message.finish or all.finish
      all.done = message.done or all.done
    end
    if type(message.usage) == "table" and message.usage.output > 0 then
      one.usage, one.usage_place = message.usage, message.usage_place
    end
    one.timings, one.counted = message.timings or one.timings, message.counted or one.counted
  end
  table.sort(one.together, function(a, b) return a.choice < b.choice end)
  return one
end

local function make_whole(self)
  local one = as_whole(self)
  if one.error then
    self.messages = { { error = one.error } }
    return
  end
  local first = one.together[1] or { choice = 0, role = true, content = {} }
  if #one.together == 1 or not self.dialect.many then
    first.usage, first.usage_place = first.usage or one.usage, first.usage_place or one.usage_place
    first.timings, first.counted = one.timings, one.counted
    if self.usage_mode == "native" then first.total, first.prompt = self.made, self.prompt end
    self.messages = { first }
  else
    local counts = self.usage_mode ~= "none" and self.usage_mode ~= "zeros_only"
    one.usage, one.usage_place = counts and usage_at(self, self.made) or nil, "lone"
    self.messages = { one }
  end
end

-- A story by its number: dialect, framing, messages, and what is asked.
function story.new(seed)
  chance.begin(seed)
  local dialect = chance.weighed(dialects.list)
  local self = { seed = seed, dialect = dialect, status = 200, prompt = chance.whole(1, 5000), cached = 0,
    asks_stream = chance.of(0.9), listens = chance.of(0.3) }
  self.streams = self.asks_stream
  if chance.of(0.04) then self.streams = not self.streams end
  self.framing = self.streams and dialect.framing or "whole"
  self.n = dialect.many and chance.of(0.15) and chance.whole(2, 3) or 1
  if chance.of(0.3) then self.cached = chance.whole(0, self.prompt) end
  self.says_cached, self.says_total = chance.of(0.4), chance.of(0.8)
  local answers, reasoned = {}, 0
  for choice = 1, self.n do answers[choice] = pieces_of(dialect) end
  add_ends(self, answers)
  self.messages = interleaved(answers)
  self.made = count_tokens(self.messages)
  for _, message in ipairs(self.messages) do
    if message.reasoning and #message.reasoning > 0 then reasoned = reasoned + message.tokens end
  end
  self.reasoned = reasoned
  self.says_reasoning = reasoned > 0 and self.n == 1 and dialect.done_text and chance.of(0.5)
  self.usage_mode = chance.pick(dialect.usages)
  if self.usage_mode == "left_out" and (self.n > 1 or self.made < 1) then self.usage_mode = "lone" end
  places[self.usage_mode](self)
  if self.n > 1 and self.framing == "sse" then put_together(self) end
  add_role(self)
  if chance.of(0.1) then insert_error(self) end
  if self.framing ~= "whole" and chance.of(0.02) then insert_junk(self) end
  refusal(self)
  if self.status >= 400 then self.framing = "whole" end
  if self.framing == "whole" and self.status < 400 then make_whole(self) end
  if dialect.done_text and self.framing == "sse" and chance.of(0.8) then
    self.messages[#self.messages + 1] = { raw = dialect.done_text }
    if chance.of(0.1) then
      self.messages[#self.messages + 1] = { choice = 0, content = words.of_text "garbage", total = 1, tokens = 0 }
    end
  end
  return self
end

return story
