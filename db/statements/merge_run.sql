-- What the script of run ?1 declared, which of its words are secrets, and how long it went on, as its
-- part knows it: run ?2 of the file attached as "other". A run that ended well did so in all its parts.
UPDATE main.run SET
  script = coalesce(theirs.script, run.script),
  command_line = coalesce(theirs.command_line, run.command_line),
  summary = coalesce(run.summary, theirs.summary),
  expect = coalesce(run.expect, theirs.expect),
  options = coalesce(run.options, theirs.options),
  simulated = max(run.simulated, theirs.simulated),
  status = CASE WHEN run.status = 'done' THEN theirs.status ELSE run.status END,
  alive_ns = max(run.alive_ns, theirs.alive_ns)
FROM other.run AS theirs
WHERE run.id = ?1 AND theirs.id = ?2;
