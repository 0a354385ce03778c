-- Text that models are adapted to. The bytes are files under corpora/, named by their digest.
CREATE TABLE corpora (
  id           INTEGER PRIMARY KEY,
  name         TEXT    NOT NULL UNIQUE,  -- public id, as in corpora/NAME
  file_name    TEXT    NOT NULL,
  format       TEXT    NOT NULL CHECK (format IN ('txt', 'csv', 'tsv', 'jsonl')),
  column_name  TEXT    NOT NULL,
  size_bytes   INTEGER NOT NULL,
  sha256       TEXT    NOT NULL,
  sample_count INTEGER NOT NULL,
  created_at   INTEGER NOT NULL,         -- all times: microseconds since 1970-01-01 UTC
  UNIQUE (sha256, format, column_name)
) STRICT;

CREATE TABLE jobs (
  id                INTEGER PRIMARY KEY AUTOINCREMENT,  -- order of submission
  name              TEXT    NOT NULL UNIQUE,            -- public id, as in jobs/NAME
  request_id        TEXT    UNIQUE,
  display_name      TEXT    NOT NULL,
  state             TEXT    NOT NULL CHECK (state IN ('QUEUED', 'PREPARING', 'RUNNING', 'SUCCEEDED',
                                                      'FAILED', 'CANCELLED', 'PAUSED')),
  priority          INTEGER NOT NULL,
  corpus_id         INTEGER REFERENCES corpora (id) ON DELETE SET NULL,
  corpus_name       TEXT    NOT NULL,                   -- stays when the corpus is deleted
  model             TEXT    NOT NULL,
  hyperparameters   TEXT    NOT NULL,                   -- JSON, complete
  vocabulary_sha256 TEXT    NOT NULL,                   -- empty: trained from the corpus
  requested_device  TEXT    NOT NULL,
  cancel_requested  INTEGER NOT NULL DEFAULT 0,
  device            TEXT    NOT NULL DEFAULT '',
  reason            TEXT    NOT NULL DEFAULT '',
  model_path        TEXT    NOT NULL DEFAULT '',
  step              INTEGER NOT NULL DEFAULT 0,
  total_steps       INTEGER NOT NULL DEFAULT 0,
  last_sequence     INTEGER NOT NULL DEFAULT 0,         -- of its last event
  created_at        INTEGER NOT NULL,
  started_at        INTEGER,
  ended_at          INTEGER,
  updated_at        INTEGER NOT NULL
) STRICT;

CREATE INDEX jobs_by_queue ON jobs (state, priority DESC, id);

-- What watchers are shown, in order. `payload` is the electra.v1.TrainingEvent as it is sent.
CREATE TABLE events (
  job_id   INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
  sequence INTEGER NOT NULL,
  time     INTEGER NOT NULL,
  kind     TEXT    NOT NULL,
  payload  BLOB    NOT NULL,
  PRIMARY KEY (job_id, sequence)
) STRICT, WITHOUT ROWID;

CREATE TABLE step_metrics (
  job_id                  INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
  step                    INTEGER NOT NULL,
  epoch                   INTEGER NOT NULL,
  combined_loss           REAL    NOT NULL,
  generator_loss          REAL    NOT NULL,
  discriminator_loss      REAL    NOT NULL,
  generator_accuracy      REAL    NOT NULL,
  discriminator_accuracy  REAL    NOT NULL,
  discriminator_precision REAL    NOT NULL,
  discriminator_recall    REAL    NOT NULL,
  learning_rate           REAL    NOT NULL,
  gradient_norm           REAL    NOT NULL,
  tokens_seen             INTEGER NOT NULL,
  tokens_per_second       REAL    NOT NULL,
  step_seconds            REAL    NOT NULL,
  time                    INTEGER NOT NULL,
  PRIMARY KEY (job_id, step)
) STRICT, WITHOUT ROWID;

CREATE TABLE evaluations (
  job_id                  INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
  step                    INTEGER NOT NULL,
  epoch                   INTEGER NOT NULL,
  combined_loss           REAL    NOT NULL,
  generator_loss          REAL    NOT NULL,
  discriminator_loss      REAL    NOT NULL,
  generator_accuracy      REAL    NOT NULL,
  discriminator_accuracy  REAL    NOT NULL,
  discriminator_precision REAL    NOT NULL,
  discriminator_recall    REAL    NOT NULL,
  discriminator_f1        REAL    NOT NULL,
  token_count             INTEGER NOT NULL,
  seconds                 REAL    NOT NULL,
  time                    INTEGER NOT NULL,
  PRIMARY KEY (job_id, step)
) STRICT, WITHOUT ROWID;

-- The tokens themselves are in the event of this sequence; the sentences stand here to be read.
CREATE TABLE samples (
  job_id            INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
  step              INTEGER NOT NULL,
  epoch             INTEGER NOT NULL,
  sequence          INTEGER NOT NULL,
  original_sentence TEXT    NOT NULL,
  fake_sentence     TEXT    NOT NULL,
  token_count       INTEGER NOT NULL,
  fake_count        INTEGER NOT NULL,
  caught_count      INTEGER NOT NULL,
  suspected_count   INTEGER NOT NULL,
  time              INTEGER NOT NULL,
  PRIMARY KEY (job_id, step)
) STRICT, WITHOUT ROWID;
