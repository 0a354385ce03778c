-- The step of a job's best evaluation by its `metric_for_best_model`, whose combined loss is
-- best_evaluation_loss. Jobs of before have none and were compared by that loss.
ALTER TABLE jobs ADD COLUMN best_evaluation_step INTEGER;
UPDATE jobs SET best_evaluation_step = (
  SELECT step FROM evaluations WHERE job_id = jobs.id ORDER BY combined_loss, step LIMIT 1);

-- The run's training time up to the end of the step, in all its attempts and not between them; 0: not
-- counted.
ALTER TABLE step_metrics ADD COLUMN run_seconds REAL NOT NULL DEFAULT 0;
