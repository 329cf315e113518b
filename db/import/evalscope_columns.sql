-- Which columns has the table `result` of the file attached as "other"? None where there is no such table.
SELECT name FROM pragma_table_info('result', 'other');
