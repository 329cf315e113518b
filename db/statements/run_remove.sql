-- Forget run ?1 and everything that hangs on it.
DELETE FROM run WHERE id = ?1;
