-- What lies at these places of the sorted times of backend ?2 in run ?1, call ?3, label ?4, phase ?5?
-- ?6..?11: places (in %) of ttft, tpot and e2e around one percentile; ?12: that percentile.
SELECT
  percentile(ttft_ms, ?6) AS ttft_low, percentile(ttft_ms, ?7) AS ttft_high, percentile(ttft_ms, ?12) AS ttft,
  percentile(tpot_ms, ?8) AS tpot_low, percentile(tpot_ms, ?9) AS tpot_high, percentile(tpot_ms, ?12) AS tpot,
  percentile(e2e_ms, ?10) AS e2e_low, percentile(e2e_ms, ?11) AS e2e_high, percentile(e2e_ms, ?12) AS e2e
FROM request_metrics
WHERE run = ?1 AND backend = ?2 AND call = ?3 AND label IS ?4 AND phase IS ?5 AND phase_kind = 'measure'
  AND outcome = 'ok' AND cold_start IS NOT 1;
