-- Forget those of the file before.
DELETE FROM temp.waiting_imported;
