-- How often a job's device was lost under it since it last got further than device_lost_step.
ALTER TABLE jobs ADD COLUMN device_losses INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN device_lost_step INTEGER NOT NULL DEFAULT -1;

-- Which electrad brought the database to which schema. What was applied before has no row.
CREATE TABLE migrations (
  version    INTEGER PRIMARY KEY,
  name       TEXT    NOT NULL,  -- of the migration's file
  electrad   TEXT    NOT NULL,  -- version of the daemon that applied it
  applied_at INTEGER NOT NULL   -- microseconds since 1970
) STRICT;
