-- What was kept of run ?1 before a secret in it was known, without that (redacted() is the recorder's).
UPDATE run SET script = redacted(script), command_line = redacted(command_line), options = redacted(options),
  label = redacted(label), summary = redacted(summary), expect = redacted(expect)
WHERE id = ?1;
