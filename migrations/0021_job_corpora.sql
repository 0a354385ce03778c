-- Corpora of jobs besides jobs.corpus_id: all corpora of a job that trains on several, in order,
-- and its evaluation corpora.
CREATE TABLE job_corpora (
  job_id      INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
  position    INTEGER NOT NULL,
  purpose     TEXT    NOT NULL CHECK (purpose IN ('train', 'evaluate')),
  corpus_id   INTEGER REFERENCES corpora (id) ON DELETE SET NULL,
  corpus_name TEXT    NOT NULL,              -- as in jobs: it stays when the corpus is deleted
  file_name   TEXT    NOT NULL,
  name        TEXT    NOT NULL,              -- in evaluations; empty for 'train'
  share       REAL    NOT NULL,              -- of the tokens, for 'train'; 0: as much as it holds
  PRIMARY KEY (job_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX job_corpora_by_corpus ON job_corpora (corpus_id);

-- The part of an evaluation on an evaluation corpus.
CREATE TABLE corpus_evaluations (
  job_id                  INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
  step                    INTEGER NOT NULL,
  position                INTEGER NOT NULL,  -- among those of the step
  name                    TEXT    NOT NULL,
  epoch                   INTEGER NOT NULL,
  combined_loss           REAL    NOT NULL,
  generator_loss          REAL    NOT NULL,
  discriminator_loss      REAL    NOT NULL,
  generator_accuracy      REAL    NOT NULL,
  discriminator_accuracy  REAL    NOT NULL,
  discriminator_precision REAL,
  discriminator_recall    REAL,
  discriminator_f1        REAL,
  token_count             INTEGER NOT NULL,
  seconds                 REAL    NOT NULL,
  PRIMARY KEY (job_id, step, position)
) STRICT, WITHOUT ROWID;
