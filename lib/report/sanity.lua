-- Rules that ask whether the numbers can be true at all. Each is a rule as in report.rules, whose table takes
-- them in.
local json = require "core.json"
local number = require "report.number"
local stats = require "core.stats"

local MOST_BANDWIDTH = 8e12 -- bytes/s: the fastest memory that one accelerator had by 2026
local NETWORK_MS = 1 -- a connection on one machine takes less, and an answer may well be there sooner
local FIRST_FACTOR, FIRST_MS, FIRST_LEAST = 3, 20, 5
local SAME_LEAST, SAME_TOKENS = 3, 16 -- a short answer may well come twice
-- A token, and how many times as long the tokens of the same answer took to come at the least: no warm prompt, and no
-- slot that is free, makes them faster.
local REPLAY_MS, REPLAY_FACTOR = 1, 8
local DRIFT, DRIFT_P, DRIFT_LEAST = 0.05, 0.01, 8
local STALL_MS, STALL_TOKENS = 1000, 20 -- a gap so long, in which so many tokens would have come
-- From the last text to the end, as a share of what comes before: a rate that is so much too high. Servers that send
-- several tokens at once end one such gap behind their last text.
local UNSENT_SHARE, UNSENT_GAPS, UNSENT_MS, UNSENT_LEAST = 0.1, 3, 20, 16
local UNSENT = ([[token_events < output_tokens - 1 AND output_tokens >= %d AND token_source = 'usage'
  AND finish_ms - e2e_ms > max(%d, %g * (e2e_ms - ttft_ms), %d * icl_mean_ms)]]):format(UNSENT_LEAST, UNSENT_MS,
  UNSENT_SHARE, UNSENT_GAPS)

-- Tokens that were made before the first one that was sent, as the server counts them, or by what its total holds
-- beside its output; a share of all that makes a rate so much too high. Each of those that are sent has an event.
local HIDDEN_SHARE = 0.1
local HIDDEN = [[SELECT m.backend, m.output_tokens AS tokens, m.token_events AS seen,
    m.ttfc_ms = m.ttft_ms AS content_first,
    coalesce(nullif(m.reasoning_tokens, 0),
      m.output_tokens - CASE WHEN json_valid(r.usage) THEN json_extract(r.usage, '$.completion_tokens') END) AS hidden
  FROM request_metrics AS m JOIN request AS r ON r.id = m.request
  WHERE m.run = ?1 AND m.phase_kind = 'measure' AND m.outcome = 'ok' AND m.backend IS NOT NULL
    AND m.cold_start IS NOT 1 AND m.tpot_ms IS NOT NULL]]

-- With most of the time before the first of a few pieces, its tokens make a rate at least a seventh too high. Of tokens
-- that are never sent other rules speak.
local IN_PIECES = ([[in_pieces = 1 AND tpot_ms IS NOT NULL AND ttft_ms > e2e_ms - ttft_ms
  AND flags NOT LIKE '%%corrected%%' AND NOT (%s)]]):format(UNSENT)

-- Reasoning that a server leaves in the text: what it begins with, or ends with where the chat's template began it. To
-- read every answer takes long: the first ones of each backend say whether to.
local FIRST_ANSWERS = 3
local INLINE = "(instr(answer, '</think>') > 0"
for _, mark in ipairs { "<think", "<thought", "<reasoning", "<seed:think", "[THINK]", "<|channel", "<|START_THINKING|>",
  "◁think▷" } do
  INLINE = ("%s OR ltrim(substr(answer, 1, 64), ' ' || char(10, 13)) LIKE '%s%%'"):format(INLINE, mark)
end
INLINE = INLINE .. ")"

local function measured(columns, rest)
  return ([[SELECT backend, %s FROM request_metrics WHERE run = ?1 AND phase_kind = 'measure' AND outcome = 'ok'
    AND backend IS NOT NULL AND cold_start IS NOT 1 %s]]):format(columns, rest)
end

