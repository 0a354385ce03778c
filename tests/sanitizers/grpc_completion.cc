// What the thread sanitizer must know of gRPC, which was built without it: what a thread has done
// before it starts a batch of operations is seen by the thread that is given a completion. The
// libraries' calls of these two functions come here, since an executable's symbols come first.
//
// One object stands for all batches, so that more is taken to be in order than is: races of gRPC's
// threads among themselves may be missed, those with threads of our own are not.
#include <dlfcn.h>
#include <grpc/grpc.h>
#include <sanitizer/tsan_interface.h>

namespace {

char batches;  // its address

template <typename Function>
Function* Real(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

grpc_call_error grpc_call_start_batch(grpc_call* call, const grpc_op* ops, size_t count, void* tag,
                                      void* reserved) {
  static const auto real = Real<decltype(grpc_call_start_batch)>("grpc_call_start_batch");
  __tsan_release(&batches);
  return real(call, ops, count, tag, reserved);
}

grpc_event grpc_completion_queue_next(grpc_completion_queue* queue, gpr_timespec deadline,
                                      void* reserved) {
  static const auto real = Real<decltype(grpc_completion_queue_next)>("grpc_completion_queue_next");
  __tsan_release(&batches);
  const grpc_event event = real(queue, deadline, reserved);
  __tsan_acquire(&batches);
  return event;
}

grpc_event grpc_completion_queue_pluck(grpc_completion_queue* queue, void* tag,
                                       gpr_timespec deadline, void* reserved) {
  static const auto real =
      Real<decltype(grpc_completion_queue_pluck)>("grpc_completion_queue_pluck");
  __tsan_release(&batches);
  const grpc_event event = real(queue, tag, deadline, reserved);
  __tsan_acquire(&batches);
  return event;
}
}
