-- What a run left behind: exit code, output, rows of its database, and the server's log.
local cjson = require "cjson"

local observe = {}
observe.__index = observe

-- Requests that only ask what a server is.
local DESCRIPTIONS = { ["/api/show"] = true, ["/tokenize"] = true, ["/apply-template"] = true }

local function read(path)
  local file = io.open(path, "rb")
  if not file then return nil end
  local text = file:read("a")
  file:close()
  return text
end

function observe.new(directory, bench, exit)
  local self = setmetatable({ directory = directory, bench = bench, exit = exit }, observe)
  self.stdout, self.stderr = read(directory .. "/stdout") or "", read(directory .. "/stderr") or ""
  return self
end

function observe:last_words()
  local words = self.stderr .. "\n" .. self.stdout
  return (words:sub(-1200):gsub("\n", "\n    "))
end

-- The log of the simulated server: asks in their order, each { body, path, sends }; a send that no play planned is
-- none.
function observe:asks(name)
  local asks, by_number = {}, {}
  for line in (read(self.directory .. "/log" .. (name and "." .. name or "")) or ""):gmatch("[^\n]+") do
    local entry = cjson.decode(line)
    if entry.method == "POST" and not DESCRIPTIONS[entry.path] then
      entry.sends, entry.line = {}, line
      by_number[entry.request] = entry
      asks[#asks + 1] = entry
    elseif entry.sent_ms and entry.planned_ms ~= cjson.null and by_number[entry.request] then
      table.insert(by_number[entry.request].sends, entry)
    end
  end
  return asks
end

function observe:query(sql)
  local path = self.directory .. "/query"
  local file = assert(io.open(path .. ".sql", "wb"))
  file:write(sql)
  file:close()
  os.execute(string.format("'%s' sql --db '%s/case.db' --format json < '%s.sql' > '%s.json' 2> '%s.err'", self.bench,
    self.directory, path, path, path))
  local text = read(path .. ".json")
  if not text or text == "" then error("bench sql: " .. (read(path .. ".err") or ""), 0) end
  return cjson.decode(text)
end

local function null_is_nil(value)
  if value == cjson.null then return nil end
  return math.type(value) == "float" and math.tointeger(value) or value
end

function observe:rows()
  self.row_list = self.row_list or self:query(
    "SELECT * FROM request_metrics WHERE run = (SELECT max(run) FROM runs) ORDER BY seq")
  return self.row_list
end

local function gaps(times)
  local list = {}
  for i = 2, #times do list[i - 1] = times[i] - times[i - 1] end
  return list
end

function observe:events(request)
  local row = assert(self:rows()[request], "no request " .. request)
  return self:query(string.format(
    "SELECT t_ms, tokens FROM events WHERE run = %d AND request = %d ORDER BY seq", row.run, row.request))
end

local function times_of(events)
  local times = {}
  for i, event in ipairs(events) do times[i] = event.t_ms end
  return times
end

-- Each token of an event takes its share of the gap before it; those of the first event came together.
local function shares(events)
  local list = {}
  for _ = 2, math.tointeger(events[1].tokens) do list[#list + 1] = 0 end
  for i = 2, #events do
    local gap, tokens = events[i].t_ms - events[i - 1].t_ms, math.tointeger(events[i].tokens)
    for _ = 1, tokens do list[#list + 1] = gap / tokens end
  end
  return list
end

local lists = {
  itl_ms = function(self, request) return shares(self:events(request)) end,
  icl_ms = function(self, request) return gaps(times_of(self:events(request))) end,
  event_ms = function(self, request) return times_of(self:events(request)) end,
}

local function plain_subject(self, want)
  local subject = want.subject
  if subject == "exit" or subject == "stdout" or subject == "stderr" then return self[subject] end
  if subject == "requests" then return #self:rows() end
  if subject == "asks" then return #self:asks() end
  local file = subject:match("^file (.*)$")
  if file then return read(self.directory .. "/" .. file) end
  local number, name = subject:match("^body (%d+)%s*(%w*)$")
  if number or subject == "body" then
    local ask = self:asks(name ~= "" and name or nil)[number and math.tointeger(number) or want.request]
    return ask and ask.body
  end
  if subject == "path" then
    local ask = self:asks()[want.request]
    return ask and ask.path
  end
  if subject == "asked" then
    local ask = self:asks()[want.request]
    return ask and ask.line
  end
  local sql = subject:match("^sql (.*)$")
  if sql then
    local row = self:query(sql)[1]
    if not row then return nil end
    return null_is_nil(select(2, next(row)))
  end
  return nil, true
end

local function right_ttft(case, request)
  for _, want in ipairs(case.want) do
    if want.subject == "ttft_ms" and want.request == request and type(want.value) == "number" then
      return want.value
    end
  end
end

-- How late a request may have left: its sending, as far as the client was kept from a core.
function observe:client_ms(row)
  if not self.waited_ms then
    local health = self:query("SELECT waiting_ns / 1e6 AS ms FROM loop_health WHERE run = " .. row.run)[1]
    self.waited_ms = health and null_is_nil(health.ms) or 0
  end
  return math.min(null_is_nil(row.send_ms) or 0, self.waited_ms)
end

-- What all requests together say of being late, to judge what is made of many.
function observe:pooled_lateness()
  local context = { sends = {}, client_ms = 0, pooled = true }
  for _, ask in ipairs(self:asks()) do table.move(ask.sends, 1, #ask.sends, #context.sends + 1, context.sends) end
  for _, row in ipairs(self:rows()) do context.client_ms = math.max(context.client_ms, self:client_ms(row)) end
  return context
end

-- The value of a want's subject, and what is needed to judge it.
function observe:value(want, case)
  local value, is_column = plain_subject(self, want)
  if not is_column then return value, want.operator == "~" and self:pooled_lateness() or {} end
  local row = assert(self:rows()[want.request], "there is no request " .. want.request)
  local ask = self:asks()[want.request]
  local context = { sends = ask and ask.sends or {}, client_ms = self:client_ms(row),
    first_token_ms = right_ttft(case, want.request), output_tokens = null_is_nil(row.output_tokens) }
  if lists[want.subject] then return lists[want.subject](self, want.request), context end
  assert(row[want.subject] ~= nil, "request_metrics has no column " .. want.subject)
  return null_is_nil(row[want.subject]), context
end

return observe
