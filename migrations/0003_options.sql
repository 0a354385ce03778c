-- What a job's owner may ask of training.
ALTER TABLE jobs ADD COLUMN probe TEXT NOT NULL DEFAULT '';            -- sentences, one a line
ALTER TABLE jobs ADD COLUMN skipped_steps INTEGER NOT NULL DEFAULT 0;  -- loss or gradient not finite

-- Several samples of a step: `probe` is 0 for the one of the step's batch, else the number, from 1,
-- of the probe sentence.
CREATE TABLE samples_with_probe (
  job_id            INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
  step              INTEGER NOT NULL,
  probe             INTEGER NOT NULL,
  epoch             INTEGER NOT NULL,
  sequence          INTEGER NOT NULL,
  original_sentence TEXT    NOT NULL,
  fake_sentence     TEXT    NOT NULL,
  token_count       INTEGER NOT NULL,
  fake_count        INTEGER NOT NULL,
  caught_count      INTEGER NOT NULL,
  suspected_count   INTEGER NOT NULL,
  time              INTEGER NOT NULL,
  PRIMARY KEY (job_id, step, probe)
) STRICT, WITHOUT ROWID;
INSERT INTO samples_with_probe
  SELECT job_id, step, 0, epoch, sequence, original_sentence, fake_sentence, token_count, fake_count,
         caught_count, suspected_count, time
  FROM samples;
DROP TABLE samples;
ALTER TABLE samples_with_probe RENAME TO samples;
