// The checks, a file each group. A check that only a card can show is "not here" on a processor.
//
// Pure functions: they list checks and run none.
#pragma once

#include <string>
#include <vector>

#include "core/selftest/check.h"
#include "core/session/session.h"

namespace electra::selftest {

// device_checks.cc: what the device is, and whether this build has code for it.
std::vector<Check> DeviceChecks(const Context& context);

// step_checks.cc: passes and steps over shapes, precisions and head sizes.
std::vector<Check> StepChecks(const Context& context);

// agreement_checks.cc: the device against a slower computation of the same.
std::vector<Check> AgreementChecks(const Context& context);

// The same file: what core/inference.h computes with on `device`, given these weights, against a
// session that has them too.
Result CompareInference(const ModelConfig& model, const SessionState& weights,
                        const std::string& device, TrainingSession& reference,
                        const PackedBatch& batch);

// repeat_checks.cc: the same bits each time, also after a checkpoint.
std::vector<Check> RepeatChecks(const Context& context);

// precision_checks.cc: what a model learns in 16 bits.
std::vector<Check> PrecisionChecks(const Context& context);

// speed_checks.cc: tokens a second against what the device can do, and memory against the estimate.
std::vector<Check> SpeedChecks(const Context& context);

// failure_checks.cc: memory that runs out, and a device that is lost.
std::vector<Check> FailureChecks(const Context& context);

// rank_checks.cc: two devices that share a step.
std::vector<Check> RankChecks(const Context& context);

// failure_checks.cc: trains on an id that the vocabulary does not have, and returns how the error
// was classified: 75 as the loss of the device, 3 as any other, 0 if there was none.
int ReadBeyondVocabulary(const std::string& device);

// device_checks.cc: whether code for one of `architectures` ("sm_80", "compute_90") runs on a card
// of this compute capability.
bool HasCodeFor(const std::vector<std::string>& architectures, int major, int minor);

}  // namespace electra::selftest
