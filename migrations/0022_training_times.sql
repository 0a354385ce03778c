-- When jobs had their devices, counted to the tokens that submitted them: the queue's fair share.
-- Not tied to jobs: a deleted job has trained all the same. Rows that ended a day ago are removed.
CREATE TABLE training_times (
  job_id   INTEGER NOT NULL,
  token    TEXT    NOT NULL,  -- public id; empty: the daemon demanded none
  devices  INTEGER NOT NULL,
  began_at INTEGER NOT NULL,
  ended_at INTEGER            -- NULL: it still trains
) STRICT;
CREATE INDEX training_times_by_end ON training_times (ended_at);

-- Covers the queue's order.
DROP INDEX jobs_by_queue;
CREATE INDEX jobs_by_queue ON jobs (state, priority DESC, id, submitted_by);