-- "fell 9 %", of the medians of the rounds in their order; nil where there is no trend worth a word.
local function trend(row)
  local values = json.decode(row.medians)
  local logs = {}
  for i, value in ipairs(values) do
    logs[i] = math.log(value)
  end
  local p, slope = stats.trend(logs)
  local change = math.exp(slope * (#logs - 1)) - 1
  return #logs >= DRIFT_LEAST and p < DRIFT_P and math.abs(change) > DRIFT and change or nil
end

return {
  { code = "too_fast",
    when = ([[max(decode_tps) * (SELECT max(parameters * coalesce(bits_per_weight, 4) / 8) FROM backend WHERE run = ?1)
      > %g]]):format(MOST_BANDWIDTH),
    sql = [[SELECT m.backend, median(m.decode_tps) AS rate, b.parameters * coalesce(b.bits_per_weight, 4) / 8 AS weights
      FROM request_metrics AS m JOIN backends AS b ON b.run = m.run AND b.backend = m.backend
      WHERE m.run = ?1 AND m.phase_kind = 'measure' AND m.outcome = 'ok' AND m.output_tokens >= 16
      GROUP BY m.backend HAVING weights > 0]],
    accept = function(row)
      return row.rate and row.rate * row.weights > MOST_BANDWIDTH
    end,
    say = function(row)
      return ("%s decodes %s tok/s of a model of %s GB: %s TB/s if each token reads all weights once, and no memory "
        .. "has that (bound %d). Several devices, a mixture of experts or speculative decoding explain it; else the "
        .. "count of tokens or the model is not what it seems."):format(row.backend, number.short(row.rate),
        number.short(row.weights / 1e9), number.short(row.rate * row.weights / 1e12), MOST_BANDWIDTH / 1e12)
    end },

  { code = "below_round_trip",
    when = "min(ttft_ms) < min(connect_ms) FILTER (WHERE outcome = 'ok' AND cold_start IS NOT 1)",
    -- without the handshake of TLS, and what an address cost that does not answer; on this machine there is no way
    sql = ([[SELECT m.backend, min(m.ttft_ms) AS ttft, min(min(r.t_connected - coalesce(r.t_attempt, r.t_start)),
        coalesce(b.round_trip_ns, 1e18)) / 1e6 AS trip
      FROM request_metrics AS m JOIN request AS r ON r.id = m.request
      JOIN backend AS b ON b.run = m.run AND b.name = m.backend
      WHERE m.run = ?1 AND m.phase_kind = 'measure' AND m.outcome = 'ok' AND m.cold_start IS NOT 1 AND b.here IS NOT 1
      GROUP BY m.backend HAVING ttft < trip AND trip > %g]]):format(NETWORK_MS),
    say = function(row)
      return ("A first token of %s came after %s ms, sooner than the %s ms that a connection takes: the answer came "
        .. "from something nearer than the server (a cache in a proxy?). Ask the server itself."):format(row.backend,
        number.short(row.ttft), number.short(row.trip))
    end },

  { code = "one_token",
    any = "output_tokens = 1",
    -- one event that nobody counted may hold all of a text
    sql = measured("sum(output_tokens = 1 AND (token_source <> 'events' OR coalesce(chars, 0) < 32)) AS n, "
      .. "count(*) AS total", "AND call IN ('chat', 'complete') GROUP BY backend HAVING n > 0"),
    say = function(row)
      return ("%d of %d answers of %s are one token long: they have no decoding, and their tokens per second are those "
        .. "of the wait. Ask for more tokens."):format(row.n, row.total, row.backend)
    end },

  { code = "fewer_than_events",
    any = "token_events - output_tokens > 1",
    sql = measured("count(*) AS n, max(token_events - output_tokens) AS most",
      "AND token_source = 'usage' AND token_events > output_tokens + 1 GROUP BY backend"),
    say = function(row)
      return ("%s of %s came in more events with text than the server counted tokens (%d more at most): it leaves "
        .. "something out (reasoning, tool calls?), and its time per token looks too long. on_token counts events.")
        :format(number.plural(row.n, "answer"), row.backend, row.most)
    end },

  { code = "hidden_reasoning",
    any = "ttfc_ms = ttft_ms AND tpot_ms IS NOT NULL AND (reasoning_tokens > 0 OR flags LIKE '%corrected%')",
    sql = ([[SELECT backend, count(*) FILTER (WHERE hides) AS n, count(*) AS total,
        median(hidden) FILTER (WHERE hides) AS hidden, median(tokens) FILTER (WHERE hides) AS tokens
      FROM (SELECT *, content_first AND hidden > %g * tokens AND seen <= tokens - hidden + 1 AS hides FROM (%s))
      GROUP BY backend HAVING n > 0]]):format(HIDDEN_SHARE, HIDDEN),
    say = function(row)
      return ("%d of %d answers of %s began with reasoning that the server counted and did not send: %s of %s tokens "
        .. "(medians) were made before the first one came, in the time of TTFT. Decode and TPOT count them and look "
        .. "faster than it was; tokens per second end to end are right."):format(row.n, row.total, row.backend,
        number.short(row.hidden), number.short(row.tokens))
    end },

  { code = "inline_reasoning",
    may = ([[SELECT 1 FROM backend AS b JOIN request AS r ON r.id IN (SELECT id FROM request WHERE run = ?1
        AND backend = b.number AND phase_kind = 'measure' AND outcome = 'ok' ORDER BY seq LIMIT %d)
      WHERE b.run = ?1 AND r.streamed = 1 AND %s LIMIT 1]]):format(FIRST_ANSWERS, INLINE),
    sql = measured(("count(*) FILTER (WHERE %s) AS n, count(*) AS total"):format(INLINE),
      "AND streamed = 1 AND answer IS NOT NULL GROUP BY backend HAVING n * 10 > total"),
    say = function(row)
      return ("%d of %d answers of %s have their reasoning in the text (<think> or its like): the server does not tell "
        .. "the two apart. TTFC is that of the reasoning, and characters count both. --reasoning-parser of vLLM and "
        .. "SGLang and --reasoning-format of llama-server part them."):format(row.n, row.total, row.backend)
    end },

  { code = "in_pieces",
    share = IN_PIECES,
    among = "outcome = 'ok'",
    accept = function(row)
      return row.n * 10 > row.total
    end,
    say = function(row)
      return ("%d of %d answers of %s came in a few large pieces: the tokens of the first one were made in the time of "
        .. "TTFT. Decode and TPOT count them in the time behind it and look faster than it was; tokens per second end "
        .. "to end are right. A server may send calls of tools whole, or a gateway an answer."):format(row.n, row.total,
        row.backend)
    end },

  { code = "unsent_end",
    any = UNSENT,
    sql = measured(([[count(*) FILTER (WHERE %s) AS n, count(*) AS total,
      median(finish_ms - e2e_ms) FILTER (WHERE %s) AS silence, median(e2e_ms - ttft_ms) FILTER (WHERE %s) AS sending]])
      :format(UNSENT, UNSENT, UNSENT), "AND streamed = 1 GROUP BY backend HAVING n * 10 > total"),
    say = function(row)
      return ("%d of %d answers of %s ended long after their last text: all came within %s, and %s later (medians) "
        .. "the server counted tokens that it had not sent (halves of characters, blanks, an unfinished tool call). "
        .. "Decode and TPOT look faster than it was, and end to end is shorter."):format(row.n, row.total, row.backend,
        number.duration(row.sending / 1000), number.duration(row.silence / 1000))
    end },

  { code = "longer_than_asked",
    when = [[max(output_tokens) > (SELECT min(json_extract(sampling, '$.max_tokens')) FROM backend WHERE run = ?1)]],
    sql = [[SELECT m.backend, count(*) AS n, max(m.output_tokens) AS most,
        json_extract(b.sampling, '$.max_tokens') AS asked
      FROM request_metrics AS m JOIN backend AS b ON b.run = m.run AND b.name = m.backend
      WHERE m.run = ?1 AND m.phase_kind = 'measure' AND m.outcome = 'ok' AND m.token_source = 'usage'
        AND m.output_tokens > json_extract(b.sampling, '$.max_tokens') GROUP BY m.backend]],
    say = function(row)
      return ("%s of %s %s longer than the %d tokens that were asked for (%d at most): the server counts something "
        .. "else (the prompt, reasoning, several answers), or ignores max_tokens."):format(
        number.plural(row.n, "answer"), row.backend, row.n == 1 and "is" or "are", row.asked, row.most)
    end },

  { code = "identical",
    when = ("count(*) >= %d"):format(SAME_LEAST),
    may = [[SELECT 1 FROM backend WHERE run = ?1 AND json_extract(sampling, '$.temperature') > 0
      AND json_extract(sampling, '$.seed') IS NULL]],
    sql = ([[SELECT backend, max(n) AS n, temperature FROM (
      SELECT b.name AS backend, count(*) AS n, json_extract(b.sampling, '$.temperature') AS temperature
      FROM request AS r JOIN backend AS b ON b.run = r.run AND b.number = r.backend
      WHERE r.run = ?1 AND r.phase_kind = 'measure' AND r.outcome = 'ok' AND r.answer_hash IS NOT NULL
        AND json_extract(b.sampling, '$.temperature') > 0 AND json_extract(b.sampling, '$.seed') IS NULL
      GROUP BY b.name, r.prompt HAVING count(*) >= %d AND count(DISTINCT r.answer_hash) = 1
        AND min(r.output_tokens) >= %d) GROUP BY backend]]):format(SAME_LEAST, SAME_TOKENS),
    say = function(row)
      return ("%s gave one and the same answer %d times to one prompt at temperature %s: something keeps answers (a "
        .. "cache in a proxy?), or the temperature is ignored. Vary the prompt, or ask the server itself."):format(
        row.backend, row.n, number.short(row.temperature))
    end },

  -- A warm prompt saves its prefill, not the decoding: who decodes once does so each time.
  { code = "replayed",
    any = ("streamed = 1 AND output_tokens >= %d AND coalesce(tpot_ms, 0) < %d"):format(SAME_TOKENS, REPLAY_MS),
    may = "SELECT 1 FROM request WHERE run = ?1 LIMIT 1 OFFSET 1", -- of one alone there is no other time
    sql = ([[WITH whole AS (SELECT backend, phase_kind, e2e_ms, tpot_ms,
        min(tpot_ms * (output_tokens - 1)) FILTER (WHERE tpot_ms >= %d) OVER same AS decoding FROM request_metrics
        WHERE run = ?1 AND outcome = 'ok' AND streamed = 1 AND output_tokens >= %d AND prompt IS NOT NULL
        WINDOW same AS (PARTITION BY backend, call, label, prompt, output_tokens))
      SELECT backend, count(*) AS n, max(e2e_ms) AS e2e, min(decoding) AS decoding FROM whole
      WHERE phase_kind = 'measure' AND coalesce(tpot_ms, 0) < %d AND decoding > %d * e2e_ms
        GROUP BY backend]]):format(REPLAY_MS, SAME_TOKENS, REPLAY_MS, REPLAY_FACTOR),
    say = function(row)
      return ("%s gave %s within %s whose tokens took %s to come another time: something keeps whole answers "
        .. "(a response cache in a gateway?). That measures no engine. Vary the prompt, as cache = \"bypass\" does, or "
        .. "ask the server itself."):format(row.backend, number.plural(row.n, "answer"),
        number.duration(row.e2e / 1000), number.duration(row.decoding / 1000))
    end },

  { code = "first_slow",
    when = ("count(*) >= %d AND max(ttft_ms) > %g * min(ttft_ms)"):format(FIRST_LEAST, FIRST_FACTOR),
    -- the median of several groups is no less than the least of theirs
    may = ([[SELECT 1 FROM (SELECT
        (SELECT r.id FROM request AS r WHERE r.run = ?1 AND r.backend = b.number AND r.phase_kind = 'measure'
          AND r.outcome = 'ok' AND r.cold_start IS NOT 1 ORDER BY r.seq LIMIT 1) AS request,
        coalesce((SELECT min(s.p50) FROM summary AS s JOIN run ON run.id = s.run AND run.imported = 0
          WHERE s.run = ?1 AND s.backend = b.number AND s.metric = 'ttft'), 0) AS least
        FROM backend AS b WHERE b.run = ?1) AS known
      JOIN request_metrics AS first ON first.request = known.request
      WHERE first.ttft_ms > %g * least AND first.ttft_ms > least + %g]]):format(FIRST_FACTOR, FIRST_MS),
    sql = ([[SELECT first.backend, first.ttft_ms AS ttft, rest.ttft AS median, first.evaluated_tokens AS computed,
        rest.computed AS usual, first.server_prefill_ms AS prefill FROM (%s) AS rest
      JOIN request_metrics AS first ON first.run = ?1 AND first.backend = rest.backend AND first.seq = rest.first
      WHERE rest.first = rest.first_of_all AND rest.n >= %d AND first.ttft_ms > %g * rest.ttft
        AND first.ttft_ms > rest.ttft + %g AND first.cold_start IS NULL]]):format(
      measured([[min(seq) AS first, min(min(seq)) OVER (PARTITION BY backend) AS first_of_all,
        median(ttft_ms) AS ttft, median(evaluated_tokens) AS computed, count(*) AS n]],
        "GROUP BY backend, call, label"), FIRST_LEAST, FIRST_FACTOR, FIRST_MS),
    say = function(row)
      if row.prefill and row.prefill > row.ttft / 2 and (row.computed or 0) > (row.usual or math.huge) then
        return ("The first request to %s took %s ms until its first token, the others %s: it had %d tokens of its "
          .. "prompt to compute and they %.0f, the rest came out of a cache. A warm-up takes it before the measuring.")
          :format(row.backend, number.short(row.ttft), number.short(row.median), row.computed, row.usual)
      end
      return ("The first request to %s took %s ms until its first token, the others %s: it looks like a cold start "
        .. "that the server does not tell. A warm-up takes it before the measuring."):format(row.backend,
        number.short(row.ttft), number.short(row.median))
    end },

  { code = "stalled",
    any = ("icl_max_ms > %d"):format(STALL_MS),
    -- what stood behind a lost packet is the network's, and what stood while bench was stopped is ours
    sql = ([[SELECT backend, count(*) FILTER (WHERE stands) AS n, count(*) AS total,
        max(icl_max_ms) FILTER (WHERE stands) AS most
      FROM (SELECT *, icl_max_ms > %d AND packet_loss IS NOT 1 AND icl_max_ms * (output_tokens - 2)
          > %d * (tpot_ms * (output_tokens - 1) - icl_max_ms) AND request NOT IN (SELECT request FROM warnings
            WHERE run = ?1 AND code = 'stopped' AND request IS NOT NULL) AS stands FROM request_metrics
        WHERE run = ?1 AND phase_kind = 'measure' AND outcome = 'ok' AND icl_max_ms IS NOT NULL)
      GROUP BY backend HAVING n > 0]]):format(STALL_MS, STALL_TOKENS),
    say = function(row)
      return ("%d of %d answers of %s stood still in mid-stream, the longest for %s: something stopped the server (its "
        .. "machine, other prompts, too little memory for all). No median shows that; bench sql --query stalls does.")
        :format(row.n, row.total, row.backend, number.duration(row.most / 1000))
    end },

  { code = "drift",
    any = ("round >= %d"):format(DRIFT_LEAST),
    sql = ([[SELECT backend, json_group_array(tpot) AS medians FROM (%s) GROUP BY backend
      HAVING count(*) >= %d]]):format(measured("median(tpot_ms) AS tpot",
      "AND round > 0 AND tpot_ms > 0 GROUP BY backend, round ORDER BY backend, round"), DRIFT_LEAST),
    accept = trend,
    say = function(row)
      local change = trend(row)
      return ("The time per token of %s %s %.0f %% over the rounds (bound %.0f %%): the machine changed meanwhile "
        .. "(heat, another process). Its middle is no machine's speed; cool_down in bench.rounds lets it settle.")
        :format(row.backend, change > 0 and "rose" or "fell", 100 * math.abs(change), 100 * DRIFT)
    end },
}
