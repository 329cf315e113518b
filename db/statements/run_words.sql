-- What made run ?1: ?2 its script ?3 its command line.
UPDATE run SET script = ?2, command_line = ?3 WHERE id = ?1;
