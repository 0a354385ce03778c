// Shows a job's networks while it trains: now and then a sequence of a step, and the probe
// sentences.
//
// Not thread-safe; borrows its arguments.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/loop/prepare.h"
#include "core/probe/probe_set.h"
#include "core/session/metrics.h"
#include "core/session/session.h"
#include "core/settings/hyperparameters.h"
#include "core/settings/schedule.h"
#include "core/trainer.h"

namespace electra {

class SampleReports {
 public:
  SampleReports(const Hyperparameters& hyperparameters, const RunLength& run,
                const PreparedCorpus& corpus, const ProbeSet& probe, TrainingObserver& observer)
      : hyperparameters_(hyperparameters),
        run_(run),
        corpus_(corpus),
        probe_(probe),
        observer_(observer) {}

  bool AreDue(int64_t step) const { return IsDue(step, hyperparameters_.sample_every); }

  // Which of the `sequences` > 0 in its first micro-batch a step is to observe; nothing where no
  // sample is due.
  std::optional<size_t> ChooseSequence(int64_t step, size_t sequences) const;

  // Reports the sequence that the session observed, with the loss of its step. // sync
  void ReportObserved(TrainingSession& session, const LossMetrics& loss);

  // Reports how the networks see the probe sentences after `step`, always masked alike. // sync
  void ReportProbe(TrainingSession& session, int64_t step);

 private:
  const Hyperparameters& hyperparameters_;
  const RunLength& run_;
  const PreparedCorpus& corpus_;
  const ProbeSet& probe_;
  TrainingObserver& observer_;
};

}  // namespace electra
