-- All that is known of each request of run ?1. In the order of the table's index: the view's own seq would have to be
-- sorted, and with it all that is said of 500,000 requests before the first is shown.
SELECT m.*
FROM request AS r
CROSS JOIN request_metrics AS m ON m.request = r.id
WHERE r.run = ?1 AND m.run = ?1
ORDER BY r.seq;
