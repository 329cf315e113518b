-- Which runs were cut off before they took in what their workers measured?
SELECT id, uuid FROM run WHERE workers IS NULL AND status <> 'running' ORDER BY id;
