#include "server/access/refusal_log.h"

#include "absl/strings/str_cat.h"
#include "server/base/errors.h"
#include "server/base/log.h"

namespace electra::server {
namespace {

constexpr int64_t kMinuteMicros = 60'000'000;

// Also if the clock was set back: else the log might stay silent for long.
bool IsOver(int64_t begin, int64_t now) { return now < begin || now >= begin + kMinuteMicros; }

}  // namespace

RefusalLog::~RefusalLog() {
  absl::MutexLock lock(&mutex_);
  for (const auto& [kind, minute] : minutes_) SayRest(kind, minute);
}

void RefusalLog::Add(const MethodPolicy& policy, const std::string& peer, const CallContext& call,
                     const absl::Status& refusal) {
  const std::string kind = ReasonOf(refusal);
  {
    absl::MutexLock lock(&mutex_);
    const int64_t now = now_micros_();
    EndMinutes(now);
    Minute& minute = minutes_.try_emplace(kind, Minute{.begin = now}).first->second;
    if (++minute.refusals > kLinesAMinute) return;
  }
  const LogScope scope(LogFieldsOf(call));
  Log(LogLevel::kWarning, "call_refused",
      {{"method", std::string(policy.method)},
       {"peer", peer},
       {"kind", kind},
       {"reason", std::string(refusal.message())}});
}

void RefusalLog::Flush() {
  absl::MutexLock lock(&mutex_);
  EndMinutes(now_micros_());
}

void RefusalLog::EndMinutes(int64_t now) {
  std::erase_if(minutes_, [now](const auto& entry) {
    const auto& [kind, minute] = entry;
    if (!IsOver(minute.begin, now)) return false;
    SayRest(kind, minute);
    return true;
  });
}

void RefusalLog::SayRest(const std::string& kind, const Minute& minute) {
  if (minute.refusals <= kLinesAMinute) return;
  Log(LogLevel::kWarning, "more_calls_refused",
      {{"kind", kind},
       {"count", absl::StrCat(minute.refusals - kLinesAMinute)},
       {"note", "within a minute, besides the calls with a line each"}});
}

}  // namespace electra::server
