#include "core/c10d/key_store.h"

#include <c10/util/Logging.h>
#include <ifaddrs.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <torch/csrc/distributed/c10d/HashStore.hpp>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include "core/c10d/process_group.h"

namespace electra {
namespace {

// The address of this machine from which `host` is reached, as text; empty where that is unknown.
std::string LocalAddressTowards(const std::string& host, int port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_DGRAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) return "";
  std::string text;
  for (const addrinfo* one = found; one != nullptr && text.empty(); one = one->ai_next) {
    const int fd = socket(one->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) continue;
    // Sends nothing: it only asks for the route.
    sockaddr_storage local{};
    socklen_t size = sizeof(local);
    char name[NI_MAXHOST];
    if (connect(fd, one->ai_addr, one->ai_addrlen) == 0 &&
        getsockname(fd, reinterpret_cast<sockaddr*>(&local), &size) == 0 &&
        getnameinfo(reinterpret_cast<const sockaddr*>(&local), size, name, sizeof(name), nullptr, 0,
                    NI_NUMERICHOST) == 0) {
      text = name;
    }
    close(fd);
  }
  freeaddrinfo(found);
  return text;
}

}  // namespace

struct KeyStore::Impl {
  c10::intrusive_ptr<c10d::Store> store;
  std::string local_address;  // that other ranks reach
};

KeyStore::KeyStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
KeyStore::~KeyStore() = default;

std::unique_ptr<KeyStore> KeyStore::InProcess() {
  auto impl = std::make_unique<Impl>();
  impl->store = c10::make_intrusive<c10d::HashStore>();
  impl->local_address = "127.0.0.1";
  return std::unique_ptr<KeyStore>(new KeyStore(std::move(impl)));
}

std::unique_ptr<KeyStore> KeyStore::Connect(const Address& address,
                                            std::chrono::milliseconds timeout) {
  // c10d writes a line, with a C++ stack at times, for each wait that takes longer than its piece
  // of time. The important ones come as exceptions too.
  constexpr int kErrors = 2;
  if (std::getenv("TORCH_CPP_LOG_LEVEL") == nullptr) FLAGS_caffe2_log_level = kErrors;
  c10d::TCPStoreOptions options;
  options.port = static_cast<uint16_t>(address.port);
  options.isServer = address.listens;
  options.waitWorkers = false;
  options.timeout = timeout;
  auto impl = std::make_unique<Impl>();
  try {
    impl->store = c10::make_intrusive<c10d::TCPStore>(address.host, options);
  } catch (const std::exception& error) {
    throw StoreLost(FirstLine(error));
  }
  impl->local_address = LocalAddressTowards(address.host, address.port);
  return std::unique_ptr<KeyStore>(new KeyStore(std::move(impl)));
}

std::unique_ptr<KeyStore> KeyStore::Clone() const {
  auto impl = std::make_unique<Impl>(*impl_);
  try {
    impl->store = impl_->store->clone();
  } catch (const std::exception& error) {
    throw StoreLost(FirstLine(error));
  }
  return std::unique_ptr<KeyStore>(new KeyStore(std::move(impl)));
}

namespace {

template <typename Call>
auto OrLost(const Call& call) {
  try {
    return call();
  } catch (const std::exception& error) {
    throw StoreLost(FirstLine(error));
  }
}

}  // namespace

void KeyStore::Set(const std::string& key, const std::string& value) {
  OrLost([&] { impl_->store->set(key, std::vector<uint8_t>(value.begin(), value.end())); });
}

bool KeyStore::Has(const std::string& key) {
  return OrLost([&] { return impl_->store->check({key}); });
}

void KeyStore::Delete(const std::string& key) {
  OrLost([&] { return impl_->store->deleteKey(key); });
}

std::optional<std::string> KeyStore::Get(const std::string& key,
                                         std::chrono::milliseconds timeout) {
  if (timeout.count() > 0) {
    try {
      impl_->store->wait({key}, timeout);
    } catch (const c10::DistStoreError&) {
      if (!Has(key)) return std::nullopt;  // in time, or the store throws here
    } catch (const std::exception& error) {
      throw StoreLost(FirstLine(error));
    }
  } else if (!Has(key)) {
    return std::nullopt;
  }
  return OrLost([&] {
    const std::vector<uint8_t> value = impl_->store->get(key);
    return std::string(value.begin(), value.end());
  });
}

std::shared_ptr<Collectives> KeyStore::FormGroup(const GroupOptions& options) {
  return MakeProcessGroup(c10::make_intrusive<c10d::PrefixStore>(options.name, impl_->store),
                          impl_->local_address, options);
}

}  // namespace electra
