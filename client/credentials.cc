#include "client/credentials.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/local_file.h"
#include "client/render/visible_text.h"
#include "nlohmann/json.hpp"

namespace electra::client {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr int64_t kLargestFile = 1 << 20;
constexpr mode_t kOthers = S_IRWXG | S_IRWXO;

absl::Status SystemError(const std::string& path) {
  return absl::FailedPreconditionError(
      absl::StrCat("'", Visible(path), "': ", std::strerror(errno)));
}

absl::StatusOr<std::string> ReadPem(const std::string& path) {
  if (path.empty()) return std::string();
  absl::StatusOr<std::string> text = ReadWhole(path, kLargestFile);
  if (text.ok() && !absl::StrContains(*text, "-----BEGIN ")) {
    return absl::InvalidArgumentError(absl::StrCat("'", Visible(path), "' is not in PEM form"));
  }
  return text;
}

std::string Text(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

Access AccessFromJson(const Json& object) {
  const std::string transport = Text(object, "transport");
  return {.transport = transport == "tls"     ? Transport::kTls
                       : transport == "plain" ? Transport::kPlain
                                              : Transport::kDefault,
          .ca = Text(object, "ca"),
          .certificate = Text(object, "certificate"),
          .key = Text(object, "key"),
          .token = Text(object, "token")};
}

Json ToJson(const Access& access) {
  Json object = Json::object();
  if (access.transport == Transport::kTls) object["transport"] = "tls";
  if (access.transport == Transport::kPlain) object["transport"] = "plain";
  const std::pair<const char*, const std::string&> texts[] = {{"ca", access.ca},
                                                              {"certificate", access.certificate},
                                                              {"key", access.key},
                                                              {"token", access.token}};
  for (const auto& [key, value] : texts) {
    if (!value.empty()) object[key] = value;
  }
  return object;
}

// An empty object where there is no file.
absl::StatusOr<Json> ReadFile(const std::string& path) {
  struct stat status = {};
  if (stat(path.c_str(), &status) != 0) {
    if (errno == ENOENT) return Json::object();
    return SystemError(path);
  }
  if ((status.st_mode & kOthers) != 0) {
    return absl::FailedPreconditionError(
        absl::StrCat("others can read '", Visible(path),
                     "', which holds tokens: `chmod 600` it, and have the "
                     "tokens revoked if somebody did"));
  }
  const absl::StatusOr<std::string> text = ReadWhole(path, kLargestFile);
  if (!text.ok()) return text.status();
  Json json = Json::parse(*text, nullptr, /*allow_exceptions=*/false);
  const auto servers = json.is_object() ? json.find("servers") : json.end();
  if (!json.is_object() || servers == json.end() || !servers->is_object()) {
    return absl::FailedPreconditionError(
        absl::StrCat("'", Visible(path), "' is damaged: remove it and `electra login` again"));
  }
  return *servers;
}

absl::Status WriteAll(int descriptor, const std::string& text, const std::string& path) {
  for (size_t done = 0; done < text.size();) {
    const ssize_t count = write(descriptor, text.data() + done, text.size() - done);
    if (count < 0 && errno != EINTR) return SystemError(path);
    if (count > 0) done += static_cast<size_t>(count);
  }
  return fsync(descriptor) == 0 ? absl::OkStatus() : SystemError(path);
}

// Beside the file, then renamed to it.
absl::Status WriteFile(const std::string& path, const Json& servers) {
  std::error_code error;
  const fs::path folder = fs::path(path).parent_path();
  const bool is_new = fs::create_directories(folder, error);
  if (error) {
    return absl::FailedPreconditionError(
        absl::StrCat("'", Visible(folder.string()), "': ", error.message()));
  }
  if (is_new) fs::permissions(folder, fs::perms::owner_all, error);
  const std::string unfinished = absl::StrCat(path, ".new");
  unlink(unfinished.c_str());
  const int descriptor =
      open(unfinished.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0) return SystemError(unfinished);
  const std::string text =
      Json{{"servers", servers}}.dump(2, ' ', false, Json::error_handler_t::replace);
  const absl::Status written = WriteAll(descriptor, text + "\n", unfinished);
  close(descriptor);
  if (written.ok() && rename(unfinished.c_str(), path.c_str()) != 0) return SystemError(path);
  return written;
}

}  // namespace

bool IsThisMachine(const std::string& server) {
  if (absl::StartsWith(server, "unix:")) return true;
  std::string host = server.substr(0, server.rfind(':'));
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  in_addr v4;
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) return ntohl(v4.s_addr) >> 24 == 127;
  in6_addr v6;
  if (inet_pton(AF_INET6, host.c_str(), &v6) == 1) return IN6_IS_ADDR_LOOPBACK(&v6) != 0;
  return host == "localhost";
}

absl::StatusOr<Security> MakeSecurity(const std::string& server, const Access& access) {
  if (access.certificate.empty() != access.key.empty()) {
    return absl::InvalidArgumentError("--cert and --key belong together: give both");
  }
  const bool has_files = !access.ca.empty() || !access.certificate.empty();
  Security security{
      .tls = access.transport == Transport::kTls ||
             (access.transport == Transport::kDefault && (has_files || !IsThisMachine(server))),
      .token = access.token};
  if (!security.tls && !security.token.empty() && !IsThisMachine(server)) {
    return absl::InvalidArgumentError(
        absl::StrCat("a token is not sent to ", Visible(server),
                     " in plain text: leave --insecure out, or log out of this server"));
  }
  const std::pair<const std::string&, std::string&> files[] = {
      {access.ca, security.ca},
      {access.certificate, security.certificate},
      {access.key, security.key}};
  if (!security.tls) return security;
  for (const auto& [path, text] : files) {
    absl::StatusOr<std::string> pem = ReadPem(path);
    if (!pem.ok()) return pem.status();
    text = *std::move(pem);
  }
  return security;
}

CredentialsFile::CredentialsFile(const Variables& variables) {
  const std::string xdg = variables("XDG_CONFIG_HOME").value_or("");
  const std::string home = variables("HOME").value_or("");
  fs::path folder;
  if (absl::StartsWith(xdg, "/")) {
    folder = xdg;
  } else if (absl::StartsWith(home, "/")) {
    folder = fs::path(home) / ".config";
  } else {
    return;
  }
  path_ = (folder / "electra" / "credentials.json").string();
}

absl::StatusOr<Access> CredentialsFile::Find(const std::string& server) const {
  if (path_.empty()) return Access{};
  const absl::StatusOr<Json> servers = ReadFile(path_);
  if (!servers.ok()) return servers.status();
  const auto found = servers->find(server);
  return found != servers->end() && found->is_object() ? AccessFromJson(*found) : Access{};
}

absl::Status CredentialsFile::Save(const std::string& server, const Access& access) const {
  if (path_.empty()) {
    return absl::FailedPreconditionError(
        "there is no place to keep it: HOME and XDG_CONFIG_HOME are not set");
  }
  absl::StatusOr<Json> servers = ReadFile(path_);
  if (!servers.ok()) return servers.status();
  (*servers)[server] = ToJson(access);
  return WriteFile(path_, *servers);
}

absl::StatusOr<bool> CredentialsFile::Remove(const std::string& server) const {
  if (path_.empty()) return false;
  absl::StatusOr<Json> servers = ReadFile(path_);
  if (!servers.ok()) return servers.status();
  if (servers->erase(server) == 0) return false;
  if (absl::Status status = WriteFile(path_, *servers); !status.ok()) return status;
  return true;
}

}  // namespace electra::client
