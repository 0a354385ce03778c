#include "core/text/token_cache.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <limits>
#include <string>
#include <utility>

#include "core/base/file_error.h"
#include "core/base/message.h"
#include "core/base/sha256.h"
#include "core/base/status_macros.h"
#include "core/text/token_cache_format.h"

namespace electra {
namespace {

using namespace token_cache_format;  // NOLINT: private to this format

// A whole file mapped read-only; unmapped when destroyed.
class Mapping {
 public:
  Mapping() = default;
  ~Mapping() {
    if (data_ != nullptr) munmap(data_, size_);
  }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;

  // DataLoss unless the file has `size` bytes.
  absl::Status Map(const std::filesystem::path& path, std::uint64_t size) {
    const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
      return Error(absl::StatusCode::kDataLoss, MessageOf(NotOpenedError(errno, path.string())));
    }
    struct stat status;
    const bool fits = fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
                      static_cast<std::uint64_t>(status.st_size) == size;
    if (fits && size > 0) {
      void* const data = mmap(nullptr, size, PROT_READ, MAP_SHARED, fd, 0);
      if (data != MAP_FAILED) {
        data_ = data;
        size_ = size;
      }
    }
    close(fd);
    if (!fits) {
      return Within(path.string(),
                    DataLossError("CACHE_FILE_SIZE_DIFFERS", "is not {size} bytes long", size));
    }
    if (size > 0 && data_ == nullptr) {
      return Within(path.string(),
                    ResourceExhaustedError("CACHE_FILE_NOT_MAPPED", "cannot be mapped"));
    }
    return absl::OkStatus();
  }

  std::string_view bytes() const { return {static_cast<const char*>(data_), size_}; }

  // A mapping starts at a page, so that any number is aligned.
  template <typename T>
  std::span<const T> As() const {
    return {static_cast<const T*>(data_), size_ / sizeof(T)};
  }

 private:
  void* data_ = nullptr;
  std::size_t size_ = 0;
};

absl::Status Damaged(const std::filesystem::path& dir, const Message& problem) {
  return DataLossError("TOKEN_CACHE_DAMAGED", "token cache {cache}: {problem}; build it again",
                       dir.string(), problem);
}

// count * width, or a size that no file has.
std::uint64_t SizeOf(std::uint64_t count, std::uint64_t width) {
  constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
  return count > kMax / width ? kMax : count * width;
}

bool SizesFit(const Header& header) {
  const auto& files = header.files;
  return header.samples > 0 && header.sequences >= header.samples &&
         header.tokens >= header.sequences &&
         header.sequences < std::numeric_limits<std::uint64_t>::max() &&
         files[kIds].size == SizeOf(header.tokens, 4) &&
         files[kSequenceOffsets].size == SizeOf(header.sequences + 1, 8) &&
         files[kSequenceSamples].size == SizeOf(header.sequences, 8) &&
         files[kSequenceStarts].size == SizeOf(header.sequences, 4) &&
         files[kSampleOffsets].size == SizeOf(header.samples + 1, 8) && files[kPartEnds].size > 0 &&
         files[kPartEnds].size % 8 == 0;
}

}  // namespace

class TokenCache::Impl {
 public:
  explicit Impl(std::filesystem::path dir) : dir_(std::move(dir)) {}

  absl::Status Open() {
    std::error_code error;
    if (!std::filesystem::is_directory(dir_, error)) {
      return NotFoundError("NO_TOKEN_CACHE", "no token cache {cache}", dir_.string());
    }
    RETURN_IF_ERROR(ReadHeader());
    for (std::size_t i = 0; i < kFileCount; ++i) {
      RETURN_IF_ERROR(files_[i].Map(dir_ / kFileNames[i], header_.files[i].size));
    }
    return CheckOffsets();
  }

  absl::Status Verify() const {
    for (std::size_t i = 0; i < kFileCount; ++i) {
      Sha256 digest;
      digest.Update(files_[i].bytes());
      if (digest.Finish() != header_.files[i].digest) {
        return Damaged(dir_, Message("CACHE_FILE_CHANGED", "{file} has changed", kFileNames[i]));
      }
    }
    for (const std::int32_t id : file(kIds).As<std::int32_t>()) {
      if (id < 0 || id >= header_.vocab_size) {
        return Damaged(
            dir_, Message("CACHED_ID_OUT_OF_RANGE", "an id is {id}, the vocabulary has {tokens}",
                          id, header_.vocab_size));
      }
    }
    return absl::OkStatus();
  }

  const Mapping& file(File name) const { return files_[name]; }
  const Header& header() const { return header_; }
  const TokenCacheCounts& counts() const { return counts_; }

