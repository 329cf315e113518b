-- All parts of run ?1 are there.
UPDATE phase SET kind = 'measure' WHERE run = ?1 AND kind = 'part';
