-- JSON array with an element for each of notes: the code and the values of its sentence, or null
-- where it has none.
ALTER TABLE models ADD COLUMN note_codes TEXT NOT NULL DEFAULT '[]';
