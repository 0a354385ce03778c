-- Who may call. The secret itself is nowhere; `sha256` is its digest, empty where a client
-- certificate of this common name stands for it.
CREATE TABLE tokens (
  id                  INTEGER PRIMARY KEY AUTOINCREMENT,
  name                TEXT    NOT NULL UNIQUE,  -- public id, as in tokens/NAME
  display_name        TEXT    NOT NULL,
  role                TEXT    NOT NULL CHECK (role IN ('viewer', 'submitter', 'admin')),
  sha256              TEXT    NOT NULL,
  certificate         TEXT    NOT NULL,
  queued_jobs         INTEGER NOT NULL,         -- limits
  stored_bytes        INTEGER NOT NULL,
  requests_per_second INTEGER NOT NULL,
  streams             INTEGER NOT NULL,
  created_at          INTEGER NOT NULL,
  expires_at          INTEGER,                  -- NULL: never
  revoked_at          INTEGER,
  CHECK ((sha256 = '') <> (certificate = ''))
) STRICT;

CREATE UNIQUE INDEX tokens_by_certificate ON tokens (certificate)
  WHERE certificate <> '' AND revoked_at IS NULL;

-- Every call that changes something: written before it is done, completed when it is. A row
-- without an outcome is of a daemon that was killed in between.
CREATE TABLE audits (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  time     INTEGER NOT NULL,
  token    TEXT    NOT NULL,             -- its public id; empty: the daemon demanded none
  peer     TEXT    NOT NULL,             -- address
  method   TEXT    NOT NULL,
  resource TEXT    NOT NULL,             -- what was changed, as far as it is known
  outcome  TEXT    NOT NULL DEFAULT ''   -- OK, or the code of the error
) STRICT;

-- Public ids of tokens; empty: the daemon demanded none.
ALTER TABLE jobs ADD COLUMN submitted_by TEXT NOT NULL DEFAULT '';
ALTER TABLE corpora ADD COLUMN uploaded_by TEXT NOT NULL DEFAULT '';
ALTER TABLE models ADD COLUMN imported_by TEXT NOT NULL DEFAULT '';
CREATE INDEX jobs_by_submitter ON jobs (submitted_by, state);
CREATE INDEX corpora_by_uploader ON corpora (uploaded_by);
