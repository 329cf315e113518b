-- Which run of the file attached as "other" is a part?
SELECT CAST(id AS TEXT) FROM other.run WHERE shard > 0;
