-- The file beside this one under the name ?1 is let go.
DETACH DATABASE ?1;
