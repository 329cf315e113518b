-- Which views does this file have, and what do they say?
SELECT name, sql FROM sqlite_master WHERE type = 'view';
