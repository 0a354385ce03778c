#include "server/services/job_labels.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace electra {
namespace {

bool IsTagKey(const std::string& key) {
  return !key.empty() && key.size() <= kMaxTagKey &&
         absl::ascii_isalpha(static_cast<unsigned char>(key.front())) &&
         std::all_of(key.begin(), key.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-' ||
                  c == '.';
         });
}

bool HasControl(const std::string& text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return absl::ascii_iscntrl(static_cast<unsigned char>(c)); });
}

}  // namespace

void CheckDisplayName(const std::string& display_name, std::vector<FieldViolation>* violations) {
  if (display_name.size() <= kMaxDisplayName) return;
  violations->push_back(
      {"display_name", absl::StrCat("display_name has ", display_name.size(), " bytes: at most ",
                                    kMaxDisplayName, " are accepted")});
}

void CheckTags(const JobTags& tags, std::vector<FieldViolation>* violations) {
  if (tags.size() > kMaxTags) {
    violations->push_back({"tags", absl::StrCat("there are ", tags.size(), " tags: at most ",
                                                kMaxTags, " are accepted")});
    return;
  }
  for (const auto& [key, value] : tags) {
    if (!IsTagKey(key)) {
      violations->push_back(
          {"tags",
           absl::StrCat("\"", absl::Utf8SafeCEscape(key.substr(0, kMaxTagKey)),
                        "\" is no key of a tag: a letter, then letters, digits, \"_\", \"-\" and "
                        "\".\", ",
                        kMaxTagKey, " in all at most")});
    } else if (value.size() > kMaxTagValue) {
      violations->push_back({absl::StrCat("tags.", key),
                             absl::StrCat("tag ", key, " has ", value.size(), " bytes: at most ",
                                          kMaxTagValue, " are accepted")});
    } else if (HasControl(value)) {
      violations->push_back(
          {absl::StrCat("tags.", key),
           absl::StrCat("tag ", key, " has a control character: a tag is one line of text")});
    }
  }
}

}  // namespace electra
