-- What the lists of rules (report.rules) ask and say alike.
local client_error = require "report.client_error"

local rule = {}

-- "2 of 5 answers of b"
function rule.share(row, what)
  return ("%d of %d %s"):format(row.n, row.total, what)
end

-- Arrivals that were turned away asked nobody: no backend.
function rule.measured(columns, rest)
  return ([[SELECT backend, %s FROM request_metrics WHERE run = ?1 AND phase_kind = 'measure' AND backend IS NOT NULL
    %s]]):format(columns, rest)
end

-- WITH counted: of each backend how long its answers were, and who counted most of their tokens.
rule.COUNTED = [[WITH counted AS (SELECT backend, median(output_tokens) AS tokens, median(chars) AS chars,
    CASE WHEN 2 * sum(token_source = 'usage') > count(*) THEN 'the server'
      WHEN 2 * sum(token_source = 'tokenizer') > count(*) THEN 'a tokenizer'
      WHEN 2 * sum(token_source = 'events') > count(*) THEN 'events' END AS source,
    min(seq) AS first
  FROM request_metrics WHERE run = ?1 AND phase_kind = 'measure' AND outcome = 'ok' AND output_tokens > 0
  GROUP BY backend ORDER BY first)]]

-- In an idle run of few turns p99 is the one in which the script was loaded.
local HEALTH = [[SELECT CASE WHEN turns >= 200 OR cpu_ns > wall_ns * 0.3 THEN p99_ns / 1e6 ELSE 0 END AS lag_ms,
  cpu_ns * 1.0 / nullif(wall_ns, 0) AS cpu,
  waiting_ns * 1.0 / nullif(wall_ns, 0) AS waiting FROM loop_health WHERE run = ?1 AND wall_ns > 1e9]]

-- In what respect the client of a run was saturated: a list of words.
function rule.saturation(query, run)
  local health = query(HEALTH, run)[1]
  return health and client_error.saturation(health, client_error.of(query, run)) or {}
end

return rule
