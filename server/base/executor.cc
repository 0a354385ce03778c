#include "server/base/executor.h"

#include <pthread.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/message.h"
#include "server/base/errors.h"

namespace electra::server {

absl::Status Executor::Call::Post(std::function<void()> work) {
  // From its unlocking on, the work may destroy this.
  absl::MutexLock lock(&executor_.mutex_);
  if (has_left_) return ClientIsGone();
  const Options& options = executor_.options_;
  if (executor_.waiting_ >= options.most_waiting) {
    return ResourceExhaustedError("TOO_MANY_CALLS", "the daemon has too many calls waiting");
  }
  const auto queue = executor_.queues_.try_emplace(token_).first;
  if (!token_.empty() && queue->second.waiting.size() >= options.most_waiting_of_one) {
    return ResourceExhaustedError("CALL_LIMIT",
                                  "token {token} has {limit} calls waiting, which is its share: "
                                  "wait for their answers before you send more",
                                  token_, options.most_waiting_of_one);
  }
  queue->second.waiting.push_back({.call = this, .work = std::move(work), .posted = Clock::now()});
  ++executor_.waiting_;
  return absl::OkStatus();
}

bool Executor::Call::Leave() {
  Piece left;  // destroyed when the lock is free again
  absl::MutexLock lock(&executor_.mutex_);
  has_left_ = true;
  const auto queue = executor_.queues_.find(token_);
  if (queue == executor_.queues_.end()) return false;
  std::deque<Piece>& waiting = queue->second.waiting;
  const auto piece = std::find_if(waiting.begin(), waiting.end(),
                                  [this](const Piece& one) { return one.call == this; });
  if (piece == waiting.end()) return false;
  left = std::move(*piece);
  waiting.erase(piece);
  --executor_.waiting_;
  executor_.EraseIfEmpty(queue);
  return true;
}

Executor::Executor(const Options& options) : options_(options) {
  for (int i = 0; i < options_.threads; ++i) {
    threads_.emplace_back([this] { Run(); });
    pthread_setname_np(threads_.back().native_handle(),
                       absl::StrCat(options_.name, " ", i).c_str());
  }
}

Executor::~Executor() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  for (std::thread& thread : threads_) thread.join();
}

std::optional<Executor::Clock::time_point> Executor::stalled_since() const {
  absl::MutexLock lock(&mutex_);
  std::optional<Clock::time_point> since;
  for (const auto& entry : queues_) {
    if (!HasTurn(entry)) continue;
    const Clock::time_point waits = std::max(entry.second.waiting.front().posted, last_taken_);
    since = std::min(waits, since.value_or(waits));
  }
  return since;
}

size_t Executor::waiting() const {
  absl::MutexLock lock(&mutex_);
  return waiting_;
}

bool Executor::HasTurn(const Queues::value_type& entry) const {
  const auto& [token, queue] = entry;
  return !queue.waiting.empty() && (token.empty() || queue.running < options_.most_running_of_one);
}

Executor::Queues::iterator Executor::NextQueue() {
  const auto has_turn = [this](const auto& entry) { return HasTurn(entry); };
  const auto after = queues_.upper_bound(last_token_);
  const auto next = std::find_if(after, queues_.end(), has_turn);
  if (next != queues_.end()) return next;
  const auto first = std::find_if(queues_.begin(), after, has_turn);
  return first == after ? queues_.end() : first;
}

void Executor::EraseIfEmpty(Queues::iterator queue) {
  if (queue->second.waiting.empty() && queue->second.running == 0) queues_.erase(queue);
}

void Executor::Run() {
  const auto has_work = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return stopping_ || NextQueue() != queues_.end();
  };
  while (true) {
    Piece piece;
    Queues::iterator queue;
    {
      absl::MutexLock lock(&mutex_);
      mutex_.Await(absl::Condition(&has_work));
      queue = NextQueue();
      // The remaining pieces wait for a thread that has their token's share, and takes them next.
      if (queue == queues_.end()) return;
      piece = std::move(queue->second.waiting.front());
      queue->second.waiting.pop_front();
      ++queue->second.running;
      --waiting_;
      last_token_ = queue->first;
      last_taken_ = Clock::now();
    }
    piece.work();
    piece = {};
    absl::MutexLock lock(&mutex_);
    --queue->second.running;
    EraseIfEmpty(queue);
  }
}

}  // namespace electra::server
