-- Which run of the file attached as "other" is a part of run ?1?
SELECT CAST(id AS TEXT) FROM other.run
WHERE uuid = (SELECT uuid FROM main.run WHERE id = ?1) AND shard > 0;
