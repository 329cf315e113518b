-- What may spoil the numbers of a run: THE table of warnings that all its rows together decide (what one
-- answer shows by itself is said by bench.warnings while the run goes on). A rule asks one question of the
-- kept rows; each row of the answer is one warning: what happened, why it matters, what to try. ?1 is the run. Many
-- ask how many measured requests of a backend are such (share), among all or some (among): one reading answers them.
-- The same reading tells of others what must hold of a backend's measured requests before they can have an answer
-- (when), and a question of few rows whether they may have one (may): most runs are spared most questions.
local client_error = require "report.client_error"
local number = require "report.number"
local sanity = require "report.sanity"
local support = require "report.support"
local text = require "report.text"

local rules = {}

-- Bounds, printed with the warnings that they decide.
local CLOCKS_SHARE = 0.1
local LATE_MS, LATE_SHARE, LATE_LEAST = 10, 0.05, 100 -- as bench.driver flags it; fewer starts say nothing

local QUEUED_MS, QUEUED_SHARE = 100, 0.2 -- a busy machine is late by less

-- What holds a stream back between the server and us, and what lets it through.
local HOLDERS = "nginx does so unless proxy_buffering is off, HAProxy without option http-no-delay"

-- As late as Linux acknowledges a small packet (40 ms, and what a timer adds). A sender without TCP_NODELAY waits for
-- that behind the HTTP head.
local ACK_WAIT = "coalesce(ttft_ms - headers_ms, 0) BETWEEN 38 AND 50"

-- Also where all tokens are in one event, of which no gap tells.
local AT_ONCE = [[(flags LIKE '%burst%' OR streamed = 1 AND token_events = 1
  AND output_tokens - coalesce(reasoning_tokens, 0) >= 8)]]

local MOST_WORDS = 200 -- columns of what a server said, in a warning

local function share(row, what)
  return ("%d of %d %s"):format(row.n, row.total, what)
end

local remedies = {
  { "^http_40[13]", "A key goes by OPENAI_API_KEY, a gateway's header by BENCH_HEADERS (bench help addresses)." },
  { "^http_404", "That path, or that model, is not there (bench help addresses)." },
  { "^http_407", "A proxy wants a name and a password: proxy = \"http://NAME:PASSWORD@HOST:PORT\"." },
  { "^http_413", "What takes the request allows no body of that size (nginx: client_max_body_size)." },
  { "^http_429", "It limits how often it is asked: ask fewer at a time, or give retries, which wait as it says." },
  { "^http_502", "So a gateway says that it does not reach its server." },
  { "^http_504", "So a gateway says that it waited no longer for its server (nginx: proxy_read_timeout)." },
}

-- What helps against an error, with a blank before it; "" where nothing is known. words: its kind, and what was said.
local function remedy(words)
  for _, known in ipairs(remedies) do
    if words:find(known[1]) then
      return " " .. known[2]
    end
  end
  return ""
end

-- In an idle run of few turns p99 is the one in which the script was loaded.
local HEALTH = [[SELECT CASE WHEN turns >= 200 OR cpu_ns > wall_ns * 0.3 THEN p99_ns / 1e6 ELSE 0 END AS lag_ms,
  cpu_ns * 1.0 / nullif(wall_ns, 0) AS cpu,
  waiting_ns * 1.0 / nullif(wall_ns, 0) AS waiting FROM loop_health WHERE run = ?1 AND wall_ns > 1e9]]

-- In what respect the client of a row of HEALTH (or nil) was saturated: a list of words.
local function saturation(health, facts, query)
  return health and client_error.saturation(health, client_error.of(query, facts.run)) or {}
end

-- What helps a client that was saturated: nothing that its script has no use for.
local function relief(facts)
  return (facts.listens and "Do less in on_token. " or "")
    .. (facts.has_loads and "Share the load where cores are free (--workers 2). " or "")
    .. "Leave a core to it (taskset), or run bench on another machine than the server."
end

-- What to try where prompts were warm, unless that was done.
local function or_cold(facts)
  return facts.bypass and "" or " cache = \"bypass\" measures a cold one."
end

-- Arrivals that were turned away asked nobody: no backend.
local function measured(columns, rest)
  return ([[SELECT backend, %s FROM request_metrics WHERE run = ?1 AND phase_kind = 'measure' AND backend IS NOT NULL
    %s]]):format(columns, rest)
