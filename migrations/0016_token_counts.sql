-- What a step's rates are shares of, as in samples: rates of several steps are sums over sums. NULL
-- in steps that were recorded before.
ALTER TABLE step_metrics ADD COLUMN token_count INTEGER;   -- without padding
ALTER TABLE step_metrics ADD COLUMN masked_count INTEGER;  -- that the generator had to predict
ALTER TABLE step_metrics ADD COLUMN generator_correct_count INTEGER;
ALTER TABLE step_metrics ADD COLUMN discriminator_correct_count INTEGER;
ALTER TABLE step_metrics ADD COLUMN fake_count INTEGER;
ALTER TABLE step_metrics ADD COLUMN caught_count INTEGER;
ALTER TABLE step_metrics ADD COLUMN suspected_count INTEGER;  -- originals
