-- The delimiter of a corpus and the meaning of its quotes become part of its identity. New columns
-- count its samples in quotes over several lines, and have the lines of the longest quote.
CREATE TABLE corpora_with_quoting (
  id                    INTEGER PRIMARY KEY,
  name                  TEXT    NOT NULL UNIQUE,
  file_name             TEXT    NOT NULL,
  format                TEXT    NOT NULL CHECK (format IN ('txt', 'csv', 'tsv', 'jsonl')),
  column_name           TEXT    NOT NULL,
  encoding              TEXT    NOT NULL,
  on_invalid            TEXT    NOT NULL CHECK (on_invalid IN ('refuse', 'replace', 'skip')),
  delimiter             TEXT    NOT NULL DEFAULT '',  -- empty: by the format
  quoting               TEXT    NOT NULL DEFAULT '' CHECK (quoting IN ('', 'none', 'csv')),
  size_bytes            INTEGER NOT NULL,
  sha256                TEXT    NOT NULL,
  sample_count          INTEGER NOT NULL,
  skipped_sample_count  INTEGER NOT NULL,
  replaced_sample_count INTEGER NOT NULL,
  text_bytes            INTEGER NOT NULL,  -- of the samples as UTF-8; 0: not counted
  created_at            INTEGER NOT NULL,
  uploaded_by           TEXT    NOT NULL DEFAULT '',  -- public id of a token; empty: none was demanded
  multi_line_sample_count INTEGER NOT NULL DEFAULT 0,
  longest_quote_begin     INTEGER NOT NULL DEFAULT 0,  -- lines; 0: no quote encloses a line end
  longest_quote_end       INTEGER NOT NULL DEFAULT 0,
  UNIQUE (sha256, format, column_name, encoding, on_invalid, delimiter, quoting)
) STRICT;
INSERT INTO corpora_with_quoting
    (id, name, file_name, format, column_name, encoding, on_invalid, size_bytes, sha256,
     sample_count, skipped_sample_count, replaced_sample_count, text_bytes, created_at, uploaded_by)
  SELECT id, name, file_name, format, column_name, encoding, on_invalid, size_bytes, sha256,
         sample_count, skipped_sample_count, replaced_sample_count, text_bytes, created_at, uploaded_by
  FROM corpora;
DROP TABLE corpora;
ALTER TABLE corpora_with_quoting RENAME TO corpora;
CREATE INDEX corpora_by_uploader ON corpora (uploaded_by);
