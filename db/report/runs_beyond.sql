-- Which runs have a number above ?1, as those of a file have that is seen beside the database?
SELECT run FROM runs WHERE run > ?1;
