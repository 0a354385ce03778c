#include "core/text/byte_source.h"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <string_view>
#include <system_error>
#include <utility>

#include "core/base/file_error.h"
#include "core/base/message.h"
#include "core/base/status_macros.h"

namespace electra {
namespace {

constexpr std::size_t kBufferSize = std::size_t{1} << 16;
constexpr std::string_view kGzipMagic = "\x1F\x8B";
constexpr std::string_view kZstdMagic = "\x28\xB5\x2F\xFD";

absl::Status NoMemory(std::string_view library) {
  return ResourceExhaustedError("NO_MEMORY_TO_UNPACK", "{library}: no memory", library);
}

class PlainFile : public ByteSource {
 public:
  PlainFile(std::FILE* file, const FileRange& range, std::string name)
      : file_(file), begin_(range.begin), size_(range.size), name_(std::move(name)) {}

  absl::StatusOr<std::size_t> Read(char* buffer, std::size_t capacity) override {
    capacity = std::min(capacity, static_cast<std::size_t>(size_ - bytes_read_));
    const std::size_t n = std::fread(buffer, 1, capacity, file_.get());
    if (n == 0 && std::ferror(file_.get()) != 0) {
      return NotReadError(errno, name_);
    }
    bytes_read_ += static_cast<std::int64_t>(n);
    return n;
  }

  // The first bytes, which Read will give again.
  absl::StatusOr<std::size_t> Peek(char* buffer, std::size_t capacity) {
    RETURN_IF_ERROR(GoToBegin());
    ASSIGN_OR_RETURN(const std::size_t n, Read(buffer, capacity));
    RETURN_IF_ERROR(GoToBegin());
    return n;
  }

  std::int64_t bytes_given() const override { return bytes_read_; }
  std::int64_t bytes_read() const override { return bytes_read_; }
  std::int64_t file_size() const override { return size_; }
  const std::string& name() const { return name_; }

 private:
  struct Closer {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  absl::Status GoToBegin() {
    bytes_read_ = 0;
    return fseeko(file_.get(), begin_, SEEK_SET) == 0 ? absl::OkStatus()
                                                      : NotReadError(errno, name_);
  }

  std::unique_ptr<std::FILE, Closer> file_;
  std::int64_t begin_;
  std::int64_t size_;
  std::int64_t bytes_read_ = 0;
  std::string name_;
};

// The common part of gzip and zstd: a buffer of packed bytes.
class Unpacker : public ByteSource {
 public:
  Unpacker(std::unique_ptr<PlainFile> file, const UnpackLimits& limits)
      : file_(std::move(file)), most_(MostUnpacked(limits, file_->file_size())) {}

  absl::StatusOr<std::size_t> Read(char* buffer, std::size_t capacity) final {
    ASSIGN_OR_RETURN(const std::size_t n, Unpack(buffer, capacity));
    unpacked_ += static_cast<std::int64_t>(n);
    if (unpacked_ <= most_) return n;
    return Within(file_->name(),
                  ResourceExhaustedError("UNPACKS_TO_TOO_MUCH",
                                         "its {size} bytes unpack to more than {limit}, the most "
                                         "that is read of such a file; if it is real text, give it "
                                         "unpacked",
                                         file_->file_size(), most_));
  }

  std::int64_t bytes_given() const override { return unpacked_; }
  std::int64_t bytes_read() const override { return file_->bytes_read(); }
  std::int64_t file_size() const override { return file_->file_size(); }

 protected:
  // Read, but without the limits.
  virtual absl::StatusOr<std::size_t> Unpack(char* buffer, std::size_t capacity) = 0;

  // False at the end of the file.
  absl::StatusOr<bool> Refill() {
    ASSIGN_OR_RETURN(packed_size_, file_->Read(packed_.data(), packed_.size()));
    return packed_size_ > 0;
  }

  absl::Status Damaged(std::string_view kind, const MessageValue& problem) const {
    return Within(file_->name(), DataLossError("PACKED_DATA_DAMAGED",
                                               "damaged {kind} data before byte {byte} of the "
                                               "file: {problem}",
                                               kind, file_->bytes_read(), problem.message()));
  }
  absl::Status EndsTooEarly(std::string_view kind) const {
    return Damaged(kind, Message("FILE_ENDS_TOO_EARLY", "the file ends too early"));
  }

  std::array<char, kBufferSize> packed_;
  std::size_t packed_size_ = 0;

 private:
  std::unique_ptr<PlainFile> file_;
  const std::int64_t most_;  // unpacked bytes
  std::int64_t unpacked_ = 0;
};

class GzipUnpacker : public Unpacker {
 public:
  static absl::StatusOr<std::unique_ptr<ByteSource>> Create(std::unique_ptr<PlainFile> file,
                                                            const UnpackLimits& limits) {
    auto unpacker = std::make_unique<GzipUnpacker>(std::move(file), limits);
    // 15: largest window; 16: gzip.
    if (inflateInit2(&unpacker->stream_, 15 + 16) != Z_OK) {
      return NoMemory("zlib");
    }
    unpacker->initialized_ = true;
    return unpacker;
  }

