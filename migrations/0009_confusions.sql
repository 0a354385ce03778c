-- What a pair confused in its job's last evaluation and in its best, by frequency: at most some
-- thousand rows a job, whatever the corpus. [CLS] and [SEP] are not counted.
CREATE TABLE evaluation_confusions (
  job_id          INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
  step            INTEGER NOT NULL,
  sequence_count  INTEGER NOT NULL,
  token_count     INTEGER NOT NULL,
  masked_count    INTEGER NOT NULL,
  fake_count      INTEGER NOT NULL,
  caught_count    INTEGER NOT NULL,
  suspected_count INTEGER NOT NULL,  -- originals that were suspected
  is_approximate  INTEGER NOT NULL,  -- 1: tokens were so many that rare ones were forgotten
  PRIMARY KEY (job_id, step)
) STRICT, WITHOUT ROWID;

-- The originals that were faked or suspected most often.
CREATE TABLE evaluation_tokens (
  job_id          INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
  step            INTEGER NOT NULL,
  token           TEXT    NOT NULL,
  token_count     INTEGER NOT NULL,  -- times that it stands in the text
  masked_count    INTEGER NOT NULL,
  fake_count      INTEGER NOT NULL,
  missed_count    INTEGER NOT NULL,  -- fakes of it that were not suspected
  suspected_count INTEGER NOT NULL,
  PRIMARY KEY (job_id, step, token)
) STRICT, WITHOUT ROWID;

-- The fakes that were missed most often.
CREATE TABLE evaluation_fakes (
  job_id       INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
  step         INTEGER NOT NULL,
  original     TEXT    NOT NULL,
  fake         TEXT    NOT NULL,
  fake_count   INTEGER NOT NULL,
  missed_count INTEGER NOT NULL,
  PRIMARY KEY (job_id, step, original, fake)
) STRICT, WITHOUT ROWID;
