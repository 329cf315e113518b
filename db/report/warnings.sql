-- What was warned of in run ?1?
SELECT backend, request, code, text FROM warnings WHERE run = ?1;
