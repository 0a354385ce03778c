-- The code of a job's reason and the values in it, as JSON: {"code": ..., "args": {...}}. Empty: the
-- reason has none, or was recorded before there were codes.
ALTER TABLE jobs ADD COLUMN reason_code TEXT NOT NULL DEFAULT '';
