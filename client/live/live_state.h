// A live view's knowledge of a job: collected from its events and the server's answers in between.
//
//   LiveState state(job, "gpu1:50551");
//   state.Apply(event);
//   state.Apply(daemon_status);
//   rows = RenderLive(state, {...});
//
// Thread safety: a value. Ownership: owns everything.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "client/text/curve.h"
#include "client/text/rate_curve.h"
#include "client/views/footer.h"
#include "client/views/step_pace.h"
#include "electra/v1/daemon.pb.h"
#include "electra/v1/job.pb.h"
#include "electra/v1/training.pb.h"

namespace electra::client {

struct TrainingCurves {
  Curve combined_loss;
  Curve generator_loss;
  Curve discriminator_loss;
  RateCurve accuracy;  // the discriminator's, like the next two
  RateCurve precision;
  RateCurve recall;
  // From evaluations.
  Curve evaluated_combined_loss;
  Curve evaluated_generator_loss;
  Curve evaluated_discriminator_loss;
};

struct LiveState {
  LiveState(const v1::Job& job, std::string server_address);

  void Apply(const v1::TrainingEvent& event);
  // The position in the queue, which the events lack.
  void Apply(const v1::Job& job);
  // How the job's device is used.
  void Apply(const v1::DaemonStatus& daemon);

  std::string job_name;  // "jobs/{id}"
  std::string job_id;    // the part after the slash
  std::string display_name;
  std::string server;  // its address
  v1::JobState state = v1::JOB_STATE_UNSPECIFIED;
  absl::Time state_since = absl::InfinitePast();  // if an event told it
  int32_t queue_position = 0;                     // 0: not known
  int64_t total_steps = 0;
  std::string device_name;
  std::optional<v1::Device> device;  // while the job runs on it
  std::optional<v1::PreparationProgress> preparation;
  std::optional<v1::StepMetrics> step;          // the newest
  absl::Time step_time = absl::InfinitePast();  // when it was recorded
  StepPace pace;
  TrainingCurves curves;
  std::optional<LostConnection> lost;
};

}  // namespace electra::client
