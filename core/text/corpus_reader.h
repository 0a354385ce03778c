// Reads the samples of a corpus, one after the other, in memory that does not depend on its size.
//
//   .txt           a sample a line
//   .csv .tsv      the first record names the columns; Quoting says what quotes mean
//   .jsonl         an object a line; the sample is a field that holds a string
//
// A POSIX tar archive of such files is one corpus too, recognised by its first bytes: file after
// file, each on its own. gzip and zstd are recognised by their first bytes; a byte order mark
// (UTF-8, UTF-16, UTF-32) overrides CorpusOptions::encoding. CRLF ends a line as LF does; NUL
// characters are dropped. Samples of white space alone are counted and skipped.
//
// Not thread-safe. Every error names the corpus and, where there is one, the line.
//
//   ASSIGN_OR_RETURN(auto reader, CorpusReader::Open(path, {.format = CorpusFormat::kCsv,
//                                                          .column = "sen"}));
//   std::string sample;
//   while (true) {
//     ASSIGN_OR_RETURN(bool more, reader->Next(&sample));
//     if (!more) break;
//     ...
//   }
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/text/corpus_format.h"

namespace electra {

// How to treat bytes that are not text in the corpus's encoding.
enum class OnInvalidText {
  kRefuse,   // an error with line and byte
  kReplace,  // U+FFFD for them
  kSkip,     // the sample that holds them is left out
};

// What quotes mean in a .csv or .tsv.
enum class Quoting {
  kByFormat,  // kCsv; between tabs, whatever makes rows of the first line's length (table_reader.h)
  kNone,      // a quote is text, and every line is a row
  kCsv,       // RFC 4180: quotes enclose a field, which may hold line ends
};

// Which values of a .jsonl's field are samples.
enum class JsonValues {
  kStrings,
  kLabels,  // integers and booleans too, as the file writes them
};

// How far a packed corpus may unpack. A file of a few megabytes can unpack to terabytes; the id
// cache made of it would fill the disk. Text packs to a third, a tenth at best.
struct UnpackLimits {
  std::int64_t max_bytes = std::int64_t{64} << 30;
  std::int64_t max_ratio = 200;                       // unpacked to packed bytes, ...
  std::int64_t ratio_from = std::int64_t{256} << 20;  // ... once so much is unpacked
};

struct CorpusOptions {
  CorpusFormat format = CorpusFormat::kText;
  std::string column = {};         // csv, tsv: column; jsonl: field; txt: must be empty
  std::string encoding = "utf-8";  // any that ICU knows; cp949 and euc-kr are Microsoft's 949
  OnInvalidText on_invalid = OnInvalidText::kRefuse;
  // csv, tsv: between the columns, an ASCII character. Empty: in a .tsv a tab, in a .csv whichever
  // of comma, semicolon and tab the first line has.
  std::string delimiter = {};
  Quoting quoting = Quoting::kByFormat;
  JsonValues json_values = JsonValues::kStrings;
  std::string display_name = {};  // stands for the path in errors; empty: the path itself
  std::int64_t max_sample_bytes = std::int64_t{64} << 20;  // a longer record is refused
  UnpackLimits unpack = {};
};

// Checks them without the file: InvalidArgument where the encoding is unknown, the delimiter is not
// allowed, or there are options for columns in a format without any.
absl::Status CheckCorpusOptions(const CorpusOptions& options);

struct CorpusCounts {
  std::int64_t samples = 0;           // given out by Next
  std::int64_t blank_samples = 0;     // white space alone, or JSON null
  std::int64_t skipped_samples = 0;   // by OnInvalidText::kSkip
  std::int64_t replaced_samples = 0;  // given out with a replacement in them
  // Given out of rows in which a quote encloses line ends; then the first and last line of the
  // longest such quote.
  std::int64_t multi_line_samples = 0;
  std::int64_t longest_quote_begin = 0;
  std::int64_t longest_quote_end = 0;
};

class CorpusReader {
 public:
  // NotFound or PermissionDenied: the file. InvalidArgument: it is empty, the encoding is unknown,
  // the column is not there (the message lists the existing ones).
  static absl::StatusOr<std::unique_ptr<CorpusReader>> Open(const std::filesystem::path& path,
                                                            const CorpusOptions& options);
  virtual ~CorpusReader() = default;

  // False at the end of the corpus. InvalidArgument: not as the options say (encoding, quotes,
  // JSON, field), a sample too long, or an end without a single sample that holds text. DataLoss:
  // a compressed file is damaged or cut short. ResourceExhausted: it unpacks beyond the limits.
  // After an error only the destructor may follow.
  virtual absl::StatusOr<bool> Next(std::string* sample) = 0;

  // Line on which Next's last sample begins, from 1; 0 before the first.
  virtual std::int64_t line() const = 0;
  // In an archive, the file that holds that sample; else empty.
  virtual std::string_view file() const { return {}; }

  virtual const CorpusCounts& counts() const = 0;

  // Bytes of the file (as stored, so compressed ones) read so far, and its size.
  virtual std::int64_t bytes_read() const = 0;
  virtual std::int64_t file_size() const = 0;
};

}  // namespace electra
