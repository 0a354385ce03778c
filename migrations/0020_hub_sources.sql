-- "hf:ORG/NAME@COMMIT" of the discriminator and of the generator, separated by a space; empty: not
-- from the hub. A job keeps those of its model, which may be deleted.
ALTER TABLE models ADD COLUMN sources TEXT NOT NULL DEFAULT '';
ALTER TABLE jobs ADD COLUMN model_sources TEXT NOT NULL DEFAULT '';
