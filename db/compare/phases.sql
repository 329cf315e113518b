-- Which phases had run ?1? Those that only warmed up, too: the loads of several rounds go by the name of the first.
SELECT phase, label, arrivals FROM phases WHERE run = ?1 ORDER BY phase;
