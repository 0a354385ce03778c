#include "core/text/text_decoder.h"

#include <unicode/ucnv.h>
#include <unicode/utf16.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "core/base/file_kind.h"
#include "core/base/message.h"
#include "core/base/status_macros.h"
#include "core/base/utf8.h"
#include "core/text/recognition.h"

namespace electra {
namespace {

constexpr std::size_t kChunk = std::size_t{1} << 16;
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr std::size_t kMaxEncodingName = 64;

struct ByteOrderMark {
  std::string_view bytes;
  const char* encoding;
};

// UTF-32 before UTF-16, whose mark is the beginning of UTF-32's.
constexpr ByteOrderMark kByteOrderMarks[] = {
    {"\xEF\xBB\xBF", "utf-8"},
    {std::string_view("\xFF\xFE\0\0", 4), "utf-32le"},
    {std::string_view("\0\0\xFE\xFF", 4), "utf-32be"},
    {"\xFF\xFE", "utf-16le"},
    {"\xFE\xFF", "utf-16be"},
};

struct ConverterCloser {
  void operator()(UConverter* converter) const { ucnv_close(converter); }
};
using Converter = std::unique_ptr<UConverter, ConverterCloser>;

// Gives back bytes that were read to be looked at.
class Replay : public ByteSource {
 public:
  Replay(std::string first, std::unique_ptr<ByteSource> rest)
      : first_(std::move(first)), rest_(std::move(rest)) {}

  absl::StatusOr<std::size_t> Read(char* buffer, std::size_t capacity) override {
    if (position_ == first_.size()) return rest_->Read(buffer, capacity);
    const std::size_t n = first_.copy(buffer, capacity, position_);
    position_ += n;
    return n;
  }
  std::int64_t bytes_given() const override {
    const std::size_t left = first_.size() - position_;
    return rest_->bytes_given() - static_cast<std::int64_t>(left);
  }
  std::int64_t bytes_read() const override { return rest_->bytes_read(); }
  std::int64_t file_size() const override { return rest_->file_size(); }

 private:
  std::string first_;
  std::size_t position_ = 0;
  std::unique_ptr<ByteSource> rest_;
};

std::string Normalized(std::string_view encoding) {
  std::string name;
  for (const char c : encoding) {
    if (c != '-' && c != '_' && c != ' ')
      name.push_back(absl::ascii_tolower(static_cast<unsigned char>(c)));
  }
  return name;
}

// ICU's own "cp949" and "euc-kr" are IBM's tables, which lack most syllables and read 0x5C as the
// won sign; what people call by these names is Microsoft's table, a superset of KS X 1001.
std::string IcuName(std::string_view encoding) {
  const std::string name = Normalized(encoding);
  for (const char* korean : {"cp949", "949", "ms949", "uhc", "windows949", "euckr", "ksc5601",
                             "ksc56011987", "ksx1001", "korean"}) {
    if (name == korean) return kKoreanTable;
  }
  return std::string(encoding);
}

bool IsUtf8Name(std::string_view encoding) {
  const std::string name = Normalized(encoding);
  return name.empty() || name == "utf8" || name == "utf8sig" || name == "ascii" ||
         name == "usascii";
}

// Text in UTF-16 has a NUL beside each ASCII character; as UTF-8 it would be read as nonsense.
bool LooksLikeUtf16(std::string_view bytes) {
  return bytes.size() >= 8 && std::count(bytes.begin(), bytes.end(), '\0') >
                                  static_cast<std::ptrdiff_t>(bytes.size() / 4);
}

// "utf-16" without a mark is big-endian by the standard, but little-endian in most files: spaces,
// digits and line ends tell, whose upper byte is NUL.
bool LooksLittleEndian(std::string_view utf16) {
  std::size_t nuls[2] = {0, 0};
  for (std::size_t i = 0; i < utf16.size(); ++i) nuls[i % 2] += utf16[i] == '\0' ? 1U : 0U;
  return nuls[1] > nuls[0];
}

// Line and byte of positions in a stream of bytes.
struct Position {
  std::int64_t line = 1;
  std::int64_t line_start = 0;  // offset of its first byte

  void NewLine(std::int64_t next_byte) {
    ++line;
    line_start = next_byte;
  }
};

class Utf8Decoder : public TextDecoder {
 public:
  Utf8Decoder(std::unique_ptr<ByteSource> source, const CorpusOptions& options,
              const std::string& name)
      : TextDecoder(std::move(source), options.on_invalid, name, "UTF-8") {}

