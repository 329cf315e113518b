-- Which run has a uuid that begins with ?1? Two rows where several have.
SELECT run FROM runs WHERE substr(uuid, 1, length(?1)) = lower(?1) LIMIT 2;
