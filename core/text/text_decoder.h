// A corpus's bytes as UTF-8 (private to core/text): unpacked, decoded, byte order mark removed,
// invalid bytes refused or replaced. Text comes in chunks that never end inside a character.
//
// Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/text/byte_source.h"
#include "core/text/corpus_reader.h"

namespace electra {

class TextDecoder {
 public:
  // `options.encoding` is checked here: InvalidArgument when unknown, when the source is empty or
  // a workbook, an archive or a document of another kind, or when it looks like undeclared UTF-16.
  static absl::StatusOr<std::unique_ptr<TextDecoder>> Create(std::unique_ptr<ByteSource> source,
                                                             const CorpusOptions& options);
  // InvalidArgument where it is unknown; `name` begins the message.
  static absl::Status CheckEncoding(const std::string& encoding, std::string_view name);
  virtual ~TextDecoder() = default;

  // Appends a chunk to `*text`, at least one byte; false at the end. InvalidArgument: bytes that
  // are not text, under OnInvalidText::kRefuse; the text before them was given out.
  virtual absl::StatusOr<bool> Read(std::string* text) = 0;

  // Offsets into all text given out so far where U+FFFD stands for bytes that are not text, in
  // order. The caller takes them from the front.
  std::deque<std::int64_t>& replacements() { return replacements_; }

  const ByteSource& source() const { return *source_; }

 protected:
  TextDecoder(std::unique_ptr<ByteSource> source, OnInvalidText on_invalid, std::string name,
              std::string encoding);

  // The likely encoding of text that is not in the given one.
  enum class LikelyEncoding { kAny, kCp949 };

  // Replaces `bytes`, found at `line_byte` (from 1) of `line`, or refuses them.
  absl::Status HandleInvalid(std::string_view bytes, std::int64_t line, std::int64_t line_byte,
                             LikelyEncoding likely, std::string* text);

  bool refuses() const { return on_invalid_ == OnInvalidText::kRefuse; }

  std::unique_ptr<ByteSource> source_;
  std::int64_t text_size_ = 0;   // all that was given out before this chunk
  std::size_t chunk_start_ = 0;  // size of the caller's text when the chunk began

 private:
  OnInvalidText on_invalid_;
  std::string name_;
  std::string encoding_;
  std::deque<std::int64_t> replacements_;
};

}  // namespace electra
