-- Which run is it that has uuid ?1 and is part ?2 of it (0: the whole)?
SELECT id, status, workers, scenario FROM main.run WHERE uuid = ?1 AND shard = ?2;
