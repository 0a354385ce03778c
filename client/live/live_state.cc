#include "client/live/live_state.h"

#include <utility>

#include "client/i18n/message_values.h"
#include "client/shell/command_context.h"
#include "client/text/format.h"
#include "client/text/resource_name.h"
#include "client/views/scalars.h"

namespace electra::client {
namespace {

void AddStep(const v1::StepMetrics& step, TrainingCurves& curves) {
  curves.combined_loss.Add(step.step(), step.combined_loss());
  curves.generator_loss.Add(step.step(), step.generator_loss());
  curves.discriminator_loss.Add(step.step(), step.discriminator_loss());
  curves.accuracy.Add(step.step(), DiscriminatorAccuracyRatio(step));
  curves.precision.Add(step.step(), PrecisionRatio(step));
  curves.recall.Add(step.step(), RecallRatio(step));
}

void AddEvaluation(const v1::Evaluation& evaluation, TrainingCurves& curves) {
  const int64_t step = evaluation.step();
  curves.evaluated_combined_loss.Add(step, evaluation.combined_loss());
  curves.evaluated_generator_loss.Add(step, evaluation.generator_loss());
  curves.evaluated_discriminator_loss.Add(step, evaluation.discriminator_loss());
}

// Later values are no longer part of the run.
void Rewind(int64_t step, LiveState& state) {
  if (state.step && state.step->step() > step) state.step.reset();
  TrainingCurves& curves = state.curves;
  for (Curve* losses : {&curves.combined_loss, &curves.generator_loss, &curves.discriminator_loss,
                        &curves.evaluated_combined_loss, &curves.evaluated_generator_loss,
                        &curves.evaluated_discriminator_loss}) {
    losses->DropAfter(step);
  }
  for (RateCurve* rates : {&curves.accuracy, &curves.precision, &curves.recall}) {
    rates->DropAfter(step);
  }
}

}  // namespace

LiveState::LiveState(const v1::Job& job, std::string server_address)
    : job_name(job.name()),
      job_id(ShortName(job.name())),
      display_name(job.display_name()),
      server(std::move(server_address)),
      state(job.state()),
      queue_position(job.queue_position()),
      total_steps(job.total_steps()),
      device_name(job.device()) {}

void LiveState::Apply(const v1::TrainingEvent& event) {
  lost.reset();
  switch (event.kind_case()) {
    case v1::TrainingEvent::kStateChange:
      state = event.state_change().to();
      state_since = ToTime(event.time());
      queue_position = 0;
      preparation.reset();
      device.reset();
      return;
    case v1::TrainingEvent::kPreparationProgress:
      preparation = event.preparation_progress();
      return;
    case v1::TrainingEvent::kPreparation:
      total_steps = event.preparation().total_steps();
      device_name = event.preparation().device();
      return;
    case v1::TrainingEvent::kStep:
      step = event.step();
      step_time = ToTime(event.time());
      pace.Add(*step);
      AddStep(*step, curves);
      return;
    case v1::TrainingEvent::kEvaluation:
      return AddEvaluation(event.evaluation(), curves);
    case v1::TrainingEvent::kRewind:
      return Rewind(event.rewind().step(), *this);
    default:
      return;  // only for the log
  }
}

void LiveState::Apply(const v1::Job& job) {
  // The events say the state, and the answer may be older than the last of them.
  if (state == v1::QUEUED && job.state() == v1::QUEUED) queue_position = job.queue_position();
  display_name = job.display_name();
}

void LiveState::Apply(const v1::DaemonStatus& daemon) {
  device.reset();
  for (const v1::Device& candidate : daemon.devices()) {
    if (candidate.running_job() != job_name) continue;
    device = candidate;
    device_name = candidate.name();
  }
}

}  // namespace electra::client
