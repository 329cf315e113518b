-- How many tables does this file have?
SELECT count(*) FROM sqlite_master WHERE type = 'table';
