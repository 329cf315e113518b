-- What was answered to the ?2-th request of run ?1?
SELECT answer FROM request WHERE run = ?1 AND seq = ?2;
