-- A request on its way in: ?1 seq ?2 at ?3 request (JSON) ?4 moments ?5 channels of its tokens (JSON arrays)
INSERT INTO temp.waiting_imported (seq, at, request, moments, channels) VALUES (?1, ?2, ?3, ?4, ?5);
