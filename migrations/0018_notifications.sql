-- The webhook that is told of a job's end, failure or pause; empty: none of its own.
ALTER TABLE jobs ADD COLUMN notify_url TEXT NOT NULL DEFAULT '';

-- What is still to be posted: a row is written with the change that it tells of.
CREATE TABLE notifications (
  id          INTEGER PRIMARY KEY,
  job_id      INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
  url         TEXT    NOT NULL,            -- empty: the daemon's own
  sequence    INTEGER NOT NULL,            -- of the job's event
  state       TEXT    NOT NULL,
  reason      TEXT    NOT NULL,
  reason_code TEXT    NOT NULL,            -- as in jobs
  step        INTEGER NOT NULL,
  created_at  INTEGER NOT NULL,
  attempts    INTEGER NOT NULL DEFAULT 0,  -- that were begun
  due_at      INTEGER NOT NULL
) STRICT;
CREATE INDEX notifications_by_job ON notifications (job_id);
CREATE INDEX notifications_by_time ON notifications (due_at);
