#include "server/base/log_writer.h"

#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <deque>
#include <string_view>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "server/base/monotonic_condition.h"

namespace electra::server {
namespace {

constexpr absl::Duration kLastFlush = absl::Seconds(1);

bool IsWritable(int fd, int timeout_ms) {
  pollfd polled{.fd = fd, .events = POLLOUT, .revents = 0};
  return poll(&polled, 1, timeout_ms) == 1;
}

// Returns the number of bytes taken. A descriptor that poll() calls writable takes PIPE_BUF without
// waiting. Bytes that nobody can read any more count as taken.
size_t WriteSome(int fd, std::string_view bytes) {
  const ssize_t written = write(fd, bytes.data(), std::min<size_t>(bytes.size(), PIPE_BUF));
  if (written >= 0) return static_cast<size_t>(written);
  return errno == EAGAIN || errno == EINTR ? 0 : bytes.size();
}

}  // namespace

class LogWriter::State {
 public:
  State(int fd, DescribeLoss describe_loss) : fd_(fd), describe_loss_(std::move(describe_loss)) {}

  // True: a thread is needed that calls Run().
  bool Write(std::string line) {
    absl::MutexLock lock(&mutex_);
    if (waiting_.empty() && line.size() <= PIPE_BUF && IsWritable(fd_, 0)) {
      line.erase(0, WriteSome(fd_, line));
      if (line.empty()) return false;
    }
    if (waiting_bytes_ + line.size() > kMostWaiting) {
      ++dropped_;
      return false;
    }
    Push(std::move(line));
    return !std::exchange(has_thread_, true);
  }

  void Flush(absl::Duration limit) {
    absl::MutexLock lock(&mutex_);
    const auto is_empty = [this]()
                              ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return waiting_.empty(); };
    changed_.AwaitFor(mutex_, limit, is_empty);
  }

  [[noreturn]] void Run() {
    while (true) {
      std::string line;
      {
        absl::MutexLock lock(&mutex_);
        const auto has_line = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
          return !waiting_.empty();
        };
        mutex_.Await(absl::Condition(&has_line));
        line = waiting_.front();
      }
      WriteWhole(line);
      absl::MutexLock lock(&mutex_);
      // Only now: while a line is being written others may not overtake it.
      waiting_bytes_ -= line.size();
      waiting_.pop_front();
      // Only once there is much room, so that such lines do not fill it themselves.
      if (dropped_ > 0 && waiting_bytes_ <= kMostWaiting / 2) {
        Push(describe_loss_(std::exchange(dropped_, 0)));
      }
      changed_.NotifyAll();
    }
  }

 private:
  void Push(std::string line) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    waiting_bytes_ += line.size();
    waiting_.push_back(std::move(line));
  }

  void WriteWhole(std::string_view line) const {
    while (!line.empty()) {
      if (IsWritable(fd_, -1)) line.remove_prefix(WriteSome(fd_, line));
    }
  }

  const int fd_;
  const DescribeLoss describe_loss_;
  absl::Mutex mutex_;
  std::deque<std::string> waiting_ ABSL_GUARDED_BY(mutex_);
  size_t waiting_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t dropped_ ABSL_GUARDED_BY(mutex_) = 0;
  bool has_thread_ ABSL_GUARDED_BY(mutex_) = false;
  MonotonicCondition changed_;  // fewer wait
};

LogWriter::LogWriter(int fd, DescribeLoss describe_loss)
    : state_(std::make_shared<State>(fd, std::move(describe_loss))) {}

LogWriter::~LogWriter() { Flush(kLastFlush); }

void LogWriter::Write(std::string line) {
  if (!state_->Write(std::move(line))) return;
  std::thread thread([state = state_] { state->Run(); });
  pthread_setname_np(thread.native_handle(), "log");
  thread.detach();
}

void LogWriter::Flush(absl::Duration limit) { state_->Flush(limit); }

}  // namespace electra::server
