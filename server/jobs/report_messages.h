// A trainer's reports as the contract's messages. Pure functions.
#pragma once

#include "core/base/message.h"
#include "core/trainer.h"
#include "electra/v1/training.pb.h"

namespace electra::server {

v1::StepMetrics ToProto(const StepMetrics& metrics);
v1::Evaluation ToProto(const EvaluationMetrics& evaluation);
v1::Sample ToProto(const SampleReport& sample);
v1::PreparationProgress ToProto(const PreparationProgress& progress);
v1::Preparation ToProto(const PreparationReport& report);
v1::Checkpoint ToProto(const CheckpointReport& checkpoint);
v1::LogMessage ToProto(Severity severity, const Message& message);

}  // namespace electra::server
