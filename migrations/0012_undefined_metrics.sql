-- A metric that is not defined is NULL: without a fake nothing says how well fakes are found.
--
-- NOT NULL is taken out of the tables' text, which leaves their rows as they are: copying them, as
-- SQLite has it for other changes, would take minutes and gigabytes where there are many.
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql =
  replace(replace(replace(sql,
    'discriminator_precision REAL    NOT NULL', 'discriminator_precision REAL'),
    'discriminator_recall    REAL    NOT NULL', 'discriminator_recall    REAL'),
    'discriminator_f1        REAL    NOT NULL', 'discriminator_f1        REAL')
WHERE type = 'table' AND name IN ('step_metrics', 'evaluations');
PRAGMA writable_schema = RESET;

-- Where every token was judged rightly and yet no fake was caught, there was none. Of other rows
-- with a 0 nothing tells whether there was one.
UPDATE step_metrics SET discriminator_precision = NULL, discriminator_recall = NULL
WHERE discriminator_accuracy = 1 AND discriminator_recall = 0;
UPDATE evaluations
SET discriminator_precision = NULL, discriminator_recall = NULL, discriminator_f1 = NULL
WHERE discriminator_accuracy = 1 AND discriminator_recall = 0;
