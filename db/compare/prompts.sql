-- Which prompts did backend ?2 of run ?1 and backend ?4 of run ?3 both answer, and how many tokens did each
-- count? The first ?5 of them, in the order in which they were asked first.
WITH base AS (
  SELECT prompt, max(prompt_tokens) AS tokens, min(seq) AS first
  FROM request_metrics
  WHERE run = ?1 AND backend = ?2 AND phase_kind = 'measure' AND outcome = 'ok' AND prompt IS NOT NULL
  GROUP BY prompt ORDER BY first LIMIT ?5
),
other AS (
  SELECT prompt, max(prompt_tokens) AS tokens, min(seq) AS first
  FROM request_metrics
  WHERE run = ?3 AND backend = ?4 AND phase_kind = 'measure' AND outcome = 'ok' AND prompt IS NOT NULL
  GROUP BY prompt
)
SELECT base.prompt, base.tokens AS base, other.tokens AS new, base.first AS base_seq, other.first AS new_seq
FROM base JOIN other USING (prompt)
ORDER BY base.first;
