-- Forget the prompts of run ?1, before it goes itself, that no other run asks. No index helps here: what
-- is asked for seldom would cost each request that is written, all over the file.
DELETE FROM prompt
WHERE digest IN (SELECT prompt FROM request WHERE run = ?1)
  AND digest NOT IN (SELECT prompt FROM request WHERE run <> ?1 AND prompt IS NOT NULL);
