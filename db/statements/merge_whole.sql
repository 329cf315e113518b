-- Run ?1, copied from a part, stands for the whole from now on.
UPDATE run SET shard = 0, workers = NULL, summarised = 0 WHERE id = ?1;
