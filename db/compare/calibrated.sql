-- Was machine ?1 calibrated?
SELECT 1 FROM calibration WHERE machine = ?1 LIMIT 1;
