-- Which numbers have the backends of run ?1?
SELECT name AS backend, number FROM backend WHERE run = ?1;
