-- Another file ?1 beside this one, as ?2.
ATTACH DATABASE ?1 AS ?2;
