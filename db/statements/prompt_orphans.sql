-- Forget the prompts that no run asks any more.
DELETE FROM prompt
WHERE NOT EXISTS (SELECT 1 FROM request WHERE request.prompt = prompt.digest);
