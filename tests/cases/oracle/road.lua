-- The roads by which a story may come: "clear" (wire.lua alone, from the simulated server), "tls" and "h2" (HTTP/2 over
-- TLS), from secure_server.py. On the last two there are more ways to end.
local chance = require "chance"
local cjson = require "cjson"

local road = {}

local stream_errors = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13 }

local function closes()
  return chance.weighed { { 2, { act = "CLOSE" } }, { 2, { act = "CUT" } }, { 1, { act = "ALERT" } },
    { 1, { act = "GARBAGE" } } }
end

-- What comes when the answer is there and the connection is kept, maybe. A reset, and a close where the client has to
-- reply to something, may take along what was not read.
local function afterwards(acts, is_h2, is_noisy)
  local act = chance.weighed { { 12, false }, { 1, "CLOSE" }, { 1, "CUT" }, { 1, "RST" }, { 1, "DROP" },
    { is_h2 and 1 or 0, "GOAWAY" }, { is_h2 and 1 or 0, "RST_STREAM" } }
  if not act then return end
  local wait_ms = (act == "RST" or is_noisy) and 20 or chance.pick { 0, 0, 5, 30 }
  acts[#acts + 1] = { act = act, last = 1, code = 0, wait_ms = wait_ms }
  if act == "GOAWAY" then acts[#acts + 1] = { act = "CLOSE" } end
end

local function tls_acts(plan)
  if plan.act == "END" and plan.transfer == "close" or plan.act == "CLOSE" then return { closes() } end
  if plan.act == "RST" then return { { act = "RST" } } end
  if plan.act ~= "END" then return {} end
  local acts = { { act = "END" } }
  afterwards(acts)
  return acts
end

local function h2_acts(plan, is_noisy)
  if plan.act == "RST" then return { { act = "RST" } } end
  if plan.act == "CLOSE" then
    return chance.weighed {
      { 4, { { act = "RST_STREAM", code = chance.pick(stream_errors) } } },
      { 2, { { act = "GOAWAY", code = chance.pick(stream_errors) }, { act = "CLOSE" } } },
      { 1, { { act = "VIOLATION" } } },
      { 4, { closes() } },
    }
  end
  local acts = {}
  if plan.act ~= "END" then return acts end
  acts[#acts + 1] = { act = chance.pick { "END", "END", "LAST", "LAST", "TRAILERS" } }
  afterwards(acts, true, is_noisy)
  return acts
end

-- Says how the plan ends on this road, and what is sent in between.
function road.dress(plan, which)
  if which == "clear" then return end
  local is_noisy = which == "h2" and chance.of(0.3)
  plan.acts = which == "h2" and h2_acts(plan, is_noisy) or tls_acts(plan)
  if is_noisy then
    for _, send in ipairs(plan.sends) do send.noise = chance.of(0.3) and chance.whole(1, 5) or nil end
  end
  if which == "h2" and chance.of(0.1) then
    plan.refused = chance.pick { { act = "RST_STREAM", code = 7 }, { act = "GOAWAY" }, { act = "CUT" },
      { act = "RST_STREAM", code = plan.act == "END" and 13 or 7 } }
  end
  -- What comes in one record with a stream's failure libcurl may drop.
  plan.packed = chance.of(0.1) and plan.acts[1] ~= nil and road.end_of(plan) == "clean"
  if plan.packed then plan.end_ms = plan.sends[#plan.sends].at_ms end
end

local seen_as = { END = "clean", LAST = "clean", TRAILERS = "clean", RST = "reset" }

-- How the client sees an end that is played: clean, reset or cut; maybe: as its libcurl sees it, which may take a reset
-- behind an end of HTTP/2 for one, and what breaks that for an end.
function road.end_of(plan)
  local first, last = plan.acts[1], plan.acts[#plan.acts]
  if last.act == "RST" and first ~= last and plan.transfer == "frames" then return "maybe" end
  for _, act in ipairs(plan.acts) do
    if seen_as[act.act] then return seen_as[act.act] end
  end
  if first.act == "RST_STREAM" and first.code == 0 or first.act == "GOAWAY" then return "maybe" end
  return first.act == "CLOSE" and plan.transfer == "close" and "clean" or "cut"
end

local function hexadecimal(bytes)
  return (bytes:gsub(".", function(c) return ("%02x"):format(c:byte()) end))
end

local function sends_of(plan, is_h2)
  local list, before, size = {}, 0, is_h2 and #plan.head or 0
  for i, send in ipairs(plan.sends) do
    local head = is_h2 and before < size and send.last >= size and plan.head or nil
    list[i] = { at_ms = send.at_ms, head = head, noise = send.noise,
      data = hexadecimal(send.bytes:sub(math.max(0, size - before) + 1)) }
    before = send.last
  end
  return list
end

-- What secure_server.py reads.
function road.play(stories, which)
  local by_path = {}
  for _, story in ipairs(stories) do
    local plan = story.plan
    by_path[story.path .. story.dialect.path] = { sends = sends_of(plan, which == "h2"), end_ms = plan.end_ms,
      acts = plan.acts, refused = plan.refused, packed = plan.packed }
  end
  return cjson.encode(by_path)
end

return road
