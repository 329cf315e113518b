-- What a story must come out as, by what was meant and never by what was written: the definitions of `bench help
-- metrics` on its messages. A field that is absent may be anything; truth.null says that there must be none.
local json_text = require "json_text"
local road = require "road"
local story_of = require "story"
local words = require "words"

local truth = { null = setmetatable({}, { __tostring = function() return "null" end }) }

local null = truth.null
local bad_words = { "abort", "error", "cancel", "insufficient_system_resource" }

-- How the answer ends as the client sees it.
local function end_of(plan)
  local whole = plan.transfer == "length" and (not plan.cut or plan.cut_at_end)
    or plan.act == "END" and not (plan.acts and plan.acts[1])
  if whole then return "clean" end
  if plan.acts and plan.acts[1] then return road.end_of(plan) end
  if plan.transfer == "close" and plan.act == "CLOSE" then return "clean" end
  return ({ RST = "reset", CLOSE = "cut", STALL = "stalled", LEAVE = "left" })[plan.act]
end

-- The messages that arrive, each with the byte that completes it, up to the one that ends the stream; whether the last
-- was completed by the end, and the one of which a part was left, or at least its name.
local function arrived(story, plan, marks, size)
  local list, flushed, rest = {}, false, false
  local cut = plan.cut or size
  for i, message in ipairs(story.messages) do
    local mark = marks[i]
    if mark.whole <= cut and not (story.framing == "whole" and end_of(plan) ~= "clean" and mark.last > cut) then
      list[#list + 1] = { message = message, at = mark.whole }
    elseif mark.last <= cut and not message.junk then -- what no blank line ends may be a part of something
      list[#list + 1] = { message = message, at = cut }
      flushed = true
    elseif mark.data < cut or message.event and mark.from + #"event: error" <= cut then
      rest = message
    end
    if message.raw or message.done and story.framing ~= "whole" then break end
    if rest or flushed then break end
  end
  return list, flushed, rest
end

-- What a message says of each answer.
local function parts_of(message)
  return message.together or { message }
end

local function text_of(message, channel)
  local texts = {}
  for i, part in ipairs(parts_of(message)) do texts[i] = words.text(part[channel] or {}) end
  return table.concat(texts)
end

local function channel_of(message)
  if text_of(message, "content") ~= "" then return "content" end
  if text_of(message, "reasoning") ~= "" then return "reasoning" end
  for _, part in ipairs(parts_of(message)) do
    if story_of.has_text(part) then return "tool" end
  end
end

local function output_of(message)
  if type(message.usage) == "table" then return message.usage.output end
  return message.counted or message.prompt and message.total or nil
end

-- --- texts ---

local function answer_of(self, choice)
  self.by_choice[choice] = self.by_choice[choice] or { content = {}, reasoning = {} }
  return self.by_choice[choice]
end

local function argument_text(story, call)
  if call.object then return json_text.write(story.voice.style, call.object) end
  return words.text(call.arguments or {})
end

local function take_tools(self, story, message)
  for _, call in ipairs(message.tools or {}) do
    local key = message.choice .. "/" .. call.index
    local known = self.calls[key]
    if not known then
      known = { name = "", id = "", arguments = "", choice = message.choice }
      self.calls[key] = known
      table.insert(self.call_list, known)
    end
    known.name, known.id = known.name .. (call.name or ""), known.id .. (call.id or "")
    known.arguments = known.arguments .. argument_text(story, call)
  end
end

local function take_texts(self, story, message)
  for _, one in ipairs(parts_of(message)) do
    if one.choice then
      local answer = answer_of(self, one.choice)
      table.insert(answer.content, words.text(one.content or {}))
      table.insert(answer.reasoning, words.text(one.reasoning or {}))
      answer.finish = one.finish or answer.finish
      take_tools(self, story, one)
    end
  end
end

-- In the order of their numbers.
local function answers_of(self)
  local list = {}
  for choice = 0, 9 do
    local answer = self.by_choice[choice]
    if answer then
      list[#list + 1] = { content = table.concat(answer.content), reasoning = table.concat(answer.reasoning),
        finish = answer.finish }
    end
  end
  return list
end

-- --- counts ---

-- A zero behind a count is none.
local function keep(counts, name, value)
  if value and not (value == 0 and (counts[name] or 0) > 0) then counts[name] = value end
end

local function take_usage(counts, usage)
  if type(usage) ~= "table" then return end
  keep(counts, "prompt", usage.prompt)
  keep(counts, "output", usage.output)
  keep(counts, "cached", usage.cached)
  keep(counts, "reasoning", usage.reasoning)
end

local function take_counts(self, story, message)
  local counts = self.counts
  for _, one in ipairs(message.together or {}) do take_usage(counts, one.usage) end
  take_usage(counts, message.usage)
  if message.prompt then
    keep(counts, "prompt", message.prompt)
    keep(counts, "output", message.total)
  end
  if message.timings then
    keep(counts, "output", message.counted)
    keep(counts, "cached", story.cached)
    keep(counts, "evaluated", story.prompt - story.cached)
  end
end

-- Every event came with a total above the one before: how many tokens are in each.
local function tokens_per_event(messages)
  local list, before, highest, grows = {}, 0, 0, true
  for _, each in ipairs(messages) do
    local total = output_of(each.message)
    if total and total < highest then grows = false end
    highest = math.max(highest, total or 0)
    if channel_of(each.message) then
      if not total or total <= before then grows = false end
      list[#list + 1] = total and total - before or 0
      before = total or before
    end
  end
  if not grows then
    for i in ipairs(list) do list[i] = 1 end
  end
  return list
end

-- --- the row ---

-- What is said in words alone is no failure where the answer goes on behind it, or was whole before it.
local function is_in_words(message)
  return message.junk and not message.junk:find('[{}"]') or message.error and message.error.shape == "detail"
    and not message.event
end

local function goes_on(messages, from)
  for i = from + 1, #messages do
    if messages[i].message.choice then return true end
  end
end

local function was_whole(messages, before)
  local ends = {}
  for i = 1, before - 1 do
    for _, part in ipairs(parts_of(messages[i].message)) do
      if part.choice then ends[part.choice] = ends[part.choice] or part.finish ~= nil end
    end
  end
  for _, ended in pairs(ends) do
    if not ended then return false end
  end
  return next(ends) ~= nil
end

local function counts_as_failure(messages, i)
  return not (is_in_words(messages[i].message) and (goes_on(messages, i) or was_whole(messages, i)))
end

local function failure_of(messages)
  for i, each in ipairs(messages) do
    if each.message.error and counts_as_failure(messages, i) then return words.text(each.message.error.points) end
  end
end

local function has_junk(messages)
  for i, each in ipairs(messages) do
    if each.message.junk and counts_as_failure(messages, i) then return true end
  end
end

local function gave_up(answers)
  for _, answer in ipairs(answers) do
    for _, word in ipairs(bad_words) do
      if answer.finish and answer.finish:find(word, 1, true) then return answer.finish end
    end
  end
end

local function is_complete(messages, answers)
  local last = messages[#messages]
  if last and (last.message.raw or last.message.done) then return true end
  for _, answer in ipairs(answers) do
    if not answer.finish then return false end
  end
  return #answers > 0
end

-- Whether a client that waits for more, or would leave, had heard all there was: a failure, or each answer's end. Of
-- one body, and of a message that has no end, it cannot tell.
local function heard_all(story, messages, flushed)
  if story.framing == "whole" then return false end
  local known = table.move(messages, 1, #messages - (flushed and 1 or 0), 1, {})
  local ends = {}
  for _, each in ipairs(known) do
    for _, part in ipairs(parts_of(each.message)) do
      if part.choice then
        ends[part.choice] = ends[part.choice] or {}
        ends[part.choice].finish = part.finish or ends[part.choice].finish
      end
    end
  end
  local list = {}
  for _, each in pairs(ends) do list[#list + 1] = each end
  return failure_of(known) ~= nil or is_complete(known, list)
end

local function set_unheard(self, story, messages, flushed, how)
  if story.framing == "whole" and #messages > 0 then
    return -- where it ends with its line it may have been read at once
  elseif how == "left" then
    self.outcome, self.error_kind = "cancelled", null
  else
    local at_end = flushed and channel_of(messages[#messages].message) and 1 or 0 -- until then it was no event
    self.outcome = "failed"
    self.error_kind = #self.events > at_end and "idle_timeout" or "first_token_timeout"
  end
end

local function set_outcome(self, story, plan, messages, flushed, rest)
  local answers, how = self.answers, end_of(plan)
  local error_words, reason = failure_of(messages), gave_up(answers)
  local is_refused = how == "stalled" and story.status >= 400 -- its status came before the silence
  if (how == "left" or how == "stalled" and not is_refused) and not heard_all(story, messages, flushed) then
    set_unheard(self, story, messages, flushed, how)
    return
  end
  if rest and rest.event == "error" then error_words = error_words or "" end -- its name says it all
  if story.status >= 400 then
    self.outcome, self.error_kind = "failed", "http_" .. story.status
    if how == "clean" and not plan.cut then self.error_words = error_words end
  elseif error_words then
    self.outcome = "failed"
    if not has_junk(messages) then self.error_kind, self.error_words = "server_error", error_words end
  elseif reason then
    self.outcome, self.error_kind, self.error_words = "failed", "server_error", reason
  elseif has_junk(messages) then
    self.outcome, self.error_kind = "failed", "malformed"
  elseif story.framing == "whole" and #messages == 0 and how == "clean" then
    self.outcome, self.error_kind = "truncated", null
  elseif not is_complete(messages, answers) then
    self.outcome = "truncated"
    self.error_kind = how ~= "clean" and how ~= "maybe" and "transport" or how == "clean" and null or nil
  else
    local made = #self.events > 0 or #self.call_list > 0
    for _, answer in ipairs(answers) do made = made or answer.content ~= "" or answer.reasoning ~= "" end
    made = made or math.type(self.output_tokens) and self.output_tokens > 0
    self.outcome = made and "ok" or "empty"
    self.error_kind = null
    if how ~= "maybe" then self.is_reset = how == "reset" end
  end
end

local of_each = { finish = true, choice = true, lone_each = true }

local function set_counts(self, story, messages, cut)
  local counts = self.counts
  local made = #self.call_list > 0 or #self.events > 0
  for _, answer in ipairs(self.answers) do made = made or answer.content ~= "" or answer.reasoning ~= "" end
  local output = counts.output
  if output == 0 and made and not story.leaves_out then output = nil end
  if output and story.leaves_out and counts.reasoning and counts.reasoning > 0 then
    output, self.is_corrected = story.made, true
  end
  -- of what was said of some nothing follows
  if #self.answers > 1 and of_each[story.usage_mode] and story.framing ~= "whole" then
    local all = not cut and story.status < 400 and not failure_of(messages)
    output = all and story.made > 0 and story.made or false
  end
  self.token_source = output and "usage" or story.framing ~= "whole" and "events" or null
  self.output_tokens = output or story.framing ~= "whole" and #self.events or null
  if output == false then self.output_tokens, self.token_source = nil, nil end
  local prompt = counts.prompt or counts.evaluated and counts.evaluated + counts.cached
  self.prompt_tokens = prompt and prompt > 0 and prompt or null
  self.cached_tokens = counts.cached or null
  self.evaluated_tokens = counts.evaluated
    or counts.cached and self.prompt_tokens ~= null and self.prompt_tokens - counts.cached or null
  self.reasoning_tokens = counts.reasoning or null
end

-- By the server's own clock, in ms (dialects.lua says what it tells).
local function set_server(self, messages)
  local clock = {}
  for _, each in ipairs(messages) do
    local message = each.message
    if message.timings then
      clock = { prefill = 12.5, decode = 250, decoded = message.counted }
    elseif message.done then
      local counts = type(message.usage) == "table"
      clock = { load = 20, prefill = counts and 100, decode = counts and 400, queue = counts and 380 or 880,
        decoded = counts and message.usage.output }
    end
  end
  self.server_load_ms, self.server_queue_ms = clock.load or null, clock.queue or null
  self.server_prefill_ms, self.server_decode_ms = clock.prefill or null, clock.decode or null
  local decoded = clock.decode and clock.decoded
  self.server_decode_tps = decoded and decoded > 1 and (decoded - 1) * 1e3 / clock.decode or null
  local evaluated = math.type(self.evaluated_tokens) and self.evaluated_tokens > 0 and clock.prefill
  self.server_prefill_tps = evaluated and self.evaluated_tokens * 1e3 / clock.prefill or null
end

local function finish_text(answers)
  local list, same = {}, true
  for i, answer in ipairs(answers) do
    list[i] = answer.finish or ""
    same = same and list[i] == list[1]
  end
  local text = same and (list[1] or "") or table.concat(list, ",")
  return text ~= "" and text or null
end

local function joined(answers, name)
  local list = {}
  for _, answer in ipairs(answers) do
    if answer[name] ~= "" then list[#list + 1] = answer[name] end
  end
  return table.concat(list, "\n\n")
end

-- story, plan (wire.lua), marks and the body's size (framing.lua) -> columns of request_metrics by their names, and
--   events { send, channel, tokens }, answers { content, reasoning, finish }, calls, sets of flags (must, may)
function truth.of(story, plan, marks, size)
  local self = { by_choice = {}, calls = {}, call_list = {}, counts = {}, events = {}, must = {}, may = {} }
  plan.cut_at_end = plan.cut and plan.cut >= size
  local messages, flushed, rest = arrived(story, plan, marks, size)
  if story.status >= 400 then messages = { { message = story.messages[1] } } end
  local streamed = story.framing ~= "whole" and story.status < 400
  local tokens = tokens_per_event(messages)
  for _, each in ipairs(messages) do
    take_texts(self, story, each.message)
    take_counts(self, story, each.message)
    local channel = channel_of(each.message)
    if channel and streamed then
      local number = #self.events + 1
      self.events[number] = { send = plan.send_of(each.at), channel = channel, tokens = tokens[number],
        text = channel ~= "tool" and text_of(each.message, channel) or nil }
    end
    for _, part in ipairs(streamed and parts_of(each.message) or {}) do
      if part.finish then self.finish_send = plan.send_of(each.at) end
    end
  end
  self.answers = answers_of(self)
  set_counts(self, story, messages, plan.cut)
  set_server(self, messages)
  set_outcome(self, story, plan, messages, flushed, rest)
  self.bytes = math.min(plan.cut or size, size)
  self.streamed = streamed and 1 or 0
  if streamed and plan.cut and plan.cut <= marks[1].data then -- of what form it would have been nobody knows
    self.streamed, self.output_tokens, self.token_source = nil, nil, nil
  end
  self.finish_reason = finish_text(self.answers)
  self.answer = #self.answers > 0 and joined(self.answers, "content") or null
  self.reasoning = joined(self.answers, "reasoning")
  self.must = { corrected = self.is_corrected, flushed = flushed and streamed, reset = self.is_reset,
    cached = self.cached_tokens ~= null and self.cached_tokens > 0 }
  self.end_at = end_of(plan)
  return self
end

return truth
