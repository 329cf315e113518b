-- Forget the parts of the run before.
DELETE FROM temp.part_request;
