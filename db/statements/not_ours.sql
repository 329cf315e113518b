-- What stands in this file where bench has a table of its own, and each trigger on one of those.
SELECT type, name
FROM sqlite_master
WHERE lower(tbl_name) IN ('machine', 'calibration', 'noise_floor', 'run', 'note', 'backend', 'prompt', 'phase',
    'request', 'timeline', 'own_metric', 'metric', 'check', 'promise', 'warning', 'sample', 'loop_health', 'summary')
  AND (type = 'trigger' OR type = 'view' OR (type = 'table' AND sql NOT LIKE '%) STRICT'));
