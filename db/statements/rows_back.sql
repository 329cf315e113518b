-- The rows of run ?1 that a file named ?2 holds are put back.
DELETE FROM warning WHERE run = ?1 AND code = 'rows_missing' AND instr(text, ?2) > 0;
