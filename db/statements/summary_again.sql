-- Run ?1 gets rows after its end: what was counted of it no longer holds.
UPDATE run SET summarised = 0, requests = NULL, ok = NULL, failed = NULL WHERE id = ?1;
