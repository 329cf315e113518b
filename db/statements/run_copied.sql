-- Run ?1 comes from another file: whoever made that does not say what lies beside its script here.
UPDATE run SET script_path = NULL WHERE id = ?1;
