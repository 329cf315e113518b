-- Which runs has the file that is attached as "other"?
SELECT id, uuid, shard, scenario, status FROM other.run ORDER BY id;