  absl::StatusOr<bool> Read(std::string* text) override {
    chunk_start_ = text->size();
    while (text->size() == chunk_start_) {
      if (ended_) return false;
      ASSIGN_OR_RETURN(const std::size_t n,
                       source_->Read(buffer_.data() + held_, buffer_.size() - held_));
      ended_ = n == 0;
      const std::string_view bytes(buffer_.data(), held_ + n);
      ASSIGN_OR_RETURN(const std::size_t used, Decode(bytes, text));
      held_ = bytes.size() - used;
      std::copy(bytes.begin() + static_cast<std::ptrdiff_t>(used), bytes.end(), buffer_.begin());
      offset_ += static_cast<std::int64_t>(used);
    }
    text_size_ += static_cast<std::int64_t>(text->size() - chunk_start_);
    return true;
  }

 private:
  // Returns how many bytes were used: all but the beginning of a character at the end.
  absl::StatusOr<std::size_t> Decode(std::string_view bytes, std::string* text) {
    std::size_t used = 0;
    while (used < bytes.size()) {
      const std::string_view rest = bytes.substr(used);
      const std::size_t valid = FindInvalidUtf8(rest).value_or(rest.size());
      text->append(rest.substr(0, valid));
      CountLines(rest.substr(0, valid), offset_ + static_cast<std::int64_t>(used));
      used += valid;
      if (used == bytes.size()) break;
      const std::size_t invalid = InvalidUtf8SequenceLength(bytes.substr(used));
      const bool may_go_on =
          used + invalid == bytes.size() && invalid < 4 && !ended_ && IsLead(bytes[used]);
      if (may_go_on) break;
      RETURN_IF_ERROR(HandleInvalid(
          bytes.substr(used, invalid), position_.line,
          offset_ + static_cast<std::int64_t>(used) - position_.line_start + 1,
          Guess(std::string_view(*text).substr(chunk_start_), bytes.substr(used)), text));
      used += invalid;
    }
    return used;
  }

  // `before`: what was UTF-8. One with characters of three bytes, as Korean has, is in no other
  // encoding.
  LikelyEncoding Guess(std::string_view before, std::string_view from) const {
    if (!refuses()) return LikelyEncoding::kAny;
    const bool is_utf8 = std::any_of(before.begin(), before.end(), [](char byte) {
      return static_cast<std::uint8_t>(byte) >= 0xE0;
    });
    return !is_utf8 && ReadsAsKorean(from) ? LikelyEncoding::kCp949 : LikelyEncoding::kAny;
  }

  static bool IsLead(char byte) {
    const auto value = static_cast<std::uint8_t>(byte);
    return value >= 0xC2 && value <= 0xF4;
  }

  void CountLines(std::string_view text, std::int64_t offset) {
    for (std::size_t i = text.find('\n'); i != std::string_view::npos; i = text.find('\n', i + 1)) {
      position_.NewLine(offset + static_cast<std::int64_t>(i) + 1);
    }
  }

  std::array<char, kChunk> buffer_;
  std::size_t held_ = 0;     // bytes at the start of buffer_ that Decode has left
  std::int64_t offset_ = 0;  // of buffer_[0] in the stream
  bool ended_ = false;
  Position position_;
};

class IcuDecoder : public TextDecoder {
 public:
  IcuDecoder(std::unique_ptr<ByteSource> source, Converter converter, const CorpusOptions& options,
             const std::string& name, const std::string& encoding)
      : TextDecoder(std::move(source), options.on_invalid, name, encoding),
        converter_(std::move(converter)),
        is_korean_(IcuName(encoding) == kKoreanTable),
        line_feed_bytes_(ucnv_getMinCharSize(converter_.get())) {}

  absl::StatusOr<bool> Read(std::string* text) override {
    chunk_start_ = text->size();
    while (text->size() == chunk_start_) {
      if (next_ == size_) {
        if (ended_) return false;
        offset_ += static_cast<std::int64_t>(size_);
        ASSIGN_OR_RETURN(size_, source_->Read(bytes_.data(), bytes_.size()));
        next_ = 0;
        ended_ = size_ == 0;
      }
      RETURN_IF_ERROR(Convert(text));
    }
    text_size_ += static_cast<std::int64_t>(text->size() - chunk_start_);
    return true;
  }

