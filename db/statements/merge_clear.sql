-- What only parts fill of run ?1 is taken out again, as SQL: parts may be taken in a second time
SELECT group_concat(printf('DELETE FROM main."%w" WHERE run = %d', column1, ?1), ';')
  || printf(';DELETE FROM main.warning WHERE run = %d AND seq IS NOT NULL', ?1)
FROM (VALUES ('request'), ('metric'), ('check'), ('sample'), ('promise'), ('phase'), ('backend'), ('loop_health'));
