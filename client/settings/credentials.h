// How a server is reached and as whom: TLS or not, certificates, the token; and the file that keeps
// it between calls, `electra/credentials.json` in the user's configuration folder.
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

// What a channel is made of: the files of an Access, read.
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

  // In XDG_CONFIG_HOME, else in HOME/.config; nowhere without either.
  explicit CredentialsFile(const Variables& variables);

  const std::string& path() const { return path_; }

  // What is kept for the server; an empty Access where that is nothing. FailedPrecondition: others
  // can read the file, or it is not what Save() writes.
  absl::StatusOr<Access> Find(const std::string& server) const;

  // The file is the user's alone (mode 0600), whole at each moment.
  absl::Status Save(const std::string& server, const Access& access) const;
  // False where nothing was kept.
  absl::StatusOr<bool> Remove(const std::string& server) const;

 private:
  std::string path_;
};

}  // namespace electra::client
