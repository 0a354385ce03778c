// The keys and values by which ranks find each other and rank 0 tells the others what to do: c10d's
// stores, and the process groups that are formed through them. Free of libtorch by a pimpl, which
// is why errors are exceptions: StoreLost if the store does not answer, else std::exception.
//
// Every function may be called from any thread, but waits for one that is waiting: a thread that
// waits has a store of its own (Clone).
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "core/comm/rank_lost.h"

namespace electra {

class Collectives;  // core/comm/collectives.h

struct GroupOptions {
  std::string name;  // of keys, different from any other group's
  int64_t rank = 0;
  int64_t size = 1;
  std::string device;  // "cpu": Gloo; "cuda:N": NCCL
  std::chrono::milliseconds timeout{30000};
};

class KeyStore {
 public:
  // For ranks that are threads of this process; clones are the same store.
  static std::unique_ptr<KeyStore> InProcess();

  struct Address {
    std::string host;
    int port = 0;
    bool listens = false;  // this process holds the keys, for all
  };
  // Throws StoreLost where nothing answers within `timeout`, or the port cannot be listened on.
  static std::unique_ptr<KeyStore> Connect(const Address& address,
                                           std::chrono::milliseconds timeout);

  ~KeyStore();
  KeyStore(const KeyStore&) = delete;
  KeyStore& operator=(const KeyStore&) = delete;

  // A connection of its own.
  std::unique_ptr<KeyStore> Clone() const;

  void Set(const std::string& key, const std::string& value);
  bool Has(const std::string& key);
  void Delete(const std::string& key);
  // The key's value as soon as there is one; nothing where that takes longer than `timeout`.
  std::optional<std::string> Get(const std::string& key, std::chrono::milliseconds timeout);

  // Ranks 0 ... size - 1 call it at about the same time. Throws RankLost where one does not.
  std::shared_ptr<Collectives> FormGroup(const GroupOptions& options);

 private:
  struct Impl;
  explicit KeyStore(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace electra
