#include "client/transfer/corpus_head.h"

#include <iconv.h>
#include <zlib.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "client/files/local_file.h"
#include "client/i18n/phrases.h"
#include "client/text/visible_text.h"
#include "core/base/file_kind.h"
#include "core/base/status_macros.h"
#include "core/base/utf8.h"
#include "nlohmann/json.hpp"

namespace electra::client {
namespace {

// Bytes of the file. Only the server reads a longer first line.
constexpr size_t kHead = 64 << 10;

// The beginning of a file as text.
struct Head {
  std::string text;
  bool is_whole = false;

  // Without a last line that may go on; empty where no line ends.
  std::string_view Lines() const {
    const std::string_view all = text;
    return is_whole ? all : all.substr(0, all.rfind('\n') + 1);
  }
};

// Text compresses to a tenth at best; endless output is not followed.
std::optional<Head> Unpacked(const Head& packed) {
  z_stream stream{};
  // 15: largest window; 16: gzip.
  if (inflateInit2(&stream, 15 + 16) != Z_OK) return std::nullopt;
  std::string input = packed.text;
  Head head{.text = std::string(kHead, '\0')};
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(head.text.data());
  stream.avail_out = static_cast<uInt>(head.text.size());
  const int result = inflate(&stream, Z_SYNC_FLUSH);
  const bool is_read = result == Z_OK || result == Z_BUF_ERROR || result == Z_STREAM_END;
  head.text.erase(stream.total_out);
  // Another member may follow.
  head.is_whole = result == Z_STREAM_END && packed.is_whole && stream.avail_in == 0;
  inflateEnd(&stream);
  return is_read ? std::optional(head) : std::nullopt;
}

bool IsUtf8Name(const std::string& encoding) {
  return encoding.empty() || absl::EqualsIgnoreCase(encoding, "utf-8") ||
         absl::EqualsIgnoreCase(encoding, "utf8");
}

// Converted by the system's tables, if they have the encoding and `bytes` are valid in it.
std::optional<std::string> Converted(std::string_view bytes, const std::string& encoding) {
  // EUC-KR usually means Microsoft's table, a superset.
  const bool is_korean = absl::EqualsIgnoreCase(encoding, "euc-kr");
  const iconv_t converter = iconv_open("UTF-8", is_korean ? "CP949" : encoding.c_str());
  if (converter == reinterpret_cast<iconv_t>(-1)) return std::nullopt;
  std::string input(bytes);
  std::string output(3 * input.size() + 16, '\0');
  char* from = input.data();
  char* to = output.data();
  size_t left = input.size();
  size_t room = output.size();
  const bool is_text = iconv(converter, &from, &left, &to, &room) != static_cast<size_t>(-1);
  // The last character may be cut.
  const bool is_cut = !is_text && left < 4;
  iconv_close(converter);
  if (!is_text && !is_cut) return std::nullopt;
  output.erase(output.size() - room);
  return output;
}

// A byte order mark wins over the user's value. UTF-16 without one is not detected here.
std::string EncodingOf(const UploadOptions& upload, std::string_view start) {
  const bool is_marked = start.starts_with("\xFF\xFE") || start.starts_with("\xFE\xFF");
  if (is_marked) return "UTF-16";
  const bool is_utf16 = absl::StartsWithIgnoreCase(upload.encoding, "utf-16") ||
                        absl::StartsWithIgnoreCase(upload.encoding, "utf16");
  return is_utf16 ? "not known" : upload.encoding;
}

absl::Status CheckUtf8(const UploadOptions& upload, const std::string& file, const Head& head) {
  const std::optional<size_t> invalid = FindInvalidUtf8(head.Lines());
  const bool is_refused =
      upload.on_invalid == v1::ON_INVALID_TEXT_UNSPECIFIED || upload.on_invalid == v1::REFUSE;
  if (!invalid || !is_refused) return absl::OkStatus();
  const std::string_view before = head.Lines().substr(0, *invalid);
  return InvalidArgument(kPhrases.head_not_utf8, Visible(file),
                         1 + std::count(before.begin(), before.end(), '\n'));
}

// Nothing where the text cannot be read here.
absl::StatusOr<std::optional<Head>> ReadHead(const UploadOptions& upload, const std::string& name) {
  const std::string& path = upload.files.empty() ? upload.path : upload.files.front().path;
  ASSIGN_OR_RETURN(const LocalFile file, LocalFile::Open(path));
  std::optional<Head> head = Head{.text = std::string(kHead, '\0')};
  ASSIGN_OR_RETURN(const size_t count, file.ReadAt(0, head->text.data(), kHead));
  head->text.resize(count);
  head->is_whole = static_cast<int64_t>(count) == file.size();
  if (absl::StartsWith(head->text, "\x28\xB5\x2F\xFD")) return std::optional<Head>();  // zstd
  if (absl::StartsWith(head->text, "\x1F\x8B")) head = Unpacked(*head);
  if (!head) return head;
  if (const Message kind = OtherKindOf(head->text); !kind.text().empty()) {
    return InvalidArgument(kPhrases.wrong_value, name, kind);
  }
  if (absl::StartsWith(head->text, "\xEF\xBB\xBF")) {
    head->text.erase(0, 3);
  } else if (const std::string encoding = EncodingOf(upload, head->text); !IsUtf8Name(encoding)) {
    std::optional<std::string> text = Converted(head->text, encoding);
    if (!text) return std::optional<Head>();
    head->text = *std::move(text);
  }
  // No text has a NUL: it is in another encoding.
  if (head->text.find('\0') != std::string::npos) return std::optional<Head>();
  RETURN_IF_ERROR(CheckUtf8(upload, name, *head));
  return head;
}

// Takes the quoted field at the beginning of `text` away; nothing where it has no end.
std::optional<std::string> TakeQuoted(std::string_view* text) {
  std::string field;
  do {
    text->remove_prefix(1);
    const size_t quote = text->find('"');
    if (quote == std::string_view::npos) return std::nullopt;
    // Two quotes mean one.
    const bool is_double = text->substr(quote).starts_with("\"\"");
    field.append(text->substr(0, quote + (is_double ? 1 : 0)));
    text->remove_prefix(quote + 1);
  } while (text->starts_with('"'));
  return field;
}

// The fields of the first record by RFC 4180, if it is complete and well-formed.
std::optional<std::vector<std::string>> FirstRecord(std::string_view text, char separator) {
  std::vector<std::string> fields;
  while (true) {
    std::string field;
    if (text.starts_with('"')) {
      std::optional<std::string> quoted = TakeQuoted(&text);
      if (!quoted) return std::nullopt;
      field = *std::move(quoted);
      if (text.starts_with('\r')) text.remove_prefix(1);
    } else {
      const char ends[] = {separator, '\n', '\0'};
      const size_t end = std::min(text.find_first_of(ends), text.size());
      field = text.substr(0, end);
      text.remove_prefix(end);
      const bool ends_record = text.empty() || text.front() == '\n';
      if (ends_record && absl::EndsWith(field, "\r")) field.pop_back();
    }
    fields.push_back(std::move(field));
    if (text.empty() || text.front() == '\n') return fields;
    if (text.front() != separator) return std::nullopt;
    text.remove_prefix(1);
  }
}

std::vector<std::string> UnquotedRecord(std::string_view text, char separator) {
  std::string_view line = text.substr(0, text.find('\n'));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return absl::StrSplit(absl::string_view(line.data(), line.size()), separator);
}

// `separators`: the possible ones; the format does not say which.
absl::Status CheckColumn(const UploadOptions& upload, const std::string& file,
                         std::string_view text, std::string_view separators) {
  const std::string& column = upload.column;
  if (!upload.delimiter.empty()) separators = upload.delimiter;
  std::vector<std::string> names;
  for (const char separator : separators) {
    const auto found = upload.quoting == v1::QUOTING_NONE
                           ? std::optional(UnquotedRecord(text, separator))
                           : FirstRecord(text, separator);
    if (!found) continue;
    if (std::count(found->begin(), found->end(), column) > 0 && !column.empty()) {
      return absl::OkStatus();
    }
    if (found->size() > names.size()) names = *found;
  }
  if (names.empty()) return absl::OkStatus();  // the server says what is wrong with the quotes
  return column.empty() ? InvalidArgument(kPhrases.name_column, file, ListedNames(names))
                        : InvalidArgument(kPhrases.no_column, file, column, ListedNames(names));
}

absl::Status CheckField(const std::string& file, std::string_view text, const std::string& field) {
  const std::string_view line = text.substr(0, text.find('\n'));
  const size_t first = line.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return absl::OkStatus();
  if (line[first] == '[') return InvalidArgument(kPhrases.is_array, file);
  const auto object =
      nlohmann::ordered_json::parse(line.begin(), line.end(), nullptr, /*allow_exceptions=*/false);
  if (object.is_discarded()) return absl::OkStatus();
  if (!object.is_object()) return InvalidArgument(kPhrases.not_object, file);
  if (!field.empty() && object.contains(field)) return absl::OkStatus();
  std::vector<std::string> names;
  for (const auto& [name, value] : object.items()) names.push_back(name);
  if (names.empty()) return InvalidArgument(kPhrases.no_fields, file);
  return field.empty() ? InvalidArgument(kPhrases.name_field, file, ListedNames(names))
                       : InvalidArgument(kPhrases.no_field, file, field, ListedNames(names));
}

// By the ending, like the server.
v1::CorpusFormat FormatOf(const UploadOptions& upload) {
  if (upload.format != v1::CORPUS_FORMAT_UNSPECIFIED) return upload.format;
  std::string_view name = upload.path;
  if (absl::EndsWithIgnoreCase(upload.path, ".gz")) name.remove_suffix(3);
  const auto ends_with = [name = std::string(name)](const char* ending) {
    return absl::EndsWithIgnoreCase(name, ending);
  };
  if (ends_with(".csv")) return v1::CSV;
  if (ends_with(".tsv")) return v1::TSV;
  if (ends_with(".jsonl") || ends_with(".ndjson")) return v1::JSONL;
  return v1::CORPUS_FORMAT_UNSPECIFIED;
}

}  // namespace

absl::Status CheckCorpusHead(const UploadOptions& upload) {
  if (upload.converted != nullptr) return absl::OkStatus();
  const std::string file = BaseName(upload.files.empty() ? upload.path : upload.files.front().path);
  ASSIGN_OR_RETURN(const std::optional<Head> head, ReadHead(upload, file));
  if (!head || head->Lines().empty()) return absl::OkStatus();
  switch (FormatOf(upload)) {
    case v1::CSV:
      return CheckColumn(upload, file, head->Lines(), ",;\t");
    case v1::TSV:
      return CheckColumn(upload, file, head->Lines(), "\t");
    case v1::JSONL:
      return CheckField(file, head->Lines(), upload.column);
    default:
      return absl::OkStatus();
  }
}

}  // namespace electra::client
