-- What was asked; text is null with --no-text.
DROP VIEW IF EXISTS prompts;
CREATE VIEW prompts AS
SELECT
  digest AS prompt,
  CAST(text AS TEXT) AS text,
  CAST(chars AS INTEGER) AS chars
FROM prompt;
