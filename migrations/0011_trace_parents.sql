-- W3C's `traceparent` of the call that submitted the job; empty: it had none.
ALTER TABLE jobs ADD COLUMN trace_parent TEXT NOT NULL DEFAULT '';

-- Of jobs that are there it stands in their first event, as the last field of the message: its tag
-- (8A 04), its length of 55 (37) and its text.
UPDATE jobs SET trace_parent = coalesce(
  (SELECT CAST(substr(payload, -55) AS TEXT) FROM events
   WHERE job_id = jobs.id AND sequence = 1 AND kind = 'state_change'
     AND substr(payload, -58, 3) = X'8A0437'), '');
