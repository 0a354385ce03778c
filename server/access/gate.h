// The one gate that every call goes through: who the caller is, what they may do, and whether it is
// within their limits.
//
// Tokens are held in memory, so that a refusal costs no disk. Thread-safe.
//
//   ASSIGN_OR_RETURN(const Caller caller, gate.Admit(CredentialsOf(context), policy));
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "server/access/caller.h"
#include "server/access/policy.h"
#include "server/access/token_bucket.h"
#include "server/store/tokens.h"

namespace electra::server {

// How a call identifies itself.
struct Credentials {
  std::vector<std::string> authorization;  // values of this header
  std::string certificate;                 // common name of a verified client certificate
  std::string peer;
};

class Gate;

// One of a caller's open streams; frees its place at the end.
class StreamPermit {
 public:
  StreamPermit(Gate& gate, Caller caller) : gate_(&gate), caller_(std::move(caller)) {}
  ~StreamPermit();
  StreamPermit(StreamPermit&& other) noexcept;
  StreamPermit& operator=(StreamPermit&&) = delete;

  const Caller& caller() const { return caller_; }
  void set_call(CallContext call) { caller_.call = std::move(call); }
  // Unauthenticated once its token has expired or was revoked.
  absl::Status Check() const;

 private:
  Gate* gate_;  // null: moved from
  Caller caller_;
};

class Gate {
 public:
  struct Options {
    bool demands_tokens = false;
    std::function<int64_t()> now_micros;
  };

  // Knows these tokens; none of them was revoked.
  explicit Gate(Options options, std::vector<TokenRow> tokens = {});

  // A token was created; a token was revoked, and is refused from now on.
  void Add(TokenRow token);
  void Forget(const std::string& name);

  // Hold it to change the table of tokens, until the gate knows the change too.
  absl::Mutex& changes() { return changes_; }

  // Unauthenticated, PermissionDenied or ResourceExhausted, with a reason for programs.
  absl::StatusOr<Caller> Admit(const Credentials& credentials, const MethodPolicy& policy);
  absl::StatusOr<StreamPermit> AdmitStream(const Credentials& credentials,
                                           const MethodPolicy& policy);

  bool has_live_admin() const;

 private:
  friend class StreamPermit;

  struct Entry {
    TokenRow row;
    TokenBucket bucket;
    int64_t streams = 0;
  };

  absl::StatusOr<Entry*> Find(const Credentials& credentials) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<Entry*> FindByToken(const std::string& text) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status CheckIsValid(const std::string& token) const;
  void ReleaseStream(const std::string& token);

  const Options options_;

  absl::Mutex changes_ ABSL_ACQUIRED_BEFORE(mutex_);
  mutable absl::Mutex mutex_;
  std::map<std::string, Entry> entries_ ABSL_GUARDED_BY(mutex_);  // by public id
  int64_t streams_ ABSL_GUARDED_BY(mutex_) = 0;                   // of all callers
};

}  // namespace electra::server
