-- What people say of a run, and what lists of runs show without looking into its history.
ALTER TABLE jobs ADD COLUMN note TEXT NOT NULL DEFAULT '';
ALTER TABLE jobs ADD COLUMN corpus_file_name TEXT NOT NULL DEFAULT '';  -- stays, as corpus_name
ALTER TABLE jobs ADD COLUMN best_evaluation_loss REAL;  -- lowest combined_loss of its evaluations

CREATE TABLE job_tags (
  job_id INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
  key    TEXT    NOT NULL,
  value  TEXT    NOT NULL,
  PRIMARY KEY (job_id, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX job_tags_by_value ON job_tags (key, value, job_id);

CREATE INDEX evaluations_by_loss ON evaluations (job_id, combined_loss, step);
CREATE INDEX jobs_by_best_evaluation ON jobs (best_evaluation_loss);

UPDATE jobs SET
  corpus_file_name = coalesce((SELECT file_name FROM corpora WHERE corpora.id = jobs.corpus_id), ''),
  best_evaluation_loss = (SELECT min(combined_loss) FROM evaluations WHERE job_id = jobs.id);
