-- Rules that ask what the numbers rest on: how many there are, and who counted their tokens. Each is a rule as in
-- report.rules, whose table takes them in.
local number = require "report.number"
local rule = require "report.rule"
local support = require "report.support"

return {
  { code = "few",
    any = "call IN ('chat', 'complete') AND outcome = 'ok'",
    sql = [[SELECT count(*) AS n, max(round) - min(round) + 1 AS rounds,
      (SELECT max(p.label) FILTER (WHERE p.number = r.phase) FROM phase AS p WHERE p.run = ?1 HAVING count(*) > 1)
        AS load, CASE WHEN min(coalesce(label, '')) OVER () < max(label) OVER () THEN label END AS label
        FROM request AS r WHERE run = ?1 AND phase_kind = 'measure' AND outcome = 'ok'
        AND call IN ('chat', 'complete') GROUP BY backend, call, label, phase ORDER BY n LIMIT 1]],
    accept = function(row)
      return row.n < support.least.p90
    end,
    say = function(row, facts)
      local rounds = row.rounds or 0
      return ("%s%s%s%s decide%s only large differences; no p95 from %s. Try %s."):format(
        number.plural(row.n, rounds >= row.n and "round" or "request"), row.load and " of load " .. row.load or "",
        row.label and " labelled " .. row.label or "",
        rounds > 1 and rounds < row.n and " in " .. number.plural(rounds, "round") or "",
        row.n == 1 and "s" or "", number.plural(row.n, "value"),
        math.type(facts.times) and facts.times < 30 and "--times 30" or "30 or more")
    end },

  { code = "estimated_tokens",
    share = "token_source = 'events'",
    among = "call IN ('chat', 'complete') AND outcome = 'ok'",
    say = function(row)
      return ("%s came without a count of tokens: events were counted instead, an estimate, since an event may hold "
        .. "several tokens or none. Rates in tokens are as good as that."):format(
        rule.share(row, "answers of " .. row.backend))
    end },

  { code = "tokenizer",
    share = "token_source = 'tokenizer'",
    among = "call IN ('chat', 'complete') AND outcome = 'ok'",
    say = function(row)
      return ("%s came without a count of tokens: the server's tokenizer counted the text again, an estimate, since "
        .. "text does not say how it was cut into tokens."):format(rule.share(row, "answers of " .. row.backend))
    end },

  { code = "counted_apart",
    when = "(SELECT count(*) FROM backend WHERE run = ?1) > 1",
    sql = rule.COUNTED .. [[SELECT group_concat(backend || ' by ' || source, ', ') AS words FROM counted
      HAVING count(DISTINCT source) > 1]],
    say = function(row)
      return ("Different sources counted the tokens (%s): output and rates in tokens do not compare. Compare "
        .. "characters per second."):format(row.words)
    end },

  { code = "no_usage",
    -- a file of another tool may leave out what its server told
    share = "output_tokens IS NULL AND NOT (SELECT imported FROM run WHERE id = ?1)",
    among = "call IN ('chat', 'complete') AND outcome = 'ok'",
    say = function(row)
      return ("%s came without a count of tokens: they have no rate in tokens and are missing from its statistics.")
        :format(rule.share(row, "answers of " .. row.backend))
    end },
}
