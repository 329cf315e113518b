-- What is the text of prompt ?1, where it was kept?
SELECT text FROM prompt WHERE digest = ?1;
