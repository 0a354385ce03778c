// Names of the Hugging Face hub as people write them: "hf:monologg/koelectra-small-v3", or, for a
// branch, tag or commit, "hf:monologg/koelectra-small-v3@v1.0".
//
//   if (IsHubName(text)) { ASSIGN_OR_RETURN(const HubName name, ParseHubName(text)); ... }
//
// Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace electra {

struct HubName {
  std::string repository;  // "ORG/NAME"; of the hub's oldest models "NAME"
  std::string revision;    // branch, tag or commit; empty: "main"
};

// Begins with "hf:".
bool IsHubName(std::string_view text);

// InvalidArgument: the message quotes the text and gives the form. An accepted name is safe
// as a part of paths and addresses, its revision once it is escaped.
absl::StatusOr<HubName> ParseHubName(std::string_view text);

// The name as text.
std::string HubNameText(const HubName& name);

// Publishers have the networks of a pair in two repositories, NAME-discriminator and
// NAME-generator. Returns the part that they share, even if the name already has such an ending.
HubName PairBase(const HubName& name);
HubName DiscriminatorOf(const HubName& base);
HubName GeneratorOf(const HubName& base);

// The default name of a model: "monologg--koelectra-small-v3", followed by its revision where it is
// not "main".
std::string ModelNameOf(const HubName& name);

// A whole commit, in lower-case hexadecimal.
bool IsCommit(std::string_view text);

}  // namespace electra