  using Unpacker::Unpacker;
  ~GzipUnpacker() override {
    if (initialized_) inflateEnd(&stream_);
  }

  absl::StatusOr<std::size_t> Unpack(char* buffer, std::size_t capacity) override {
    stream_.next_out = reinterpret_cast<Bytef*>(buffer);
    stream_.avail_out = static_cast<uInt>(std::min(capacity, kBufferSize));
    const uInt room = stream_.avail_out;
    while (stream_.avail_out == room) {
      if (stream_.avail_in == 0) {
        ASSIGN_OR_RETURN(const bool more, Refill());
        if (!more) {
          if (!between_members_) return EndsTooEarly("gzip");
          return std::size_t{0};
        }
        stream_.next_in = reinterpret_cast<Bytef*>(packed_.data());
        stream_.avail_in = static_cast<uInt>(packed_size_);
      }
      if (between_members_) inflateReset(&stream_);  // another member follows
      between_members_ = false;
      const int result = inflate(&stream_, Z_NO_FLUSH);
      if (result == Z_STREAM_END) {
        between_members_ = true;
      } else if (result != Z_OK && result != Z_BUF_ERROR) {
        return stream_.msg != nullptr ? Damaged("gzip", stream_.msg)
                                      : Damaged("gzip", Message("NOT_GZIP", "not gzip"));
      }
    }
    return std::size_t{room - stream_.avail_out};
  }

 private:
  z_stream stream_{};
  bool initialized_ = false;
  bool between_members_ = false;
};

class ZstdUnpacker : public Unpacker {
 public:
  static absl::StatusOr<std::unique_ptr<ByteSource>> Create(std::unique_ptr<PlainFile> file,
                                                            const UnpackLimits& limits) {
    auto unpacker = std::make_unique<ZstdUnpacker>(std::move(file), limits);
    unpacker->stream_.reset(ZSTD_createDStream());
    if (unpacker->stream_ == nullptr) return NoMemory("zstd");
    return unpacker;
  }

  using Unpacker::Unpacker;

  absl::StatusOr<std::size_t> Unpack(char* buffer, std::size_t capacity) override {
    ZSTD_outBuffer out{buffer, capacity, 0};
    while (out.pos == 0) {
      // The rest inside the decoder comes first: it may need no input.
      if (in_.pos == in_.size && !holds_output_) {
        ASSIGN_OR_RETURN(const bool more, Refill());
        if (!more) {
          if (!between_frames_) return EndsTooEarly("zstd");
          return std::size_t{0};
        }
        in_ = {packed_.data(), packed_size_, 0};
      }
      const std::size_t result = ZSTD_decompressStream(stream_.get(), &out, &in_);
      if (ZSTD_isError(result) != 0) return Damaged("zstd", ZSTD_getErrorName(result));
      between_frames_ = result == 0;
      holds_output_ = out.pos == out.size && result != 0;
    }
    return out.pos;
  }

 private:
  struct Deleter {
    void operator()(ZSTD_DStream* stream) const { ZSTD_freeDStream(stream); }
  };
  std::unique_ptr<ZSTD_DStream, Deleter> stream_;
  ZSTD_inBuffer in_{nullptr, 0, 0};
  bool between_frames_ = false;
  bool holds_output_ = false;
};

}  // namespace

std::int64_t MostUnpacked(const UnpackLimits& limits, std::int64_t packed_bytes) {
  const std::int64_t by_ratio = packed_bytes > limits.max_bytes / limits.max_ratio
                                    ? limits.max_bytes
                                    : packed_bytes * limits.max_ratio;
  return std::min(limits.max_bytes, std::max(limits.ratio_from, by_ratio));
}

absl::StatusOr<std::unique_ptr<ByteSource>> ByteSource::Open(const std::filesystem::path& path,
                                                             const FileRange& range,
                                                             std::string name,
                                                             const UnpackLimits& limits) {
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) {
    return Within(name, NotFoundError("NO_SUCH_FILE", "no such file"));
  }
  if (!std::filesystem::is_regular_file(status)) {
    return Within(name, InvalidArgumentError("NOT_A_FILE", "is not a regular file"));
  }
  const auto size = static_cast<std::int64_t>(std::filesystem::file_size(path, error));
  std::FILE* const opened = std::fopen(path.c_str(), "rbe");
  if (opened == nullptr || error) {
    const int reason = opened == nullptr ? errno : error.value();
    if (opened != nullptr) std::fclose(opened);
    return NotOpenedError(reason, name);
  }
  const FileRange read{.begin = range.begin, .size = range.size < 0 ? size : range.size};
  auto file = std::make_unique<PlainFile>(opened, read, std::move(name));
  std::array<char, kZstdMagic.size()> first;
  ASSIGN_OR_RETURN(const std::size_t n, file->Peek(first.data(), first.size()));
  const std::string_view magic(first.data(), n);
  if (magic.starts_with(kGzipMagic)) return GzipUnpacker::Create(std::move(file), limits);
  if (magic == kZstdMagic) return ZstdUnpacker::Create(std::move(file), limits);
  return file;
}

}  // namespace electra
