-- The summary of run ?1 is complete.
UPDATE run SET summarised = 1 WHERE id = ?1;
