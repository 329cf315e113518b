-- Holds what was kept of a story against what it must be; a list of what differs.
local cjson = require "cjson"
local truth_of = require "truth"

local SLACK_MS = 5
local OWN_CLOCK_MS = 50 -- how late a busy client may be where stamps are its own clock's

local server_columns = { "server_load_ms", "server_queue_ms", "server_prefill_ms", "server_decode_ms",
  "server_decode_tps", "server_prefill_tps" }

local columns = { "outcome", "error_kind", "finish_reason", "streamed", "output_tokens", "token_source",
  "bytes", "prompt_tokens", "cached_tokens", "evaluated_tokens", "reasoning_tokens", "answer" }

local function shown(value)
  if value == nil or value == cjson.null then return "null" end
  return type(value) == "string" and ("%q"):format(value:sub(1, 300)) or tostring(value)
end

local function differs(right, seen)
  if right == nil then return false end
  if right == truth_of.null then return seen ~= cjson.null and seen ~= nil end
  return right ~= seen
end

local function check(problems, name, right, seen)
  if differs(right, seen) then
    problems[#problems + 1] = ("%s is %s, not %s"):format(name, shown(seen), shown(right))
  end
end

local function flag_set(text)
  local set = {}
  for flag in (text or ""):gmatch("[^,]+") do set[flag] = true end
  return set
end

-- Events of one send share its stamp; a long one may take several reads.
local function came_together(truth)
  local at_once, shared = #truth.events > 1, false
  for i = 2, #truth.events do
    local same = truth.events[i].send == truth.events[i - 1].send
    at_once, shared = at_once and same, shared or same
  end
  return at_once, shared
end

local function check_flags(problems, story, row)
  local truth, flags = story.truth, flag_set(row.flags)
  for flag, must in pairs(truth.must) do check(problems, "flag " .. flag, must == true, flags[flag] == true) end
  for _, never in ipairs { "late", "short", "not_applied" } do
    check(problems, "flag " .. never, false, flags[never] == true)
  end
end

-- How long the request was on its way: the server counts from its arrival, we from t0.
local function delay_of(events, truth, sends)
  local least
  for i, event in ipairs(events) do
    local send = sends[truth.events[i].send]
    local delay = send and event.t_ms - send.sent_ms
    if delay and (not least or delay < least) then least = delay end
  end
  return least or 0
end

local function check_moments(problems, seen, truth, sends, slack_ms)
  local delay = delay_of(seen.events, truth, sends)
  for i, event in ipairs(seen.events) do
    local right = truth.events[i]
    local send = sends[right.send]
    local off = send and event.t_ms - send.sent_ms - (send.took_ms or 0) - delay
    if not off or off > slack_ms or delay < -1 then
      problems[#problems + 1] = ("event %d came %s ms after its send %d"):format(i, off, right.send)
      break
    end
  end
  if slack_ms > SLACK_MS then return end
  local flags, at_once, shared = flag_set(seen.row.flags), came_together(truth)
  if at_once then check(problems, "flag burst", true, flags.burst == true) end
  if shared then check(problems, "flag coalesced", true, flags.coalesced == true) end
end

local function check_events(problems, story, seen)
  local truth = story.truth
  check(problems, "token_events", #truth.events, seen.row.token_events)
  if #truth.events ~= #seen.events then
    check(problems, "rows of events", #truth.events, #seen.events)
    return
  end
  for i, event in ipairs(seen.events) do
    local right = truth.events[i]
    check(problems, "channel of event " .. i, right.channel, event.channel)
    check(problems, "tokens of event " .. i, right.tokens, event.tokens)
  end
end

local function near(problems, name, right, seen)
  if not right then
    check(problems, name, truth_of.null, seen)
  elseif type(seen) ~= "number" or math.abs(seen - right) > math.max(0.0021, right * 1e-9) then
    problems[#problems + 1] = ("%s is %s, not %s"):format(name, shown(seen), right)
  end
end

local function number_of(value)
  return value ~= cjson.null and value or nil
end

-- What is derived of other columns.
local function check_rates(problems, row, events)
  local e2e, longest, sum = number_of(row.e2e_ms), nil, 0
  for i = 2, #events do
    local gap = events[i].t_ms - events[i - 1].t_ms
    longest, sum = math.max(longest or 0, gap), sum + gap
  end
  near(problems, "icl_max_ms", longest, row.icl_max_ms)
  near(problems, "icl_mean_ms", longest and sum / (#events - 1), row.icl_mean_ms)
  local per_s = e2e and 1e3 / e2e
  local chars, tokens, tpot = number_of(row.chars), number_of(row.output_tokens), number_of(row.tpot_ms)
  near(problems, "chars_per_s", per_s and chars and chars > 0 and chars * per_s or nil, row.chars_per_s)
  near(problems, "tokens_per_s", per_s and tokens and tokens * per_s, row.tokens_per_s)
  near(problems, "decode_tps", tpot and 1e3 / tpot, row.decode_tps)
end

-- Times follow from those of the events.
local function check_times(problems, story, seen)
  local row, events = seen.row, seen.events
  local first, last, content = events[1], events[#events], nil
  for _, event in ipairs(events) do
    content = content or event.channel == "content" and event
  end
  near(problems, "ttft_ms", first and first.t_ms, row.ttft_ms)
  near(problems, "ttfc_ms", content and content.t_ms or nil, row.ttfc_ms)
  if story.truth.streamed == 1 then near(problems, "e2e_ms", last and last.t_ms, row.e2e_ms) end
  local tokens = row.output_tokens
  local has_span = last and last.t_ms > first.t_ms and not flag_set(row.flags).burst and tokens ~= cjson.null
    and tokens > 1
  local tpot = has_span and (row.e2e_ms - row.ttft_ms) / (tokens - 1) or nil
  near(problems, "tpot_ms", tpot, row.tpot_ms)
  check(problems, "finish_ms is there", story.truth.finish_send ~= nil or story.truth.streamed == 0 and nil,
    story.truth.streamed == 1 and row.finish_ms ~= cjson.null or story.truth.streamed == 0 and nil)
end

-- What a request went by: its own connection, with how long that took, or one that was there; the clock of the stamps;
-- and whether it was sent again. A kept connection that the server has just closed may take one that it never saw.
local function check_road(problems, seen, sends)
  local row, asked = seen.row, sends.asked
  local stamps = asked.http == "h2" and "clock" or "kernel"
  check(problems, "attempts", 1, row.attempts)
  if row.http_status ~= cjson.null then
    check(problems, "http_version", asked.http == "h2" and "2" or "1.1", row.http_version)
  end
  if #seen.events > 0 then check(problems, "stamp_source", stamps, row.stamp_source) end
  if sends.count > 1 then check(problems, "flag reconnected", true, flag_set(row.flags).reconnected) end
  if asked.nth > 1 then
    check(problems, "connect_ms", truth_of.null, row.connect_ms)
  elseif not (row.connect_ms ~= cjson.null and row.t_start <= row.t_connected and row.t_connected < row.t_tls
    and row.t_tls <= row.t_sent) then
    problems[#problems + 1] = ("connected at %s, secured at %s, sent at %s"):format(row.t_connected, row.t_tls,
      row.t_sent)
  end
end

local function calls_of(text)
  return text ~= cjson.null and text and cjson.decode(text) or {}
end

local function check_calls(problems, story, row)
  local calls = calls_of(row.tool_calls)
  check(problems, "tool calls", #story.truth.call_list, #calls)
  for i, right in ipairs(story.truth.call_list) do
    for name, value in pairs(right) do
      check(problems, ("%s of call %d"):format(name, i), value, calls[i] and calls[i][name])
    end
  end
end

local function check_reply(problems, story, seen)
  local reply, truth = seen.reply, story.truth
  if not reply then
    problems[#problems + 1] = "there is no reply"
    return
  end
  local first = truth.answers[1] or { content = "", reasoning = "" }
  check(problems, "reply.text", first.content, reply.text)
  check(problems, "reply.reasoning", first.reasoning, reply.reasoning)
  check(problems, "reply.ok", seen.row.outcome == "ok", reply.ok)
  for i, answer in ipairs(truth.answers) do
    check(problems, ("reply.texts[%d]"):format(i), answer.content, reply.texts[i])
  end
  for i, event in ipairs(story.listens and reply.ok and seen.events or {}) do
    local heard = reply.heard[i] or {}
    check(problems, "text heard at event " .. i, truth.events[i].text, heard[1])
    near(problems, "time heard at event " .. i, event.t_ms, heard[2] and heard[2] * 1e3)
  end
  for _, name in ipairs { "ttft", "tpot", "e2e" } do
    local kept = seen.row[name .. "_ms"]
    near(problems, "reply." .. name, kept ~= cjson.null and kept or nil, reply[name] and reply[name] * 1e3)
  end
end

-- last: it is not tried again, so that the client may be as late as it waited for a core.
return function(story, seen, last)
  local problems, truth = {}, story.truth
  if not seen then return { "there is no row" } end
  for _, name in ipairs(columns) do check(problems, name, truth[name], seen.row[name]) end
  if truth.reasoning ~= "" then check(problems, "reasoning", truth.reasoning, seen.row.reasoning) end
  if tostring(seen.row.error_message):find("callback", 1, true) then -- one of ours ended it: the reason is ours to say
    problems[#problems + 1] = ("error is %s"):format(shown(seen.row.error_message))
  end
  if truth.error_words and not tostring(seen.row.error_message):find(truth.error_words, 1, true) then
    problems[#problems + 1] = ("error is %s, not %s"):format(shown(seen.row.error_message), truth.error_words)
  end
  if truth.answer ~= truth_of.null then check(problems, "chars", utf8.len(truth.answer), seen.row.chars) end
  for name, value in pairs(seen.shown) do check(problems, "exported " .. name, seen.row[name], value) end
  check_flags(problems, story, seen.row)
  check_events(problems, story, seen)
  check_times(problems, story, seen)
  check_rates(problems, seen.row, seen.events)
  for _, name in ipairs(server_columns) do
    near(problems, name, math.type(truth[name]) and truth[name], seen.row[name])
  end
  check_calls(problems, story, seen.row)
  check_reply(problems, story, seen)
  local sends = seen.sends_by_path[story.path .. story.dialect.path] or {}
  if story.plan.acts and sends.asked then check_road(problems, seen, sends) end
  -- What a busy machine may spoil: moments, when a client leaves or gives up, what a reset takes along that the
  -- server's kernel has not sent, and the luck of a request that meets two connections which were just closed.
  local act = story.plan.act
  problems.late = #problems == 0 or act == "RST" or act == "LEAVE" or act == "STALL"
    or tostring(seen.row.error_message):find("two connections", 1, true) ~= nil
  if #seen.events == #truth.events then
    local slack_ms = SLACK_MS + (last and seen.waited_ms or 0)
    if last and seen.row.stamp_source == "clock" then slack_ms = slack_ms + OWN_CLOCK_MS end
    check_moments(problems, seen, truth, sends, slack_ms)
  end
  return problems
end
