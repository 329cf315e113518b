-- Which runs are in the database itself, without those of files that are seen beside it?
SELECT id AS run FROM main.run;
