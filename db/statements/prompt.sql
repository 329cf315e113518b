-- A prompt: ?2 digest ?3 text or NULL ?4 characters. A text that some run kept is not taken away.
INSERT INTO prompt (digest, text, chars) VALUES (?2, ?3, ?4)
ON CONFLICT (digest) DO UPDATE SET text = coalesce(text, excluded.text);
