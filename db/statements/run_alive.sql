-- Run ?1 was alive ?2 ns after its start.
UPDATE run SET alive_ns = max(alive_ns, ?2) WHERE id = ?1;
