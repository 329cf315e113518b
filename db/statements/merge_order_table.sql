-- Where the requests of the parts of a run (seq there, planned or begun at) stand in the whole.
CREATE TEMP TABLE IF NOT EXISTS part_request (
  part INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  at INTEGER NOT NULL,
  number INTEGER,
  PRIMARY KEY (part, seq)
) WITHOUT ROWID;
