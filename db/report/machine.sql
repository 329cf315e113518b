-- What is known of the machine ?1?
SELECT cpu, cores, device FROM machines WHERE machine = ?1;
