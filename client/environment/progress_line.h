// One line of a terminal that is overwritten in place; without a terminal, it does nothing.
//
//   ProgressLine line(environment.out, environment.now);
//   line.Update("step 12/60");
//   line.Clear();            // before anything else is written to the same terminal
//   *environment.out.stream << "...\n";
//
// Updates that follow each other within a tenth of a second are dropped, except the first after
// Clear(). Not thread-safe. Ownership: borrows the output.
#pragma once

#include <functional>
#include <string_view>

#include "absl/time/time.h"
#include "client/environment/environment.h"

namespace electra::client {

class ProgressLine {
 public:
  ProgressLine(Output& output, std::function<absl::Time()> now);
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  // Made visible, and cut to the terminal's width.
  void Update(std::string_view text);
  // As Update(), but never dropped.
  void Show(std::string_view text);
  void Clear();

 private:
  Output& output_;
  std::function<absl::Time()> now_;
  absl::Time last_update_ = absl::InfinitePast();
  bool shown_ = false;
};

}  // namespace electra::client
