-- Run ?1 holds all that its ?2 workers kept.
UPDATE run SET workers = ?2 WHERE id = ?1;
