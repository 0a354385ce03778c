#include "client/settings/credentials.h"

#include <sys/stat.h>

#include <cerrno>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/files/local_file.h"
#include "client/files/user_file.h"
#include "client/i18n/phrases.h"
#include "client/settings/target.h"
#include "client/text/visible_text.h"
#include "core/base/status_macros.h"
#include "nlohmann/json.hpp"

namespace electra::client {
namespace {

using Json = nlohmann::json;

constexpr int64_t kLargestCredential = 1 << 20;
constexpr mode_t kOthers = S_IRWXG | S_IRWXO;

absl::StatusOr<std::string> ReadPem(const std::string& path) {
  if (path.empty()) return std::string();
  absl::StatusOr<std::string> text = ReadWhole(path, kLargestCredential);
  if (text.ok() && !absl::StrContains(*text, "-----BEGIN ")) {
    return InvalidArgument(kPhrases.not_pem, Visible(path));
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
    return FailedPrecondition(kPhrases.cannot_read, Visible(path), SystemReason(errno));
  }
  if ((status.st_mode & kOthers) != 0) {
    return FailedPrecondition(kPhrases.readable_tokens, Visible(path));
  }
  ASSIGN_OR_RETURN(const std::string text, ReadWhole(path, kLargestCredential));
  Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  const auto servers = json.is_object() ? json.find("servers") : json.end();
  if (!json.is_object() || servers == json.end() || !servers->is_object()) {
    return FailedPrecondition(kPhrases.damaged_tokens, Visible(path));
  }
  return *servers;
}

std::string ToText(const Json& servers) {
  return Json{{"servers", servers}}.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

absl::StatusOr<Security> MakeSecurity(const std::string& server, const Access& access) {
  if (access.certificate.empty() != access.key.empty()) {
    return LocalError(absl::StatusCode::kInvalidArgument, kPhrases.cert_without_key);
  }
  const bool has_files = !access.ca.empty() || !access.certificate.empty();
  Security security{
      .tls = access.transport == Transport::kTls ||
             (access.transport == Transport::kDefault && (has_files || !IsThisMachine(server))),
      .token = access.token};
  if (!security.tls && !security.token.empty() && !IsThisMachine(server)) {
    return InvalidArgument(kPhrases.token_in_plain, Visible(server));
  }
  const std::pair<const std::string&, std::string&> files[] = {
      {access.ca, security.ca},
      {access.certificate, security.certificate},
      {access.key, security.key}};
  if (!security.tls) return security;
  for (const auto& [path, text] : files) {
    ASSIGN_OR_RETURN(text, ReadPem(path));
  }
  return security;
}

CredentialsFile::CredentialsFile(const Variables& variables) {
  const std::string folder = ConfigFolder(variables);
  if (!folder.empty()) path_ = absl::StrCat(folder, "/credentials.json");
}

absl::StatusOr<Access> CredentialsFile::Find(const std::string& server) const {
  if (path_.empty()) return Access{};
  ASSIGN_OR_RETURN(const Json servers, ReadFile(path_));
  const auto found = servers.find(server);
  return found != servers.end() && found->is_object() ? AccessFromJson(*found) : Access{};
}

absl::Status CredentialsFile::Save(const std::string& server, const Access& access) const {
  if (path_.empty()) {
    return LocalError(absl::StatusCode::kFailedPrecondition, kPhrases.nowhere_to_keep);
  }
  ASSIGN_OR_RETURN(Json servers, ReadFile(path_));
  servers[server] = ToJson(access);
  return WriteUserFile(path_, ToText(servers));
}

absl::StatusOr<bool> CredentialsFile::Remove(const std::string& server) const {
  if (path_.empty()) return false;
  ASSIGN_OR_RETURN(Json servers, ReadFile(path_));
  if (servers.erase(server) == 0) return false;
  RETURN_IF_ERROR(WriteUserFile(path_, ToText(servers)));
  return true;
}

}  // namespace electra::client
