-- A pause that was promised, until the job has stopped: it must survive the daemon.
ALTER TABLE jobs ADD COLUMN pause_requested INTEGER NOT NULL DEFAULT 0;
