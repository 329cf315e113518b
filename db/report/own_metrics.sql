-- Which metrics of its own has the script of run ?1 declared, and in which unit?
SELECT name, unit FROM own_metric WHERE run = ?1;
