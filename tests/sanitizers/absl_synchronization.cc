// What the thread sanitizer must know of Abseil's locks. The distribution's Abseil is built without
// it, so no lock of it would be seen, and each guarded access of two threads would be a race. The
// linker sends calls of our own objects here (--wrap; see CMakeLists.txt of this folder).
#include <sanitizer/tsan_interface.h>
#include <time.h>

#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"

// ELECTRA_ABSL: the mangled inline name space, as in "7debian3".
#define ELECTRA_MANGLED(name) "_ZN4absl" ELECTRA_ABSL name
#define ELECTRA_MANGLED_CONST(name) "_ZNK4absl" ELECTRA_ABSL name

extern "C" {
void RealLock(absl::Mutex* mutex) asm("__real_" ELECTRA_MANGLED("5Mutex4LockEv"));
void RealUnlock(absl::Mutex* mutex) asm("__real_" ELECTRA_MANGLED("5Mutex6UnlockEv"));
void RealNotify(absl::Notification* notification) asm(
    "__real_" ELECTRA_MANGLED("12Notification6NotifyEv"));
void RealWait(const absl::Notification* notification) asm(
    "__real_" ELECTRA_MANGLED_CONST("12Notification19WaitForNotificationEv"));

void WrapLock(absl::Mutex* mutex) asm("__wrap_" ELECTRA_MANGLED("5Mutex4LockEv"));
void WrapUnlock(absl::Mutex* mutex) asm("__wrap_" ELECTRA_MANGLED("5Mutex6UnlockEv"));
void WrapAwait(absl::Mutex* mutex, const absl::Condition& condition) asm(
    "__wrap_" ELECTRA_MANGLED("5Mutex5AwaitERKNS0_9ConditionE"));
bool WrapAwaitFor(absl::Mutex* mutex, const absl::Condition& condition, absl::Duration limit) asm(
    "__wrap_" ELECTRA_MANGLED("5Mutex16AwaitWithTimeoutERKNS"
                              "0_9ConditionENS0_8Duration"
                              "E"));
void WrapNotify(absl::Notification* notification) asm(
    "__wrap_" ELECTRA_MANGLED("12Notification6NotifyEv"));
void WrapWait(const absl::Notification* notification) asm(
    "__wrap_" ELECTRA_MANGLED_CONST("12Notification19WaitForNotificationEv"));

void WrapLock(absl::Mutex* mutex) {
  __tsan_mutex_pre_lock(mutex, 0);
  RealLock(mutex);
  __tsan_mutex_post_lock(mutex, 0, 0);
}

void WrapUnlock(absl::Mutex* mutex) {
  __tsan_mutex_pre_unlock(mutex, 0);
  RealUnlock(mutex);
  __tsan_mutex_post_unlock(mutex, 0);
}

// Abseil lets whoever unlocks look at the conditions of those who wait, in the middle of the
// unlocking; here each looks at its own, with the lock that the sanitizer sees.
bool WrapAwaitFor(absl::Mutex* mutex, const absl::Condition& condition, absl::Duration limit) {
  const absl::Time end = absl::Now() + limit;
  while (!condition.Eval()) {
    if (absl::Now() >= end) return false;
    WrapUnlock(mutex);
    const timespec pause = {.tv_sec = 0, .tv_nsec = 1'000'000};
    nanosleep(&pause, nullptr);
    WrapLock(mutex);
  }
  return true;
}

void WrapAwait(absl::Mutex* mutex, const absl::Condition& condition) {
  WrapAwaitFor(mutex, condition, absl::InfiniteDuration());
}

void WrapNotify(absl::Notification* notification) {
  __tsan_release(notification);
  RealNotify(notification);
}

void WrapWait(const absl::Notification* notification) {
  RealWait(notification);
  __tsan_acquire(const_cast<absl::Notification*>(notification));
}
}
