// The parts of a tokenizer.json that decide how it tokenizes, and how members of the tokenizer's
// JSON files are read. Private to core/hub.
//
//   RETURN_IF_ERROR(CheckTokenizerJson(root, path));
//   ASSIGN_OR_RETURN(Vocabulary vocabulary, VocabularyFromJson(root, path));
//
// Pure functions. `path` starts the error messages.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/text/tokenizer.h"
#include "core/text/vocabulary.h"

namespace electra {

// The member, or null where it is absent or `object` is not an object.
const nlohmann::json& JsonMember(const nlohmann::json& object, std::string_view name);

// InvalidArgument: `field` has another value than the one that is supported.
absl::Status NotSupported(const std::string& path, std::string_view field,
                          const nlohmann::json& value, std::string_view supported);

// `*out` from object[name], where it is a boolean; true when it was there.
absl::StatusOr<bool> TakeBool(const nlohmann::json& object, const char* name,
                              const std::string& path, bool* out);

// The same of strip_accents, which may be null: as do_lower_case.
absl::StatusOr<bool> TakeStripAccents(const nlohmann::json& object, const std::string& path,
                                      std::optional<bool>* out);

// InvalidArgument unless the file tokenizes as BERT does.
absl::Status CheckTokenizerJson(const nlohmann::json& root, const std::string& path);

absl::StatusOr<Vocabulary> VocabularyFromJson(const nlohmann::json& root, const std::string& path);

absl::Status OptionsFromTokenizerJson(const nlohmann::json& root, const std::string& path,
                                      TokenizerOptions* options);

}  // namespace electra
