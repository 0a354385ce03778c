// The best evaluation by the job's metric, and how long ago it was. Plain data.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>

#include "core/session/metrics.h"
#include "core/settings/hyperparameters.h"

namespace electra {

// The number by which evaluations are compared. Nothing where the evaluation is not recorded, since
// a loss is not a finite number, or where the metric is not defined.
inline std::optional<double> MetricOf(const EvaluationMetrics& evaluation,
                                      MetricForBestModel metric) {
  if (!std::isfinite(evaluation.loss.combined_loss)) return std::nullopt;
  switch (metric) {
    case MetricForBestModel::kLoss:
      return evaluation.loss.combined_loss;
    case MetricForBestModel::kGeneratorLoss:
      return evaluation.loss.generator_loss;
    case MetricForBestModel::kF1:
      return evaluation.discriminator_f1;
  }
  return std::nullopt;
}

// The one by which a job's evaluations are compared: of its held-out text, or of the evaluation
// corpus that metric_for_best_model names. One without a loss, where that was not recorded.
inline EvaluationMetrics JudgedEvaluation(const EvaluationMetrics& evaluation,
                                          const Hyperparameters& hyperparameters) {
  if (hyperparameters.metric_eval_corpus.empty()) return evaluation;
  for (const EvaluationMetrics& one : evaluation.eval_corpora) {
    if (one.eval_corpus == hyperparameters.metric_eval_corpus) return one;
  }
  EvaluationMetrics nothing{.step = evaluation.step, .epoch = evaluation.epoch};
  nothing.loss.combined_loss = std::numeric_limits<double>::quiet_NaN();
  return nothing;
}

inline bool IsBetter(double value, double than, MetricForBestModel metric) {
  return metric == MetricForBestModel::kF1 ? value > than : value < than;
}

struct BestEvaluation {
  std::optional<int64_t> step;       // nothing before there is a best one
  double value = 0;                  // of the metric
  int64_t evaluations_since = 0;     // that were not better
  std::optional<int64_t> last_step;  // of the last evaluation that was counted

  // True where this is the best so far. The same evaluation again, after a resume, changes nothing.
  bool Add(const EvaluationMetrics& evaluation, MetricForBestModel metric) {
    if (last_step && evaluation.step <= *last_step) return false;
    last_step = evaluation.step;
    const std::optional<double> added = MetricOf(evaluation, metric);
    if (!added || (step && !IsBetter(*added, value, metric))) {
      ++evaluations_since;
      return false;
    }
    step = evaluation.step;
    value = *added;
    evaluations_since = 0;
    return true;
  }
};

}  // namespace electra
