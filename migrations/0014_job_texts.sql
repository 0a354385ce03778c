-- What a word alone in a filter is looked for in: a job's display name, note, model, corpus's file
-- name and tags' values, a line each, with small Latin letters.
CREATE TABLE job_texts (
  job_id INTEGER PRIMARY KEY REFERENCES jobs (id) ON DELETE CASCADE,
  text   TEXT NOT NULL
) STRICT;

-- Its index, by three characters in a row.
CREATE VIRTUAL TABLE job_text_trigrams USING fts5 (
  text, content = 'job_texts', content_rowid = 'job_id', tokenize = 'trigram case_sensitive 1'
);
CREATE TRIGGER job_texts_inserted AFTER INSERT ON job_texts BEGIN
  INSERT INTO job_text_trigrams (rowid, text) VALUES (new.job_id, new.text);
END;
CREATE TRIGGER job_texts_updated AFTER UPDATE ON job_texts BEGIN
  INSERT INTO job_text_trigrams (job_text_trigrams, rowid, text)
    VALUES ('delete', old.job_id, old.text);
  INSERT INTO job_text_trigrams (rowid, text) VALUES (new.job_id, new.text);
END;
CREATE TRIGGER job_texts_deleted AFTER DELETE ON job_texts BEGIN
  INSERT INTO job_text_trigrams (job_text_trigrams, rowid, text)
    VALUES ('delete', old.job_id, old.text);
END;

INSERT INTO job_texts (job_id, text)
  SELECT id, lower(display_name || char(10) || note || char(10) || model || char(10) ||
                   corpus_file_name || coalesce((SELECT char(10) || group_concat(value, char(10))
                                                 FROM job_tags WHERE job_id = jobs.id), ''))
  FROM jobs;
