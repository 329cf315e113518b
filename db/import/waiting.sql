-- Which requests of the file that is imported are on their way in?
SELECT seq, at, request, moments, channels FROM temp.waiting_imported ORDER BY seq;
