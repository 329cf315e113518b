-- In what state is run ?1?
SELECT status, pid, pid_start, boot FROM run WHERE id = ?1;
