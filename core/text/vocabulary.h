// A WordPiece vocabulary: the tokens of a vocab.txt, whose ids are their line numbers from 0.
//
// Reads like Hugging Face's fast tokenizer: white space at the end of a line (also the CR of CRLF)
// is not part of the token, and a token that occurs twice has the last line's id, while the size
// stays the number of lines. Published vocabularies have such flaws; `warnings` lists them.
//
// Immutable after Parse, so any number of threads may read it. Movable, not copyable; share it by
// std::shared_ptr<const Vocabulary>.
//
//   ASSIGN_OR_RETURN(Vocabulary vocabulary, Vocabulary::Parse(bytes, "vocab.txt"));
//   std::int32_t mask = vocabulary.special().mask;
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "core/base/message.h"

namespace electra {

// Begins a token that continues a word.
inline constexpr std::string_view kContinuation = "##";

// Ids of [PAD] [UNK] [CLS] [SEP] [MASK], wherever they are in the vocabulary.
struct SpecialTokens {
  std::int32_t pad = 0;
  std::int32_t unk = 0;
  std::int32_t cls = 0;
  std::int32_t sep = 0;
  std::int32_t mask = 0;

  friend bool operator==(const SpecialTokens&, const SpecialTokens&) = default;
};

class Vocabulary {
 public:
  static constexpr std::int32_t kMaxTokens = 1 << 24;
  static constexpr std::size_t kMaxTokenBytes = 1024;

  // `source_name` stands for the file in errors and warnings. InvalidArgument: no token at all, a
  // special token missing (all missing ones are named), not UTF-8 (line and byte), more than
  // kMaxTokens lines, a token above kMaxTokenBytes.
  static absl::StatusOr<Vocabulary> Parse(std::string_view vocab_txt, std::string_view source_name);

  // The same from tokens in order of their ids; nothing is trimmed. A token must not hold a line
  // feed.
  static absl::StatusOr<Vocabulary> FromTokens(std::vector<std::string> tokens,
                                               std::string_view source_name);

  Vocabulary(Vocabulary&&) = default;
  Vocabulary& operator=(Vocabulary&&) = default;
  Vocabulary(const Vocabulary&) = delete;
  Vocabulary& operator=(const Vocabulary&) = delete;

  // Number of lines, so that every id is below it.
  std::int32_t size() const { return static_cast<std::int32_t>(tokens_.size()); }

  std::optional<std::int32_t> Find(std::string_view token) const;

  // 0 <= id < size(). Where two lines have the same token, both ids give it.
  const std::string& Token(std::int32_t id) const { return tokens_[static_cast<std::size_t>(id)]; }

  const SpecialTokens& special() const { return special_; }

  // True for the five ids of special().
  bool IsSpecial(std::int32_t id) const;

  // One sentence each: tokens that occur twice, with their lines; empty lines.
  const std::vector<Message>& warnings() const { return warnings_; }

  // The vocab.txt again, byte for byte what Parse got.
  std::string ToText() const;

 private:
  Vocabulary() = default;

  absl::Status Index(std::string_view source_name);
  void AddDuplicateWarning(std::string_view source_name,
                           const std::map<std::int32_t, std::int32_t>& duplicates);

  std::vector<std::string> tokens_;
  // What Parse trimmed from the end of a line, by id; few lines have such an end.
  std::map<std::int32_t, std::string> trimmed_ends_;
  bool ends_with_newline_ = true;
  // Keys lie in tokens_, whose elements stay where they are when the vector moves.
  absl::flat_hash_map<std::string_view, std::int32_t> ids_;
  SpecialTokens special_;
  std::vector<Message> warnings_;
};

}  // namespace electra