 private:
  // Converts what fits into units_, up to the first invalid bytes.
  absl::Status Convert(std::string* text) {
    const char* from = bytes_.data() + next_;
    UChar* to = units_.data();
    UErrorCode error = U_ZERO_ERROR;
    ucnv_toUnicode(converter_.get(), &to, units_.data() + units_.size(), &from,
                   bytes_.data() + size_, sources_.data(), static_cast<UBool>(ended_), &error);
    const std::int64_t base = offset_ + static_cast<std::int64_t>(next_);
    next_ = static_cast<std::size_t>(from - bytes_.data());
    RETURN_IF_ERROR(Append(static_cast<std::size_t>(to - units_.data()), base, text));
    if (error == U_BUFFER_OVERFLOW_ERROR || U_SUCCESS(error)) return absl::OkStatus();

    std::array<char, 32> invalid{};
    auto length = static_cast<std::int8_t>(invalid.size());
    UErrorCode lookup = U_ZERO_ERROR;
    ucnv_getInvalidChars(converter_.get(), invalid.data(), &length, &lookup);
    const std::int64_t at = offset_ + static_cast<std::int64_t>(next_) - length;
    return HandleInvalid(std::string_view(invalid.data(), static_cast<std::size_t>(length)),
                         position_.line, std::max<std::int64_t>(at - position_.line_start, 0) + 1,
                         LikelyEncoding::kAny, text);
  }

  // Appends units_[0, count) as UTF-8. `base`: offset in the stream that sources_ counts from.
  absl::Status Append(std::size_t count, std::int64_t base, std::string* text) {
    for (std::size_t i = 0; i < count; ++i) {
      const UChar unit = units_[i];
      if (is_korean_ && (unit == 0x80 || unit == 0xF8F7)) {
        const std::int64_t at = base + sources_[i] - position_.line_start + 1;
        RETURN_IF_ERROR(HandleInvalid(unit == 0x80 ? "\x80" : "\xFF", position_.line, at,
                                      LikelyEncoding::kAny, text));
        continue;
      }
      if (at_start_) {
        at_start_ = false;
        if (unit == 0xFEFF) continue;
      }
      if (unit == '\n') position_.NewLine(base + sources_[i] + line_feed_bytes_);
      if (U16_IS_LEAD(unit)) {
        high_surrogate_ = unit;  // the other half may come with the next chunk
      } else if (U16_IS_TRAIL(unit)) {
        if (high_surrogate_ != 0) {
          AppendUtf8(static_cast<char32_t>(U16_GET_SUPPLEMENTARY(high_surrogate_, unit)), text);
        }
        high_surrogate_ = 0;
      } else {
        AppendUtf8(unit, text);
      }
    }
    return absl::OkStatus();
  }

