-- bf16 was a boolean that jobs on processors ignored, and its default, true, was stored with every
-- job. "auto" means what true meant: bfloat16 on a card, float32 on a processor.
UPDATE jobs SET hyperparameters = json_set(hyperparameters, '$.bf16', 'auto')
WHERE json_valid(hyperparameters) AND json_type(hyperparameters, '$.bf16') = 'true';
