-- Holds what was seen against what is right. Times may differ from the planned ones by 5 ms, by how late
-- the simulated server really sent, which its log says, and by how late the client was with its request,
-- which its run says; nothing else depends on timing.
local judge = {}

local TOLERANCE_MS = 5

local function show(value)
  if value == nil then return "null" end
  if type(value) == "table" then
    local out = {}
    for i, each in ipairs(value) do out[i] = string.format("%.2f", each) end
    return "[" .. table.concat(out, " ") .. "]"
  end
  local text = tostring(value)
  return #text > 400 and text:sub(1, 400) .. "..." or text
end
judge.show = show

local function numbers(text)
  local list = {}
  for word in tostring(text):gmatch("%S+") do list[#list + 1] = tonumber(word) end
  return list
end

-- How late the server was with what it planned for `ms`; nil when it planned nothing for then.
local function lateness(sends, ms)
  for _, send in ipairs(sends) do
    if math.abs(send.planned_ms - ms) < 0.5 then return send.sent_ms - send.planned_ms end
  end
end

local function worst_lateness(sends)
  local worst = 0
  for _, send in ipairs(sends) do worst = math.max(worst, send.sent_ms - send.planned_ms) end
  return worst
end

-- A moment of one request is as late as what was sent then, what is made of many at most as the latest.
local function near_time(seen, right, context)
  local slack = TOLERANCE_MS + context.client_ms
  local late = not context.pooled and lateness(context.sends, right)
  if late then return math.abs(seen - right - late) <= slack end
  return math.abs(seen - right) <= slack + worst_lateness(context.sends)
end

-- Gaps are judged as the differences of moments, so that each carries the lateness of both its ends.
local function near_gaps(seen, right, context, first)
  if #seen ~= #right then return false end
  local sends = context.sends
  local slack = first and TOLERANCE_MS or TOLERANCE_MS + context.client_ms + worst_lateness(sends)
  local before = first
  for i, gap in ipairs(right) do
    local wanted = gap
    if first then
      local after = before + gap
      wanted = gap + (lateness(sends, after) or 0) - (lateness(sends, before) or 0)
      before = after
    end
    if math.abs(seen[i] - wanted) > slack then return false end
  end
  return true
end

-- Shares of a gap (a token's part, or a mean over n - 1) move by that share of the lateness.
local function near_share(seen, right, sends, parts)
  return math.abs(seen - right) <= (TOLERANCE_MS + worst_lateness(sends)) / math.max(1, parts) + 0.005
end

local function near(want, seen, context)
  if type(seen) == "table" then
    return near_gaps(seen, numbers(want.text), context, want.subject == "icl_ms" and context.first_token_ms)
  elseif type(seen) ~= "number" or type(want.value) ~= "number" then
    return false
  elseif want.subject == "tpot_ms" then
    return near_share(seen, want.value, context.sends, (context.output_tokens or 2) - 1)
  end
  return near_time(seen, want.value, context)
end

-- Equal, where a number given with decimals stands for all that round to it.
local function equal(want, seen)
  if type(seen) == "table" then
    return show(seen) == show(numbers(want.text))
  end
  local decimals = want.text:match("^%-?%d+%.(%d+)$")
  if decimals and type(seen) == "number" then
    return math.abs(seen - want.value) <= 0.5 * 10 ^ -#decimals + 1e-12
  end
  if type(want.value) == "number" and type(seen) == "string" then
    return want.text == seen
  end
  return seen == want.value
end

local function comparable(seen, value)
  return type(seen) == "number" and type(value) == "number"
end

local judges = {
  ["="] = equal,
  ["~"] = near,
  ["!="] = function(want, seen) return not equal(want, seen) end,
  ["<"] = function(want, seen) return comparable(seen, want.value) and seen < want.value end,
  [">"] = function(want, seen) return comparable(seen, want.value) and seen > want.value end,
  ["<="] = function(want, seen) return comparable(seen, want.value) and seen <= want.value end,
  [">="] = function(want, seen) return comparable(seen, want.value) and seen >= want.value end,
  has = function(want, seen)
    return type(seen) == "string" and seen:find(tostring(want.value), 1, true) ~= nil
  end,
  lacks = function(want, seen)
    return type(seen) == "string" and seen:find(tostring(want.value), 1, true) == nil
  end,
  matches = function(want, seen)
    return type(seen) == "string" and seen:find(tostring(want.value)) ~= nil
  end,
}

-- True, or false and one line that says what was seen. context of a `~`: sends (the log of this request, or
-- of all: pooled), client_ms (how late the request may have left), first_token_ms (where TTFT is right),
-- output_tokens.
function judge.holds(want, seen, context)
  if judges[want.operator](want, seen, context) then return true end
  return false, string.format("%s: %s %s %s, but it is %s", want.place, want.subject, want.operator, want.text,
    show(seen))
end

-- Whether a second try may judge otherwise: only what is a time.
function judge.is_time(want)
  return want.operator == "~"
end

return judge