  Converter converter_;
  // ICU's windows-949 gives control and private characters for two bytes that are in no table.
  const bool is_korean_;
  const std::int64_t line_feed_bytes_;
  std::array<char, kChunk> bytes_;
  std::array<UChar, kChunk> units_;
  std::array<std::int32_t, kChunk> sources_;
  std::size_t next_ = 0, size_ = 0;  // of bytes_
  std::int64_t offset_ = 0;          // of bytes_[0] in the stream
  bool ended_ = false;
  bool at_start_ = true;
  UChar high_surrogate_ = 0;
  Position position_;
};

absl::StatusOr<Converter> OpenConverter(const std::string& encoding, std::string_view name) {
  const auto unknown = [&] {
    return Within(name, InvalidArgumentError(
                            "UNKNOWN_ENCODING",
                            "unknown encoding \"{encoding}\"; known are utf-8, utf-16, cp949, "
                            "euc-kr, shift_jis, gb18030, latin1 and all others of ICU",
                            absl::CHexEscape(encoding.substr(0, kMaxEncodingName))));
  };
  const bool printable = std::all_of(encoding.begin(), encoding.end(), [](char c) {
    return absl::ascii_isgraph(static_cast<unsigned char>(c)) && c != '/' && c != ',';
  });
  if (encoding.size() > kMaxEncodingName || !printable) return unknown();
  UErrorCode error = U_ZERO_ERROR;
  Converter converter(ucnv_open(IcuName(encoding).c_str(), &error));
  if (U_FAILURE(error)) return unknown();
  ucnv_setToUCallBack(converter.get(), UCNV_TO_U_CALLBACK_STOP, nullptr, nullptr, nullptr, &error);
  if (U_FAILURE(error)) return unknown();
  return converter;
}

absl::StatusOr<std::string> ReadStart(ByteSource& source, std::size_t size) {
  std::string start(size, '\0');
  std::size_t filled = 0;
  while (filled < size) {
    ASSIGN_OR_RETURN(const std::size_t n, source.Read(start.data() + filled, size - filled));
    if (n == 0) break;
    filled += n;
  }
  start.resize(filled);
  return start;
}

}  // namespace

TextDecoder::TextDecoder(std::unique_ptr<ByteSource> source, OnInvalidText on_invalid,
                         std::string name, std::string encoding)
    : source_(std::move(source)),
      on_invalid_(on_invalid),
      name_(std::move(name)),
      encoding_(std::move(encoding)) {}

absl::Status TextDecoder::HandleInvalid(std::string_view bytes, std::int64_t line,
                                        std::int64_t line_byte, LikelyEncoding likely,
                                        std::string* text) {
  if (refuses()) {
    std::string hex;
    for (const char byte : bytes) {
      absl::StrAppend(&hex, hex.empty() ? "0x" : " 0x",
                      absl::Hex(static_cast<std::uint8_t>(byte), absl::kZeroPad2));
    }
    return Within(
        name_,
        likely == LikelyEncoding::kCp949
            ? InvalidArgumentError("ENCODING_IS_CP949",
                                   "line {line}, byte {byte}: not {encoding} ({bytes}); it reads "
                                   "as Korean in cp949, so give --encoding cp949, or have such "
                                   "text replaced or skipped",
                                   line, line_byte, encoding_, hex)
            : InvalidArgumentError("NOT_IN_ENCODING",
                                   "line {line}, byte {byte}: not {encoding} ({bytes}); give the "
                                   "right encoding, or have such text replaced or skipped",
                                   line, line_byte, encoding_, hex));
  }
  replacements_.push_back(text_size_ + static_cast<std::int64_t>(text->size() - chunk_start_));
  text->append(kReplacement);
  return absl::OkStatus();
}

absl::Status TextDecoder::CheckEncoding(const std::string& encoding, std::string_view name) {
  return IsUtf8Name(encoding) ? absl::OkStatus() : OpenConverter(encoding, name).status();
}

absl::StatusOr<std::unique_ptr<TextDecoder>> TextDecoder::Create(std::unique_ptr<ByteSource> source,
                                                                 const CorpusOptions& options) {
  const std::string& name = options.display_name;
  std::string encoding = options.encoding;
  // An unknown name is an error also where a byte order mark says better.
  RETURN_IF_ERROR(CheckEncoding(encoding, name));
  ASSIGN_OR_RETURN(std::string start, ReadStart(*source, 4096));
  if (start.empty()) {
    return Within(name, InvalidArgumentError("EMPTY_CORPUS", "the corpus is empty"));
  }
  if (const Message what = OtherKindOf(start); !what.text().empty()) {
    return Error(absl::StatusCode::kInvalidArgument, Within(name, what));
  }
  bool marked = false;
  for (const ByteOrderMark& mark : kByteOrderMarks) {
    if (marked || !std::string_view(start).starts_with(mark.bytes)) continue;
    marked = true;
    encoding = mark.encoding;
    // ICU's converters keep the mark, which IcuDecoder removes.
    if (IsUtf8Name(encoding)) start.erase(0, mark.bytes.size());
  }
  if (!marked && IsUtf8Name(encoding) && LooksLikeUtf16(start)) {
    return Within(name, InvalidArgumentError(
                            "LOOKS_LIKE_UTF16",
                            "every second byte or so is NUL, this seems to be UTF-16 without a "
                            "byte order mark; give the encoding utf-16le or utf-16be"));
  }
  if (!marked && Normalized(encoding) == "utf16" && LooksLittleEndian(start)) {
    encoding = "utf-16le";
  }
  auto replay = std::make_unique<Replay>(std::move(start), std::move(source));
  if (IsUtf8Name(encoding)) return std::make_unique<Utf8Decoder>(std::move(replay), options, name);
  ASSIGN_OR_RETURN(Converter converter, OpenConverter(encoding, name));
  return std::make_unique<IcuDecoder>(std::move(replay), std::move(converter), options, name,
                                      encoding);
}

}  // namespace electra
