// The log lines of calls that the gate refused. Anyone who reaches the port can be refused as often
// as they like and must not fill the disk: each kind of refusal (no token, a wrong one, too many
// requests, ...) gets a limited number of lines a minute, then one line with the number of further
// ones.
//
//   RefusalLog refusals(NowMicros);
//   refusals.Add(policy, credentials.peer, call, status);
//
// Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "server/access/caller.h"
#include "server/access/policy.h"

namespace electra::server {

class RefusalLog {
 public:
  static constexpr int64_t kLinesAMinute = 20;  // of each kind

  explicit RefusalLog(std::function<int64_t()> now_micros) : now_micros_(std::move(now_micros)) {}
  // Says of how many refusals there has been no line yet.
  ~RefusalLog();
  RefusalLog(const RefusalLog&) = delete;
  RefusalLog& operator=(const RefusalLog&) = delete;

  // `peer` called the method and got `refusal`.
  void Add(const MethodPolicy& policy, const std::string& peer, const CallContext& call,
           const absl::Status& refusal);

  // Logs the last lines of minutes that are over. Add() does so too: this is for times without
  // refusals.
  void Flush();

 private:
  // Begins with the first refusal of its kind.
  struct Minute {
    int64_t begin = 0;
    int64_t refusals = 0;
  };

  void EndMinutes(int64_t now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  static void SayRest(const std::string& kind, const Minute& minute);

  const std::function<int64_t()> now_micros_;
  absl::Mutex mutex_;
  std::map<std::string, Minute> minutes_ ABSL_GUARDED_BY(mutex_);  // by kind: the error's reason
};

}  // namespace electra::server
