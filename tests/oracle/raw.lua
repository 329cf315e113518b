-- The raw rows of a run, and what each request's numbers are by the definitions of `bench help metrics`: written
-- anew, from the tables alone, and from neither db/views nor lib.
local cjson = require "cjson"
local outside = require "outside"

local raw = {}

local null = cjson.null

-- Rows of a query; SQL null is nil.
function raw.rows(database, sql)
  local text, code = outside.output(("sqlite3 -readonly -json '%s' \"%s\""):format(database, sql))
  assert(code == 0, sql)
  local list = text ~= "" and cjson.decode(text) or {}
  for _, row in ipairs(list) do
    for name, value in pairs(row) do
      if value == null then
        row[name] = nil
      elseif type(value) == "number" then
        row[name] = math.tointeger(value) or value
      end
    end
  end
  return list
end

local function list_of(text)
  return text and cjson.decode(text) or nil
end

local function gaps_of(times)
  local gaps = {}
  for i = 2, #times do
    gaps[i - 1] = (times[i] - times[i - 1]) / 1000
  end
  return gaps
end

-- One gap for each token after the first; those that came with the first event have none before them.
local function token_gaps(one)
  local counts, total = {}, 0
  for i = 1, #one.times do
    counts[i] = one.counts and one.counts[i] or 1
    total = total + counts[i]
  end
  local gaps = {}
  if #one.times < 2 or one.row.token_source ~= "usage" or total ~= one.row.output_tokens then
    return gaps
  end
  for i, count in ipairs(counts) do
    for k = 1, count do
      if i > 1 then
        gaps[#gaps + 1] = (one.times[i] - one.times[i - 1]) / 1000 / count
      elseif k > 1 then
        gaps[#gaps + 1] = 0
      end
    end
  end
  return gaps
end

local function ms(from, to)
  return from and to and (to - from) / 1e6 or nil
end

local function is_text(row)
  return row.call == "chat" or row.call == "complete"
end

local function e2e_of(row)
  if row.streamed == 1 and is_text(row) then
    return ms(row.t_start, row.t_last_token)
  end
  return row.outcome == "ok" and ms(row.t_start, row.t_end) or nil
end

-- ms between tokens where there are two, and they did not come at once.
local function tpot_of(row)
  local span = ms(row.t_first_token, row.t_last_token)
  local many = row.streamed == 1 and (row.output_tokens or 0) >= 2 and not row.flags:find "burst"
  return many and span and span > 0 and span / (row.output_tokens - 1) or nil
end

local function per_second(count, time)
  return count and time and time > 0 and count * 1000 / time or nil
end

-- one.values: metric -> value in its unit, nil where it does not exist.
local function measure(one)
  local row, streamed = one.row, one.row.streamed == 1
  local chars = is_text(row) and row.answer and utf8.len(row.answer) or nil -- of models' answers
  local tpot, e2e = tpot_of(row), e2e_of(row)
  local wait = ms(row.t_sched, row.t_start)
  local values = {
    ttft = streamed and ms(row.t_start, row.t_first_token) or nil,
    ttfc = streamed and ms(row.t_start, row.t_first_content) or nil,
    e2e = e2e, tpot = tpot, wait = wait,
    decode_tps = tpot and 1000 / tpot, tokens_per_s = per_second(row.output_tokens, e2e),
    chars_per_s = chars and chars > 0 and per_second(chars, e2e) or nil,
    tokens = row.output_tokens, prompt_tokens = row.prompt_tokens, chars = chars,
    connect = ms(row.t_attempt or row.t_start, row.t_tls or row.t_connected),
    server_load = ms(0, row.server_load_ns), server_queue = ms(0, row.server_queue_ns),
    server_prefill = ms(0, row.server_prefill_ns),
    headers = ms(row.t_start, row.t_headers), ["end"] = ms(row.t_start, row.t_end),
  }
  values.server_prefill_tps = (row.evaluated_tokens or 0) > 0
    and per_second(row.evaluated_tokens, values.server_prefill) or nil
  values.server_decode_tps = (row.server_decode_tokens or 0) >= 2
    and per_second(row.server_decode_tokens - 1, ms(0, row.server_decode_ns)) or nil
  values.ttft_sched = wait and values.ttft and wait + values.ttft
  values.e2e_sched = wait and e2e and wait + e2e
  one.values = values
end

local function request_of(row, names, labels)
  local one = { row = row, times = list_of(row.t) or {}, counts = list_of(row.n), backend = names[row.backend],
    phase = row.phase, label = row.label, call = row.call, kind = row.phase_kind, outcome = row.outcome }
  one.load, one.is_text = labels[row.phase], is_text(row)
  one.load_of_rounds = row.round and one.load and one.load:match "^load %d+" or one.load
  one.counted = one.kind == "measure" and one.outcome == "ok" and row.cold_start ~= 1
  one.started = row.t_start and row.t_start / 1e9
  one.ended = row.t_end and row.t_end / 1e9
  measure(one)
  one.icl, one.itl = gaps_of(one.times), token_gaps(one)
  return one
end

-- database, number of a run -> { requests, phases (by number), metrics, checks, backends (number -> name) }
function raw.read(database, run)
  local function of(sql)
    return raw.rows(database, (sql:gsub("RUN", run)))
  end
  local found = { phases = {}, backends = {}, requests = {}, by_seq = {},
    run = of("SELECT * FROM run WHERE id = RUN")[1],
    metrics = of "SELECT * FROM metric WHERE run = RUN ORDER BY rowid",
    checks = of "SELECT * FROM \\\"check\\\" WHERE run = RUN ORDER BY rowid" }
  for _, row in ipairs(of "SELECT * FROM backend WHERE run = RUN") do
    found.backends[row.number] = row.name
  end
  local labels = {}
  for _, row in ipairs(of "SELECT * FROM phase WHERE run = RUN ORDER BY number") do
    found.phases[row.number] = row
    labels[row.number] = row.label
  end
  local sql = "SELECT request.*, timeline.t, timeline.n FROM request"
    .. " LEFT JOIN timeline ON timeline.request = request.id WHERE run = RUN ORDER BY seq"
  for i, row in ipairs(of(sql)) do
    found.requests[i] = request_of(row, found.backends, labels)
    found.by_seq[row.seq] = found.requests[i]
  end
  return found
end

return raw
