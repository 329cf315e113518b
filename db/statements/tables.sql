-- Which tables does this file have?
SELECT name FROM sqlite_master WHERE type = 'table';
