-- What people say of a run.
ALTER TABLE jobs ADD COLUMN note TEXT NOT NULL DEFAULT '';

CREATE TABLE job_tags (
  job_id INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
  key    TEXT    NOT NULL,
  value  TEXT    NOT NULL,
  PRIMARY KEY (job_id, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX job_tags_by_value ON job_tags (key, value, job_id);
