#include "client/i18n/phrases.h"

#include <cerrno>
#include <cstring>

#include "absl/strings/cord.h"
#include "client/i18n/server_message.h"

namespace electra::client {
namespace {

constexpr char kKoreanPayload[] = "electra.client/korean";

}  // namespace

Bilingual::Bilingual(const Message& message)
    : english(message.text()), korean(InLanguage(message, Language::kKorean)) {}

Bilingual::Bilingual(const absl::Status& status) : Bilingual(MessageOf(status)) {
  if (const auto payload = status.GetPayload(kKoreanPayload)) korean = std::string(*payload);
}

absl::Status LocalError(absl::StatusCode code, const Bilingual& text) {
  absl::Status status(code, text.english);
  status.SetPayload(kKoreanPayload, absl::Cord(text.korean));
  return status;
}

Bilingual SystemReason(int error) {
  switch (error) {
    case ENOENT:
      return kPhrases.no_such_file;
    case EACCES:
    case EPERM:
      return kPhrases.no_permission;
    case EISDIR:
      return kPhrases.is_folder;
    default:
      return std::strerror(error);
  }
}

}  // namespace electra::client
