-- What each job has on the disk, counted to the token that submitted it. In a table of its own: the
-- rows of jobs may have hundreds of kilobytes each, and a sum is asked for with every submission.
CREATE TABLE job_sizes (
  job_id            INTEGER PRIMARY KEY REFERENCES jobs (id) ON DELETE CASCADE,
  token             TEXT    NOT NULL,  -- public id; empty: the daemon demanded none
  record_bytes      INTEGER NOT NULL,  -- of what this database holds of it, above all its events
  folder_bytes      INTEGER,           -- of its folder; NULL: to be measured at the next start
  vocabulary_sha256 TEXT    NOT NULL,  -- a file that jobs share; empty: none was submitted
  vocabulary_bytes  INTEGER NOT NULL
) STRICT;
CREATE INDEX job_sizes_by_token ON job_sizes (token);

INSERT INTO job_sizes
  SELECT id, submitted_by,
         length(CAST(hyperparameters AS BLOB)) + length(CAST(probe AS BLOB)) +
             length(CAST(note AS BLOB)) +
             coalesce((SELECT sum(length(payload)) FROM events WHERE job_id = jobs.id), 0),
         NULL, vocabulary_sha256, 0
  FROM jobs;

-- A request_id is one of its token: TOKEN/REQUEST_ID.
UPDATE jobs SET request_id = submitted_by || '/' || request_id WHERE request_id IS NOT NULL;
