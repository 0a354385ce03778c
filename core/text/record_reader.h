// The common part of the readers of all formats: a buffer of decoded text, counts, and the
// treatment of samples that are blank or not text (private to core/text).
//
// Not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/message.h"
#include "core/text/corpus_reader.h"
#include "core/text/text_decoder.h"

namespace electra {

// White space alone.
bool IsBlank(std::string_view text);

// The InvalidArgument error of a corpus without a single sample.
absl::Status NoText(std::string_view display_name, const CorpusCounts& counts);

// One record of a corpus before it is known to hold text.
struct Record {
  std::int64_t line = 0;
  std::string text;
  // The first and last line of a quote that encloses line ends; 0: none.
  std::int64_t quote_begin = 0;
  std::int64_t quote_end = 0;
  bool is_replaced = false;  // holds U+FFFD for values that the format allows but text cannot hold
};

class RecordReader : public CorpusReader {
 public:
  // `start` is text already read from the decoder.
  RecordReader(std::unique_ptr<TextDecoder> decoder, const CorpusOptions& options,
               std::string start = {})
      : options_(options), decoder_(std::move(decoder)), buffer_(std::move(start)) {}

  absl::StatusOr<bool> Next(std::string* sample) override;

  std::int64_t line() const override { return line_; }
  const CorpusCounts& counts() const override { return counts_; }
  std::int64_t bytes_read() const override { return decoder_->source().bytes_read(); }
  std::int64_t file_size() const override { return decoder_->source().file_size(); }

  std::int64_t bytes_given() const { return decoder_->source().bytes_given(); }

  // One of several files: it may hold no text.
  void AllowNoText() { allows_no_text_ = true; }

 protected:
  // False at the end. Text it consumes goes through Consume.
  virtual absl::StatusOr<bool> NextRecord(Record* record) = 0;

  absl::Status Invalid(const Message& problem) const;

  std::string_view Buffered() const { return std::string_view(buffer_).substr(begin_); }

  void Consume(std::size_t bytes) {
    begin_ += bytes;
    offset_ += static_cast<std::int64_t>(bytes);
  }

  // False at the end of the corpus.
  absl::StatusOr<bool> Fill();

  // The end in Buffered(), which is filled up to there, of the line that begins at `from`: its line
  // feed or the end of the corpus; npos when no line begins there. A line longer than
  // max_sample_bytes is not read to its end: the result is beyond that length.
  absl::StatusOr<std::size_t> FindLineEnd(std::size_t from);

  // Takes the line at the start of Buffered(); false at the end. InvalidArgument: it is too long.
  absl::StatusOr<bool> NextLine(Record* record);

  bool IsTooLong(std::size_t bytes) const {
    return bytes > static_cast<std::size_t>(options_.max_sample_bytes);
  }

  absl::Status LineTooLong(std::int64_t line) const;

  // Consumes the lines that end at `end`, and their last line feed.
  void ConsumeLines(std::size_t end);

  std::int64_t next_line() const { return next_line_; }  // by ConsumeLines, from 1

  const CorpusOptions options_;

 private:
  void CountQuote(const Record& record);

  // Whether bytes in [start, end) of the decoded text were replaced; forgets replacements before
  // `end`.
  bool TakeReplacements(std::int64_t start, std::int64_t end);

  std::unique_ptr<TextDecoder> decoder_;
  std::string buffer_;  // decoded; the part before begin_ is consumed
  std::size_t begin_ = 0;
  std::int64_t offset_ = 0;  // of buffer_[begin_] in all decoded text
  std::int64_t next_line_ = 1;
  std::int64_t line_ = 0;
  CorpusCounts counts_;
  bool allows_no_text_ = false;
};

// A sample a line.
class LineReader : public RecordReader {
 public:
  using RecordReader::RecordReader;

  absl::StatusOr<bool> NextRecord(Record* record) override { return NextLine(record); }
};

}  // namespace electra
