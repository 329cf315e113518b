-- What is the text of prompt ?1, where it was kept?
SELECT text FROM prompts WHERE prompt = ?1;
