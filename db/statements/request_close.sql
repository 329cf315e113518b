-- What is in flight when run ?1 ends was cut short.
UPDATE request SET outcome = 'incomplete' WHERE run = ?1 AND outcome = 'running';
