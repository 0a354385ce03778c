// A trainer that counts what another one does.
//
// Thread-safe as the other one is.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/trainer.h"
#include "server/metrics/metrics.h"

namespace electra::server {

class MeasuredTrainer : public Trainer {
 public:
  // `metrics` must outlive this.
  MeasuredTrainer(std::unique_ptr<Trainer> trainer, Metrics& metrics)
      : trainer_(std::move(trainer)), metrics_(metrics) {}

  absl::StatusOr<TrainingOutcome> Train(const TrainingTask& task, TrainingObserver& observer,
                                        const StopSignal& stop) override;
  std::vector<DeviceReport> Devices() const override { return trainer_->Devices(); }
  absl::StatusOr<std::string> ResolveDevice(std::string_view requested) const override {
    return trainer_->ResolveDevice(requested);
  }
  absl::Status CheckPrecision(const Hyperparameters& values,
                              std::string_view device) const override {
    return trainer_->CheckPrecision(values, device);
  }
  double ProductSpeed(const std::string& device, std::string_view type) const override {
    return trainer_->ProductSpeed(device, type);
  }
  UnloadReport Unload() override { return trainer_->Unload(); }

 private:
  const std::unique_ptr<Trainer> trainer_;
  Metrics& metrics_;
};

}  // namespace electra::server
