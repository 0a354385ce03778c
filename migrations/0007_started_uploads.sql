-- What is being uploaded, and what is left of uploads that broke off: counted to whoever began it
-- until it is stored or removed.
CREATE TABLE started_uploads (
  file       TEXT    NOT NULL PRIMARY KEY,  -- its name in the folder uploads/
  token      TEXT    NOT NULL,              -- public id
  size_bytes INTEGER NOT NULL,              -- as announced
  started_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX started_uploads_by_token ON started_uploads (token);
