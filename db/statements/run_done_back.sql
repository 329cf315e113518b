-- Run ?1 was done but for rows that it lacked, and these are put back.
UPDATE run SET status = 'done'
WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM warning WHERE run = ?1 AND code = 'rows_missing');
