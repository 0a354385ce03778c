// Mixed precision: matrix products and attention in a shorter type, weights and sums in float32.
// Private to core: includes libtorch, which has no such guard in C++.
#pragma once

#include <ATen/ATen.h>
#include <ATen/autocast_mode.h>

namespace electra {

// While it lives, this thread's operations on the device's tensors compute in `type`; float32
// leaves everything as it is. Backward passes run outside of it.
class Autocast {
 public:
  Autocast(at::DeviceType device, at::ScalarType type)
      : device_(device), active_(type != at::kFloat) {
    if (!active_) return;
    was_enabled_ = at::autocast::is_autocast_enabled(device_);
    previous_ = at::autocast::get_autocast_dtype(device_);
    at::autocast::increment_nesting();
    at::autocast::set_autocast_dtype(device_, type);
    at::autocast::set_autocast_enabled(device_, true);
  }
  ~Autocast() {
    if (!active_) return;
    if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
    at::autocast::set_autocast_enabled(device_, was_enabled_);
    at::autocast::set_autocast_dtype(device_, previous_);
  }
  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;

 private:
  at::DeviceType device_;
  bool active_;
  bool was_enabled_ = false;
  at::ScalarType previous_ = at::kFloat;
};

}  // namespace electra
