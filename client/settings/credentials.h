// How a server is reached, and as which user: TLS, certificates, the token; and the file that keeps
// them between calls, `electra/credentials.json` in the user's configuration folder.
//
// Not thread-safe. Ownership: values.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace electra::client {

enum class Transport {
  kDefault,  // TLS, but to this machine only where a certificate is given
  kTls,
  kPlain,
};

struct Access {
  Transport transport = Transport::kDefault;
  std::string ca;           // files, PEM; empty: the system's authorities
  std::string certificate;  // of this client; empty: none
  std::string key;
  std::string token;
};

// The contents of an Access's files, for a channel.
struct Security {
  bool tls = false;
  std::string ca;
  std::string certificate;
  std::string key;
  std::string token;
};

// InvalidArgument: a file cannot be read, a certificate without a key, or a token that would travel
// in plain text.
absl::StatusOr<Security> MakeSecurity(const std::string& server, const Access& access);

class CredentialsFile {
 public:
  using Variables = std::function<std::optional<std::string>(const std::string& name)>;

  // In XDG_CONFIG_HOME, else in HOME/.config; without either, there is no file.
  explicit CredentialsFile(const Variables& variables);

  const std::string& path() const { return path_; }

  // The Access kept for the server, empty where there is none. FailedPrecondition: others can read
  // the file, or it does not have the form that Save() writes.
  absl::StatusOr<Access> Find(const std::string& server) const;

  // Only the user can access the file (mode 0600), and it is complete at each moment.
  absl::Status Save(const std::string& server, const Access& access) const;
  // False if nothing was stored.
  absl::StatusOr<bool> Remove(const std::string& server) const;

 private:
  std::string path_;
};

}  // namespace electra::client
