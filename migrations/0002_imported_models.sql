-- Pairs of networks that were imported. The files are in a folder under models/.
CREATE TABLE models (
  id                   INTEGER PRIMARY KEY,
  name                 TEXT    NOT NULL UNIQUE,  -- public id, as in models/NAME
  folder               TEXT    NOT NULL UNIQUE,
  sha256               TEXT    NOT NULL,         -- of the files' names and digests
  size_bytes           INTEGER NOT NULL,
  generator_config     TEXT    NOT NULL,         -- config.json; empty: imported without a generator
  discriminator_config TEXT    NOT NULL,
  notes                TEXT    NOT NULL,         -- JSON array of sentences
  created_at           INTEGER NOT NULL
) STRICT;

-- Of the imported model that the job starts from; empty for presets. The model may be deleted and
-- another imported under its name.
ALTER TABLE jobs ADD COLUMN model_sha256 TEXT NOT NULL DEFAULT '';

-- The encoding is part of what a corpus is: the same bytes read otherwise are other samples.
CREATE TABLE corpora_with_encoding (
  id                    INTEGER PRIMARY KEY,
  name                  TEXT    NOT NULL UNIQUE,
  file_name             TEXT    NOT NULL,
  format                TEXT    NOT NULL CHECK (format IN ('txt', 'csv', 'tsv', 'jsonl')),
  column_name           TEXT    NOT NULL,
  encoding              TEXT    NOT NULL,
  on_invalid            TEXT    NOT NULL CHECK (on_invalid IN ('refuse', 'replace', 'skip')),
  size_bytes            INTEGER NOT NULL,
  sha256                TEXT    NOT NULL,
  sample_count          INTEGER NOT NULL,
  skipped_sample_count  INTEGER NOT NULL,
  replaced_sample_count INTEGER NOT NULL,
  text_bytes            INTEGER NOT NULL,  -- of the samples as UTF-8; 0: not counted
  created_at            INTEGER NOT NULL,
  UNIQUE (sha256, format, column_name, encoding, on_invalid)
) STRICT;
INSERT INTO corpora_with_encoding
  SELECT id, name, file_name, format, column_name, 'utf-8', 'refuse', size_bytes, sha256,
         sample_count, 0, 0, 0, created_at
  FROM corpora;
DROP TABLE corpora;
ALTER TABLE corpora_with_encoding RENAME TO corpora;
