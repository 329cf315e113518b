-- Rules that ask what was asked, and what came of it. Each is a rule as in report.rules, whose table takes them in.
local number = require "report.number"
local rule = require "report.rule"
local text = require "report.text"

-- Bounds, printed with the warning that they decide.
local QUEUED_MS, QUEUED_SHARE = 100, 0.2 -- a busy machine is late by less

-- The latest runs of the day before, of a server that this one asks; one that a run starts knows nothing of another.
local EARLIER = [[SELECT DISTINCT o.run FROM backend AS b JOIN backend AS o ON o.address = b.address AND o.run < b.run
    JOIN run AS now ON now.id = b.run JOIN run AS past ON past.id = o.run
  WHERE b.run = ?1 AND substr(b.address, 1, 3) <> 'sim' AND past.imported = 0
    AND past.started_at_ns > now.started_at_ns - 86400000000000
  ORDER BY o.run DESC LIMIT 10]]

local MOST_WORDS = 200 -- columns of what a server said, in a warning

local remedies = {
  { "^http_4.*max_completion_tokens", "It wants that in place of max_tokens: extra = { max_tokens = json.null, "
    .. "max_completion_tokens = 256 } in the ask." },
  { "^http_4.*stream_options", "extra = { stream_options = json.null } in the ask leaves it out." },
  { "^http_401.*%(it wants a name and a password%)$", "They stand in the address: http://NAME:PASSWORD@HOST." },
  { "^http_401: unauthorized$", "So an Ollama says of a cloud model that nobody is signed in: ollama signin, where it "
    .. "runs. Else a key is missing: OPENAI_API_KEY, with OPENAI_BASE_URL." },
  { "^http_40[13]", "OPENAI_API_KEY, and a gateway's BENCH_HEADERS, go to the host of OPENAI_BASE_URL alone: set "
    .. "both." },
  { "^http_40[45]", "That path, or that model, is not there (bench help addresses)." },
  { "^http_407", "A proxy wants a name and a password: proxy = \"http://NAME:PASSWORD@HOST:PORT\"." },
  { "^http_413", "What takes the request allows no body of that size (nginx: client_max_body_size)." },
  { "^http_429", "It limits how often it is asked: ask fewer at a time, or give retries, which wait as it says." },
  { "^http_502", "So a gateway says that it does not reach its server." },
  { "^connect_timeout", "Nothing answered the handshake: a firewall drops it, or the server takes connections too "
    .. "slowly (its listen backlog, net.core.somaxconn)." },
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

-- What to try where prompts were warm, unless that was done.
local function or_cold(facts)
  return facts.bypass and "" or " cache = \"bypass\" measures a cold one."
end

return {
  { code = "simulated",
    sql = [[SELECT 1 AS n FROM run WHERE id = ?1 AND (simulated = 1
      OR EXISTS (SELECT 1 FROM backend WHERE run = ?1 AND simulated = 1))]],
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
        max(r.server_load_ns) / 1e6 AS load_ms,
        EXISTS (SELECT 1 FROM request WHERE run = b.run AND backend = b.number AND phase_kind = 'warm-up') AS warmed
      FROM request AS r JOIN backend AS b ON b.run = r.run AND b.number = r.backend
      WHERE r.run = ?1 AND r.cold_start = 1 GROUP BY b.name]],
    say = function(row)
      local load = row.load_ms and (" (%s)"):format(number.duration(row.load_ms / 1000)) or ""
      if row.measured == 0 then
        return ("The first request to %s loaded the model%s. It was the warm-up and is not counted."):format(
          row.backend, load)
      end
      local advice = "A warm-up round takes it before the measuring."
      if row.warmed == 1 then
        advice = "After the warm-up the server had put it out again, for another model or for its age: give it room "
          .. "for both, keep it (Ollama: OLLAMA_MAX_LOADED_MODELS, OLLAMA_KEEP_ALIVE; llama-server: --models-max, "
          .. "--sleep-idle-seconds), or measure one model at a time."
      end
      return ("%s to %s loaded the model first%s: kept apart from the statistics. %s"):format(
        number.plural(row.measured, "measured request"), row.backend, load, advice)
    end },

  { code = "not_ok",
    any = "outcome <> 'ok' AND outcome <> 'cancelled' AND outcome <> 'incomplete'", -- NOT IN looks up a table
    sql = [[SELECT backend, sum(times) AS total, sum(times) FILTER (WHERE outcome <> 'ok') AS n,
        max(times) FILTER (WHERE place = 1) AS alike, max(words) FILTER (WHERE place = 1) AS words
      FROM (SELECT backend, outcome, count(*) AS times,
          coalesce(error_kind, outcome) || coalesce(': ' || error_message, '') AS words,
          row_number() OVER (PARTITION BY backend
            ORDER BY outcome = 'ok', count(*) DESC, error_kind = 'transport', min(seq)) AS place
        FROM request_metrics WHERE run = ?1 AND phase_kind = 'measure' AND backend IS NOT NULL
          AND outcome NOT IN ('cancelled', 'incomplete') GROUP BY backend, outcome, error_kind, error_message)
      GROUP BY backend HAVING n > 0]],
    say = function(row, facts)
      local often = row.alike == row.n and "" or 2 * row.alike > row.n and "most often " or "such as "
      local words = row.words and (" (%s%s)"):format(often, text.cut(text.line(row.words), MOST_WORDS)) or ""
      return ("%s did not end ok%s.%s%s bench show %d --requests names each."):format(
        rule.share(row, "requests to " .. row.backend), words, remedy(row.words or ""), row.n < row.total
          and " Latencies are those of the rest, and what failed may have been the slow part." or "", facts.run)
    end },

  { code = "asked_again",
    any = "attempts > 1",
    sql = rule.measured("sum(attempts > 1) AS n, count(*) AS total, sum(attempts) AS attempts",
      "GROUP BY backend HAVING n > 0"),
    say = function(row)
      return ("%s needed more than one attempt (%d in all): what was turned away and answered in the end is no error, "
        .. "and its latency has the waits between."):format(
        rule.share(row, "requests to " .. row.backend), row.attempts)
    end },

  -- Silent where those that end without a reason are broken off: the next rule speaks of them.
  { code = "empty",
    any = "outcome = 'empty'",
    -- what stands in a token's place is told beside the outcome
    sql = rule.measured("sum(outcome = 'empty' AND error_message IS NULL) AS n, count(*) AS total",
      [[AND outcome IN ('ok', 'empty') GROUP BY backend HAVING n > 0
        AND (count(finish_reason) = 0 OR sum(outcome = 'empty' AND finish_reason IS NOT NULL) > 0)]]),
    say = function(row)
      return ("%s came without a single token: the server ended them at once. Look at its template and at max_tokens.")
        :format(rule.share(row, "answers of " .. row.backend))
    end },

  { code = "broken_off",
    -- who counts an answer's tokens behind it has made it
    share = "finish_reason IS NULL AND token_source IS NOT 'usage'",
    among = "call IN ('chat', 'complete') AND outcome IN ('ok', 'empty')",
    accept = function(row)
      return row.n < row.total
    end,
    say = function(row)
      return ("%s ended without the finish reason that its others have: it seems to have broken them off without a "
        .. "word, and what had come counts as whole. llama-cpp-python does so when the next request comes: ask one at "
        .. "a time, or start it with --interrupt_requests false."):format(rule.share(row, "answers of " .. row.backend))
    end },

  { code = "unseen",
    -- a file of another tool may leave out the events
    share = "streamed AND token_events = 0 AND output_tokens > 0 AND NOT (SELECT imported FROM run WHERE id = ?1)",
    among = "call IN ('chat', 'complete') AND outcome = 'ok'",
    say = function(row)
      return ("%s came without text though the server counted tokens: it did not send what it made (hidden reasoning, "
        .. "an unfinished tool call, blanks before JSON, half a character, an end at once). They have no TTFT and "
        .. "no decode rate, and are missing from these statistics."):format(
        rule.share(row, "answers of " .. row.backend))
    end },

  { code = "cached",
    any = "cached_tokens > 0 OR flags LIKE '%cached%'",
    sql = [[SELECT b.name AS backend, sum(coalesce(cached_tokens, 0) > 0 OR flags LIKE '%cached%') AS n,
        count(*) AS total, CASE WHEN max(cached_tokens > prompt_tokens) = 0
          THEN sum(cached_tokens * 1.0) / nullif(sum(prompt_tokens * 1.0), 0) END AS part
      FROM request AS r JOIN backend AS b ON b.run = r.run AND b.number = r.backend
      WHERE r.run = ?1 AND phase_kind = 'measure' AND outcome = 'ok' AND cold_start IS NOT 1
      GROUP BY b.name HAVING n * 2 >= total AND coalesce(part, 1) >= 0.2]],
    say = function(row, facts)
      local words = row.part and ("%.0f %% of %s's prompt tokens came out of its cache (in %d of %d prompts)"):format(
        100 * row.part, row.backend, row.n, row.total)
        or ("%d of %d prompts were in %s's cache"):format(row.n, row.total, row.backend)
      return words .. ", so its TTFT is shorter than for new prompts." .. or_cold(facts)
    end },

  { code = "same_prompt",
    when = "count(*) FILTER (WHERE prompt IS NOT NULL AND cached_tokens IS NULL) > 1",
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

  -- The same prompts from one --seed or file, minutes ago: the last rule speaks of those that come twice in one run.
  { code = "asked_before",
    when = "count(*) FILTER (WHERE prompt IS NOT NULL AND cached_tokens IS NULL) > 1",
    may = EARLIER,
    sql = ([[WITH asked AS (SELECT prompt, max(run) AS run FROM request WHERE run IN (%s) GROUP BY prompt)
      SELECT b.name AS backend, count(asked.run) AS n, count(*) AS total, max(asked.run) AS run
      FROM request AS r JOIN backend AS b ON b.run = r.run AND b.number = r.backend
        LEFT JOIN asked ON asked.prompt = r.prompt
      WHERE r.run = ?1 AND r.phase_kind = 'measure' AND r.outcome = 'ok' AND r.prompt IS NOT NULL
        AND r.cached_tokens IS NULL AND r.call IN ('chat', 'complete') AND substr(b.address, 1, 3) <> 'sim'
        AND coalesce(json_extract(b.sampling, '$.cache'), '') <> 'bypass'
      GROUP BY b.name HAVING n * 2 >= total AND total > 1 AND count(DISTINCT r.prompt) = total]]):format(EARLIER),
    say = function(row)
      return ("%s were asked in run %d, too, and it does not say what came out of its cache: unless it was started "
        .. "anew since, its TTFT may be that of warm prompts. Without --seed, or with another, what is made or picked "
        .. "is new; cache = \"bypass\" measures cold ones."):format(
        rule.share(row, "prompts to " .. row.backend), row.run)
    end },

  { code = "queued",
    any = ("server_queue_ms > %d OR streamed AND headers_ms - send_ms > %d"):format(QUEUED_MS, QUEUED_MS),
    -- llama-server sends the head of a stream when a slot takes the request. What holds tokens back (HAProxy) holds it
    -- back, too: nobody waits for a turn while the server works by its own clock.
    sql = ([[WITH asked AS (SELECT m.backend, m.phase_kind, m.outcome, m.cold_start, m.ttft_ms, b.slots,
        CASE WHEN m.server_queue_ms IS NOT NULL THEN m.server_queue_ms
          WHEN b.kind = 'llamacpp' AND m.streamed THEN min(m.headers_ms - m.send_ms,
            coalesce(m.e2e_ms - m.server_prefill_ms - m.server_decode_ms, m.headers_ms - m.send_ms)) END AS waited,
        m.outcome IN ('cancelled', 'incomplete') OR m.start_ms < max(m.start_ms + m.end_ms) OVER (ORDER BY m.start_ms
          ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS crowds
        FROM request_metrics AS m JOIN backends AS b ON b.run = m.run AND b.backend = m.backend WHERE m.run = ?1)
      SELECT backend, slots, total, count(*) AS n, median(waited) AS median, (SELECT max(crowds) FROM asked) AS crowd
      FROM (SELECT *, count(*) OVER (PARTITION BY backend) AS total FROM asked
        WHERE phase_kind = 'measure' AND outcome = 'ok' AND cold_start IS NOT 1)
      WHERE waited > %d AND waited > ttft_ms / 2 GROUP BY backend HAVING n > %g * total]]):format(QUEUED_MS,
      QUEUED_SHARE),
    say = function(row)
      local slots = row.slots and (" It has %s."):format(number.plural(row.slots, "slot")) or ""
      return ("%s waited for their turn, most of their time to the first token (%s at the median).%s %s"):format(
        rule.share(row, "requests to " .. row.backend), number.duration(row.median / 1000), slots,
        row.crowd == 1 and "That measures the queue; fewer at a time, or more slots, measure the engine."
        or "This run asked one at a time: somebody else seems to use the server. Measure it when it is idle.")
    end },

  { code = "short",
    any = "flags LIKE '%short%'",
    sql = rule.measured([[sum(flags LIKE '%short%') AS n, count(*) AS total, min(output_tokens) AS least,
      max(output_tokens) AS most]], "AND outcome IN ('ok', 'failed') GROUP BY backend HAVING n > 0"),
    say = function(row)
      return ("%s ended before the length that was asked for (%s to %s tokens): tokens per second over different "
        .. "lengths do not compare. A server that ignores min_tokens or ignore_eos needs a lower max_tokens."):format(
        rule.share(row, "answers of " .. row.backend), row.least or number.none, row.most or number.none)
    end },

  { code = "lengths",
    when = "(SELECT count(*) FROM backend WHERE run = ?1) > 1",
    -- counts of two sources are no lengths: characters are
    sql = rule.COUNTED .. [[SELECT unit, group_concat(backend || ' ' || CAST(round(length) AS INTEGER), ', ') AS words,
      max(length) / min(length) AS ratio FROM (SELECT backend, iif(apart, 'characters', 'tokens') AS unit,
        iif(apart, chars, tokens) AS length
        FROM counted CROSS JOIN (SELECT count(DISTINCT source) > 1 AS apart FROM counted) ORDER BY first)
      HAVING ratio > 1.1]],
    say = function(row)
      return ("The answers differ in length (median %s: %s), so end to end times are of different work. Compare "
        .. "TTFT and decode, or hold the length with max_tokens."):format(row.unit, row.words)
    end },

  { code = "finish_mix",
    -- as OpenAI, Gemini, Anthropic, Zhipu and Bedrock call it; most end otherwise, and are not looked up
    share = "finish_reason <> 'stop' AND finish_reason <> 'length' AND lower(finish_reason) IN ('content_filter', "
      .. "'content_filtered', 'safety', 'recitation', 'blocklist', 'prohibited_content', 'spii', 'refusal', "
      .. "'sensitive', 'guardrail_intervened')",
    among = "outcome = 'ok'",
    say = function(row)
      return ("%s were cut by a content filter and count as ok though they are short: they lower every mean. Ask "
        .. "something harmless."):format(rule.share(row, "answers of " .. row.backend))
    end },
}