 private:
  absl::Status ReadHeader() {
    Mapping file;
    const absl::Status mapped = file.Map(dir_ / kHeaderName, sizeof(Header));
    if (!mapped.ok()) return Damaged(dir_, MessageOf(mapped));
    std::memcpy(&header_, file.bytes().data(), sizeof(Header));
    if (header_.magic != kMagic) {
      return Damaged(dir_, Message("NOT_A_TOKEN_CACHE", "this is not a token cache"));
    }
    if (header_.version != kVersion) {
      return Damaged(dir_, Message("CACHE_FORMAT_DIFFERS", "format {format}, this is {known}",
                                   header_.version, kVersion));
    }
    Sha256 digest;
    digest.Update(DigestedBytes(header_));
    if (digest.Finish() != header_.digest) {
      return Damaged(dir_, Message("CACHE_HEADER_CHANGED", "the header has changed"));
    }
    if (!SizesFit(header_)) {
      return Damaged(dir_, Message("CACHE_SIZES_DO_NOT_FIT", "sizes and counts do not fit"));
    }
    counts_ = {.samples = header_.samples,
               .sequences = header_.sequences,
               .tokens = header_.tokens,
               .unknown_tokens = header_.unknown_tokens,
               .split_samples = header_.split_samples,
               .truncated_samples = header_.truncated_samples,
               .empty_samples = header_.empty_samples};
    return absl::OkStatus();
  }

  // Every view that is given out later lies inside the files after this.
  absl::Status CheckOffsets() const {
    const auto sequences = file(kSequenceOffsets).As<std::uint64_t>();
    const auto samples = file(kSampleOffsets).As<std::uint64_t>();
    const auto sample_of = file(kSequenceSamples).As<std::uint64_t>();
    const auto starts = file(kSequenceStarts).As<std::uint32_t>();
    if (sequences.front() != 0 || sequences.back() != header_.tokens || samples.front() != 0 ||
        samples.back() != header_.files[kText].size) {
      return Damaged(dir_, Message("CACHE_OFFSETS_DO_NOT_FIT",
                                   "the offsets do not begin or end where they should"));
    }
    for (std::size_t i = 1; i < samples.size(); ++i) {
      if (samples[i] < samples[i - 1]) {
        return Damaged(dir_,
                       Message("CACHED_SAMPLES_OUT_OF_ORDER", "the samples are out of order"));
      }
    }
    const auto parts = file(kPartEnds).As<std::uint64_t>();
    if (!std::is_sorted(parts.begin(), parts.end()) || parts.back() != header_.samples) {
      return Damaged(dir_, Message("CACHED_PARTS_DO_NOT_FIT",
                                   "the ends of its corpora do not fit its samples"));
    }
    const auto longest = static_cast<std::uint64_t>(header_.max_length - 2);
    for (std::size_t i = 0; i < sample_of.size(); ++i) {
      const std::uint64_t length = sequences[i + 1] - sequences[i];
      const bool continues = i > 0 && sample_of[i] == sample_of[i - 1];
      const std::uint64_t sample = i == 0 ? 0 : sample_of[i - 1] + 1;
      const bool fits = continues ? starts[i] == starts[i - 1] + (sequences[i] - sequences[i - 1])
                                  : sample_of[i] == sample && starts[i] == 0;
      if (sequences[i + 1] <= sequences[i] || length > longest || !fits) {
        return Damaged(dir_, Message("CACHED_SEQUENCE_OUT_OF_ORDER",
                                     "sequence {sequence} is out of order", i));
      }
    }
    if (sample_of.back() + 1 == header_.samples) return absl::OkStatus();
    return Damaged(dir_, Message("CACHED_SAMPLE_WITHOUT_SEQUENCE", "a sample has no sequence"));
  }

  const std::filesystem::path dir_;
  Header header_{};
  TokenCacheCounts counts_;
  std::array<Mapping, kFileCount> files_;
};

absl::StatusOr<std::unique_ptr<TokenCache>> TokenCache::Open(const std::filesystem::path& dir) {
  auto impl = std::make_unique<Impl>(dir);
  RETURN_IF_ERROR(impl->Open());
  return std::unique_ptr<TokenCache>(new TokenCache(std::move(impl)));
}

TokenCache::TokenCache(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TokenCache::~TokenCache() = default;

absl::Status TokenCache::Verify() const { return impl_->Verify(); }

const TokenCacheCounts& TokenCache::counts() const { return impl_->counts(); }
std::int64_t TokenCache::max_length() const { return impl_->header().max_length; }
std::int32_t TokenCache::vocab_size() const { return impl_->header().vocab_size; }

std::span<const std::int32_t> TokenCache::ids() const {
  return impl_->file(kIds).As<std::int32_t>();
}
std::span<const std::uint64_t> TokenCache::sequence_offsets() const {
  return impl_->file(kSequenceOffsets).As<std::uint64_t>();
}
std::span<const std::uint64_t> TokenCache::sequence_samples() const {
  return impl_->file(kSequenceSamples).As<std::uint64_t>();
}
std::span<const std::uint64_t> TokenCache::part_ends() const {
  return impl_->file(kPartEnds).As<std::uint64_t>();
}
std::span<const std::uint32_t> TokenCache::sequence_starts() const {
  return impl_->file(kSequenceStarts).As<std::uint32_t>();
}

std::span<const std::int32_t> TokenCache::Sequence(std::uint64_t sequence) const {
  const auto offsets = sequence_offsets();
  return ids().subspan(offsets[sequence], offsets[sequence + 1] - offsets[sequence]);
}

std::string_view TokenCache::SampleText(std::uint64_t sample) const {
  const auto offsets = impl_->file(kSampleOffsets).As<std::uint64_t>();
  return impl_->file(kText).bytes().substr(offsets[sample], offsets[sample + 1] - offsets[sample]);
}

}  // namespace electra
