-- The n-th request of the whole, by start.
UPDATE temp.part_request SET number = sorted.number
FROM (SELECT part, seq, row_number() OVER (ORDER BY at, part, seq) AS number
  FROM temp.part_request) AS sorted
WHERE sorted.part = part_request.part AND sorted.seq = part_request.seq;
