#include "server/store/read_budget.h"

#include <sqlite3.h>

#include "core/base/message.h"
#include "server/base/errors.h"

namespace electra::server {
namespace {

// Steps between two looks: some tens of microseconds.
constexpr int kStepsBetweenLooks = 1000;

}  // namespace

ReadMeter::ReadMeter(Reader& reader, const ReadBudget& budget)
    : reader_(reader), budget_(budget), start_(std::chrono::steady_clock::now()) {
  sqlite3_progress_handler(reader_.connection().getHandle(), kStepsBetweenLooks, &Look, this);
}

ReadMeter::~ReadMeter() {
  sqlite3_progress_handler(reader_.connection().getHandle(), 0, nullptr, nullptr);
}

int ReadMeter::Look(void* meter) {
  auto& self = *static_cast<ReadMeter*>(meter);
  self.steps_ += kStepsBetweenLooks;
  const auto taken = absl::FromChrono(std::chrono::steady_clock::now() - self.start_);
  if (self.budget_.is_cancelled && self.budget_.is_cancelled()) {
    self.status_ = ClientIsGone();
  } else if (self.steps_ > self.budget_.steps || taken > self.budget_.time) {
    self.status_ = ResourceExhaustedError(
        "READ_BUDGET", "more than {seconds} s or {steps} steps of the database",
        absl::ToInt64Seconds(self.budget_.time), self.budget_.steps);
  }
  return self.status_.ok() ? 0 : 1;
}

}  // namespace electra::server
