-- Models of jobs, and their starting models, fine-tuned as classifiers of labelled text.
CREATE TABLE finetunings (
  id               INTEGER PRIMARY KEY AUTOINCREMENT,  -- order of submission
  name             TEXT    NOT NULL UNIQUE,            -- public id, as in finetunings/NAME
  job_id           INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
  state            TEXT    NOT NULL CHECK (state IN ('QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED',
                                                     'CANCELLED')),
  reason           TEXT    NOT NULL DEFAULT '',
  reason_code      TEXT    NOT NULL DEFAULT '',
  corpus_id        INTEGER REFERENCES corpora (id) ON DELETE SET NULL,
  corpus_name      TEXT    NOT NULL,                   -- as in jobs: it stays
  corpus_file_name TEXT    NOT NULL,
  label_column     TEXT    NOT NULL,
  model_step       INTEGER NOT NULL,                   -- of the job's checkpoint
  base_model       TEXT    NOT NULL,                   -- empty: random weights
  seed_count       INTEGER NOT NULL,
  epochs           REAL    NOT NULL,
  learning_rate    REAL    NOT NULL,
  batch_size       INTEGER NOT NULL,
  max_length       INTEGER NOT NULL,
  test_percentage  REAL    NOT NULL,
  row_count        INTEGER NOT NULL,
  left_out_rows    INTEGER NOT NULL,
  class_count      INTEGER NOT NULL,
  run_progress     REAL    NOT NULL DEFAULT 0,
  submitted_by     TEXT    NOT NULL,
  created_at       INTEGER NOT NULL,
  ended_at         INTEGER
) STRICT;
CREATE INDEX finetunings_by_job ON finetunings (job_id, id);
CREATE INDEX finetunings_by_state ON finetunings (state, id);
CREATE INDEX finetunings_by_corpus ON finetunings (corpus_id);

-- Finished runs. Both models of a seed have the same split.
CREATE TABLE finetuning_runs (
  finetuning_id INTEGER NOT NULL REFERENCES finetunings (id) ON DELETE CASCADE,
  seed          INTEGER NOT NULL,
  model         TEXT    NOT NULL CHECK (model IN ('base', 'adapted')),
  accuracy      REAL    NOT NULL,
  macro_f1      REAL    NOT NULL,
  train_rows    INTEGER NOT NULL,
  test_rows     INTEGER NOT NULL,
  PRIMARY KEY (finetuning_id, seed, model)
) STRICT, WITHOUT ROWID;
