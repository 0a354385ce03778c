-- A job over several devices, and what each of its steps ran on.
ALTER TABLE jobs ADD COLUMN requested_devices INTEGER NOT NULL DEFAULT 1;  -- `devices`

ALTER TABLE step_metrics ADD COLUMN ranks INTEGER NOT NULL DEFAULT 1;
ALTER TABLE step_metrics ADD COLUMN slowest_tokens_per_second REAL;  -- of its ranks; NULL: it has one