end

-- Phases of run ?1 whose starts were late by our own fault: no number of theirs is certain.
local plans_not_kept = ([[SELECT p.* FROM phases AS p JOIN request_metrics AS r ON r.run = p.run AND r.phase = p.phase
  WHERE p.run = ?1 AND r.phase_kind = 'measure' AND r.sched_ms IS NOT NULL AND r.outcome <> 'dropped'
  GROUP BY p.phase HAVING count(*) >= %d AND sum(r.flags LIKE '%%late%%') > %g * count(*)]]):format(LATE_LEAST,
  LATE_SHARE)

rules.list = {
  { code = "simulated",
    sql = "SELECT 1 AS n FROM runs WHERE run = ?1 AND simulated = 1",
    say = function()
      return "The server was a simulated one: these numbers show what bench prints, not how fast anything is."
    end },

  { code = "imported",
    sql = "SELECT scenario FROM run WHERE id = ?1 AND imported = 1",
    say = function(row)
      return ("%s measured this, bench only imported it: how far its clock may be off is not known."):format(
        row.scenario)
    end },

  { code = "cold_start",
    sql = [[SELECT b.name AS backend, count(*) AS n, sum(r.phase_kind = 'measure') AS measured,
        max(r.server_load_ns) / 1e6 AS load_ms
      FROM request AS r JOIN backend AS b ON b.run = r.run AND b.number = r.backend
      WHERE r.run = ?1 AND r.cold_start = 1 GROUP BY b.name]],
    say = function(row)
      local load = row.load_ms and (" (%s)"):format(number.duration(row.load_ms / 1000)) or ""
      if row.measured == 0 then
        return ("The first request to %s loaded the model%s. It was the warm-up and is not counted."):format(
          row.backend, load)
      end
      return ("%s to %s loaded the model first%s: kept apart from the statistics. A warm-up round takes it before the "
        .. "measuring."):format(number.plural(row.measured, "measured request"), row.backend, load)
    end },

  { code = "not_ok",
    when = "sum(outcome NOT IN ('ok', 'cancelled', 'incomplete'))",
    sql = [[SELECT backend, sum(times) AS total, sum(times) FILTER (WHERE outcome <> 'ok') AS n,
        max(times) FILTER (WHERE place = 1) AS alike, max(words) FILTER (WHERE place = 1) AS words
      FROM (SELECT backend, outcome, count(*) AS times,
          coalesce(error_kind, outcome) || coalesce(': ' || error_message, '') AS words,
          row_number() OVER (PARTITION BY backend ORDER BY outcome = 'ok', count(*) DESC, min(seq)) AS place
        FROM request_metrics WHERE run = ?1 AND phase_kind = 'measure' AND backend IS NOT NULL
          AND outcome NOT IN ('cancelled', 'incomplete') GROUP BY backend, outcome, error_kind, error_message)
      GROUP BY backend HAVING n > 0]],
    say = function(row, facts)
      local words = row.words and (" (%s%s)"):format(row.alike < row.n and "most often " or "",
        text.cut(text.line(row.words), MOST_WORDS)) or ""
      return ("%s did not end ok%s.%s%s bench show %d --requests names each."):format(
        share(row, "requests to " .. row.backend), words, remedy(row.words or ""), row.n < row.total
          and " Latencies are those of the rest, and what failed may have been the slow part." or "", facts.run)
    end },

  -- Silent where those that end without a reason are broken off: the next rule speaks of them.
  { code = "empty",
    when = "sum(outcome = 'empty')",
    sql = measured("sum(outcome = 'empty') AS n, count(*) AS total", [[AND outcome IN ('ok', 'empty') GROUP BY backend
      HAVING n > 0 AND (count(finish_reason) = 0 OR sum(outcome = 'empty' AND finish_reason IS NOT NULL) > 0)]]),
    say = function(row)
      return ("%s came without a single token: the server ended them at once. Look at its template and at max_tokens.")
        :format(share(row, "answers of " .. row.backend))
    end },

  { code = "broken_off",
    share = "finish_reason IS NULL",
    among = "outcome IN ('ok', 'empty') AND call IN ('chat', 'complete')",
    accept = function(row)
      return row.n < row.total
    end,
    say = function(row)
      return ("%s ended without the finish reason that its others have: it seems to have broken them off without a "
        .. "word, and what had come counts as whole. llama-cpp-python does so when the next request comes: ask one at "
        .. "a time, or start it with --interrupt_requests false."):format(share(row, "answers of " .. row.backend))
    end },

  { code = "unseen",
    -- a file of another tool may leave out the events
    share = "streamed AND token_events = 0 AND output_tokens > 0",
    among = "outcome = 'ok' AND call IN ('chat', 'complete') AND NOT (SELECT imported FROM run WHERE id = ?1)",
    say = function(row)
      return ("%s came without text though the server counted tokens: it did not send what it made (hidden reasoning, "
        .. "an unfinished tool call, blanks before JSON, half a character). They have no TTFT and no decode rate, and "
        .. "are missing from these statistics."):format(share(row, "answers of " .. row.backend))
    end },

  { code = "cached",
    when = "max(cached_tokens > 0 OR flags LIKE '%cached%')",
    sql = measured([[sum(coalesce(cached_tokens, 0) > 0 OR flags LIKE '%cached%') AS n, count(*) AS total,
      CASE WHEN max(cached_tokens > prompt_tokens) = 0
        THEN sum(cached_tokens) * 1.0 / nullif(sum(prompt_tokens), 0) END AS part]],
      "AND outcome = 'ok' GROUP BY backend HAVING n * 2 >= total AND coalesce(part, 1) >= 0.2"),
    say = function(row, facts)
      local words = row.part and ("%.0f %% of %s's prompt tokens came out of its cache (in %d of %d prompts)"):format(
        100 * row.part, row.backend, row.n, row.total)
        or ("%d of %d prompts were in %s's cache"):format(row.n, row.total, row.backend)
      return words .. ", so its TTFT is shorter than for new prompts." .. or_cold(facts)
    end },

  { code = "same_prompt",
    when = "sum(cached_tokens IS NULL) > 1",
    -- the warm-up may have been the one that read it all
    sql = [[SELECT backend, max(n) AS n, most, least
      FROM (SELECT backend, sum(phase_kind = 'measure') AS n, max(evaluated_tokens) AS most,
          min(evaluated_tokens) AS least
        FROM request_metrics WHERE run = ?1 AND outcome = 'ok' AND prompt IS NOT NULL
          AND cached_tokens IS NULL AND call IN ('chat', 'complete') AND flags NOT LIKE '%cached%'
        GROUP BY backend, prompt)
      WHERE backend NOT IN (SELECT name FROM backend WHERE run = ?1 AND json_extract(sampling, '$.cache') = 'bypass')
      GROUP BY backend HAVING max(n) > 1]],
    say = function(row, facts)
      local asked = ("%s was asked one and the same prompt %d times and"):format(row.backend, row.n)
      if row.most and row.most > row.least then
        return ("%s read %d tokens of it once, %d another time: the rest came out of its cache, so its TTFT is shorter "
          .. "than for new prompts."):format(asked, row.most, row.least) .. or_cold(facts)
      end
      return asked .. " does not say what came out of its cache: its TTFT may be that of a warm prompt."
        .. or_cold(facts)
    end },

  { code = "queued",
    when = ("max(server_queue_ms > %d OR streamed AND headers_ms - send_ms > %d)"):format(QUEUED_MS, QUEUED_MS),
    -- llama-server sends the head of a stream when a slot takes the request
    sql = ([[SELECT backend, slots, total, count(*) AS n, median(waited) AS median
      FROM (SELECT m.backend, m.ttft_ms, b.slots, count(*) OVER (PARTITION BY m.backend) AS total,
          CASE WHEN b.kind = 'ollama' THEN m.server_queue_ms
            WHEN b.kind = 'llamacpp' AND m.streamed THEN m.headers_ms - m.send_ms END AS waited
        FROM request_metrics AS m JOIN backends AS b ON b.run = m.run AND b.backend = m.backend
        WHERE m.run = ?1 AND m.phase_kind = 'measure' AND m.outcome = 'ok' AND m.cold_start IS NOT 1)
      WHERE waited > %d AND waited > ttft_ms / 2 GROUP BY backend HAVING n > %g * total]]):format(QUEUED_MS,
      QUEUED_SHARE),
    say = function(row)
      local slots = row.slots and (" It has %s."):format(number.plural(row.slots, "slot")) or ""
      return ("%s waited for their turn, most of their time to the first token (%s at the median).%s That measures the "
        .. "queue; fewer at a time, or more slots, measure the engine."):format(
        share(row, "requests to " .. row.backend), number.duration(row.median / 1000), slots)
    end },

  { code = "short",
    when = "max(flags LIKE '%short%')",
    sql = measured([[sum(flags LIKE '%short%') AS n, count(*) AS total, min(output_tokens) AS least,
      max(output_tokens) AS most]], "AND outcome IN ('ok', 'failed') GROUP BY backend HAVING n > 0"),
    say = function(row)
      return ("%s ended before the length that was asked for (%s to %s tokens): tokens per second over different "
        .. "lengths do not compare. A server that ignores min_tokens or ignore_eos needs a lower max_tokens."):format(
        share(row, "answers of " .. row.backend), row.least or number.none, row.most or number.none)
    end },

  { code = "lengths",
    when = "(SELECT count(*) FROM backend WHERE run = ?1) > 1",
    sql = [[SELECT group_concat(backend || ' ' || CAST(round(tokens) AS INTEGER), ', ') AS words,
      max(tokens) / min(tokens) AS ratio FROM (SELECT backend, median(output_tokens) AS tokens FROM request_metrics
      WHERE run = ?1 AND phase_kind = 'measure' AND outcome = 'ok' AND output_tokens > 0 GROUP BY backend
      ORDER BY min(seq)) HAVING ratio > 1.1]],
    say = function(row)
      return ("The answers differ in length (median tokens: %s), so end to end times are of different work. Compare "
        .. "TTFT and decode, or hold the length with max_tokens."):format(row.words)
    end },

  { code = "finish_mix",
    share = "finish_reason = 'content_filter'",
    among = "outcome = 'ok'",
    say = function(row)
      return ("%s were cut by a content filter and count as ok though they are short: they lower every mean. Ask "
        .. "something harmless."):format(share(row, "answers of " .. row.backend))
    end },

  { code = "ack_wait",
    share = "(lump = 1 OR " .. AT_ONCE .. ") AND " .. ACK_WAIT,
    among = "outcome = 'ok'",
    accept = function(row)
      return row.n * 4 > row.total -- a prompt may well take 40 ms
    end,
    say = function(row)
      return ("%s began with several tokens at once some 40 ms after the HTTP head: as long as this machine waits "
        .. "before it acknowledges a small packet. The server, or what is between, seems to send without TCP_NODELAY, "
        .. "and to wait for that. TTFT holds the wait, as it does for other clients that keep a connection; decode and "
        .. "TPOT look faster than the server was, or cannot be seen."):format(share(row, "answers of " .. row.backend))
    end },

  { code = "burst",
    share = AT_ONCE .. " AND NOT " .. ACK_WAIT,
    among = "outcome = 'ok'",
    say = function(row)
      return ("%s came in one piece: the speed of decoding cannot be seen, only the end. %s"):format(
        share(row, "answers of " .. row.backend), row.n < row.total
          and "Those were held back by the server itself (no core free to send?) or by something between."
          or ("Something between holds the stream back (a proxy that buffers? %s), or keeps whole answers."):format(
            HOLDERS))
    end },

  { code = "lump",
    share = "lump = 1 AND NOT " .. ACK_WAIT,
    among = "outcome = 'ok'",
    accept = function(row, facts, query)
      if row.n * 10 <= row.total then
        return false
      end
      row.is_ours = #saturation(query(HEALTH, facts.run)[1], facts, query) > 0
      return true
    end,
    say = function(row)
      return ("%s began with several tokens at once: TTFT is when these came together, not the first token's, and "
        .. "decode and TPOT look faster than the server was. %s"):format(share(row, "answers of " .. row.backend),
        row.is_ours and "The client was saturated, and may itself have read them so late."
          or ("Something between holds the stream back (a proxy that buffers? %s), or the server makes its tokens in "
            .. "blocks."):format(HOLDERS))
    end },

  { code = "coalesced",
    share = "flags LIKE '%coalesced%'",
    among = "outcome = 'ok' AND flags NOT LIKE '%burst%' AND lump = 0",
    accept = function(row)
      return row.n * 5 > row.total
    end,
    say = function(row)
      return ("In %s some tokens arrived together and share a time stamp: gaps between tokens are coarser than the "
        .. "server's."):format(share(row, "answers of " .. row.backend))
    end },

  { code = "few",
    sql = [[SELECT count(*) AS n, count(round) AS rounds,
      (SELECT max(p.label) FILTER (WHERE p.phase = r.phase) FROM phases AS p WHERE p.run = ?1 HAVING count(*) > 1)
        AS load FROM request AS r WHERE run = ?1 AND phase_kind = 'measure' AND outcome = 'ok'
        AND call IN ('chat', 'complete') GROUP BY backend, call, label, phase ORDER BY n LIMIT 1]],
    accept = function(row)
      return row.n < support.least.p90
    end,
    say = function(row, facts)
      return ("%s%s decide%s only large differences; no p95 from %s. Try %s."):format(
        number.plural(row.n, row.rounds > 0 and "round" or "request"), row.load and " of load " .. row.load or "",
        row.n == 1 and "s" or "", number.plural(row.n, "value"),
        math.type(facts.times) and facts.times < 30 and "--times 30" or "30 or more")
    end },

  { code = "decode_apart",
    when = "max(server_decode_tps) > 0",
    -- of the label with the widest gap: the others would hide it
    sql = "SELECT backend, label, ours, its, max(max(ours / its, its / ours)) FROM ("
      .. measured("label, median(decode_tps) AS ours, median(server_decode_tps) AS its", [[AND outcome = 'ok'
      AND output_tokens >= 16 AND decode_tps > 0 AND server_decode_tps > 0 GROUP BY backend, call, label]])
      .. ") GROUP BY backend",
    accept = function(row)
      return math.abs(row.ours / row.its - 1) > CLOCKS_SHARE
    end,
    say = function(row)
      return ("%s%s decodes %s tok/s by its own clock, %s by ours: more than %d %% apart. What is between the two (a "
        .. "proxy, a slow reader, tokens that are not sent) is part of our number."):format(row.backend,
        row.label and (" (%s)"):format(row.label) or "", number.short(row.its), number.short(row.ours),
        CLOCKS_SHARE * 100)
    end },

  { code = "estimated_tokens",
    share = "token_source = 'events'",
    among = "outcome = 'ok' AND call IN ('chat', 'complete')",
    say = function(row)
      return ("%s came without a count of tokens: events were counted instead, an estimate, since an event may hold "
        .. "several tokens or none. Rates in tokens are as good as that."):format(
        share(row, "answers of " .. row.backend))
    end },

  { code = "tokenizer",
    share = "token_source = 'tokenizer'",
    among = "outcome = 'ok' AND call IN ('chat', 'complete')",
    say = function(row)
      return ("%s came without a count of tokens: the server's tokenizer counted the text again, an estimate, since "
        .. "text does not say how it was cut into tokens."):format(share(row, "answers of " .. row.backend))
    end },

  { code = "no_usage",
    -- a file of another tool may leave out what its server told
    share = "output_tokens IS NULL",
    among = "outcome = 'ok' AND call IN ('chat', 'complete') AND NOT (SELECT imported FROM run WHERE id = ?1)",
    say = function(row)
      return ("%s came without a count of tokens: they have no rate in tokens and are missing from its statistics.")
        :format(share(row, "answers of " .. row.backend))
    end },

  { code = "client_saturated",
    sql = HEALTH,
    accept = function(row, facts, query)
      row.reasons = saturation(row, facts, query)
      return #row.reasons > 0
    end,
    say = function(row, facts)
      return ("The client was saturated: %s. Arrival times by the kernel stay right; sends may be late. %s"):format(
        table.concat(row.reasons, ", "), relief(facts))
    end },

  { code = "priority_lost",
    sql = "SELECT 1 AS n FROM loop_health WHERE run = ?1 AND priority = 'lost'",
    say = function()
      return "The client computed for half a second without a wait and lost the real-time priority that --priority "
        .. "had given to it: sends after that were on time only as far as a core was free."
    end },

  { code = "dropped",
    sql = [[SELECT p.label, sum(r.outcome = 'dropped') AS n, count(*) AS total,
      group_concat(DISTINCT CASE WHEN r.outcome = 'dropped' THEN r.error_message END) AS words
      FROM phases AS p JOIN request AS r ON r.run = p.run AND r.phase = p.phase
      WHERE p.run = ?1 AND p.dropped IS NOT 0 AND r.phase_kind = 'measure'
      GROUP BY p.phase HAVING sum(r.outcome = 'dropped') > 0]],
    say = function(row)
      return ("%s of %s never began (%s): they have no latency and would have had the longest. goodput and errors "
        .. "count them."):format(share(row, "arrivals"), row.label, row.words)
    end },

  { code = "late",
    share = "flags LIKE '%late%'",
    say = function(row)
      return ("%s began later than planned by the client's own fault; the wait is part of their latency from the "
        .. "schedule."):format(share(row, "requests to " .. row.backend))
    end },

  { code = "plan_not_kept",
    when = "max(flags LIKE '%late%')",
    sql = [[SELECT count(*) AS n, group_concat(label, ', ') AS labels, min(asked_rate) AS asked_rate,
      min(achieved_rate) AS achieved_rate FROM (]] .. plans_not_kept .. ")",
    accept = function(row)
      return row.n > 0
    end,
    say = function(row)
      local rates = row.n == 1 and (" (asked %s/s, achieved %s/s)"):format(number.short(row.asked_rate),
        number.short(row.achieved_rate)) or ""
      return ("The client could not keep the plan of %s: more than %d %% of the visits began %d ms late or more%s. "
        .. "Nothing said about the server here is certain. Ask for less, or share it where cores are free (--workers "
        .. "2)."):format(row.labels, 100 * LATE_SHARE, LATE_MS, rates)
    end },
}

for _, rule in ipairs(sanity) do
  rules.list[#rules.list + 1] = rule
end

-- The columns of the one reading: those of rules that ask for a share, and whether another rule is worth its question.
-- Several ask for a share among the same requests: they are counted once.
local function columns()
  local list, totals = {}, {}
  for index, rule in ipairs(rules.list) do
    local among = rule.among or "1"
    if rule.share then
      list[#list + 1] = ("count(*) FILTER (WHERE %s AND %s) AS n%d"):format(among, rule.share, index)
    elseif rule.when then
      list[#list + 1] = ("%s AS n%d"):format(rule.when, index)
    end
    if rule.share and not totals[among] then
      totals[among] = "total" .. index
      list[#list + 1] = ("count(*) FILTER (WHERE %s) AS total%d"):format(among, index)
    end
  end
  return table.concat(list, ", "), totals
end

-- Rows of one backend need no sorting into groups, which is a fifth of the time.
local function grouping(query, run)
  return #query("SELECT 1 FROM backend WHERE run = ?1", run) > 1 and "GROUP BY backend" or ""
end

-- What one reading of the rows says: index of a rule -> the backends that it holds of, as { backend, n, total }.
local function read(query, run)
  local found = {}
  for index in ipairs(rules.list) do
    found[index] = {}
  end
  local list, totals = columns()
  for _, row in ipairs(query(measured(list, grouping(query, run)), run)) do
    for index, holding in ipairs(found) do
      local n = row["n" .. index]
      if n and n > 0 then
        local total = totals[rules.list[index].among or "1"]
        holding[#holding + 1] = { backend = row.backend, n = n, total = total and row[total] }
      end
    end
  end
  return found
end

local function answers(rule, holding, query, run)
  if rule.share or rule.when and #holding == 0 then
    return holding
  elseif rule.may and #query(rule.may, run) == 0 then
    return {}
  end
  return query(rule.sql, run)
end

-- Applies the rules to the kept rows: a list of { code, backend (a name or nil), text }. facts: run (the
-- number), times (the value of an option of that name), bypass (caches were bypassed).
function rules.apply(query, facts)
  local found = {}
  local holding = read(query, facts.run)
  for index, rule in ipairs(rules.list) do
    for _, row in ipairs(answers(rule, holding[index], query, facts.run)) do
      if not rule.accept or rule.accept(row, facts, query) then
        found[#found + 1] = { code = rule.code, backend = row.backend, text = rule.say(row, facts) }
      end
    end
  end
  return found
end

return rules
