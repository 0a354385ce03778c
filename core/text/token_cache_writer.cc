#include "core/text/token_cache_writer.h"

#include <stdlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <limits>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "core/base/file.h"
#include "core/base/file_error.h"
#include "core/base/message.h"
#include "core/base/sha256.h"
#include "core/base/status_macros.h"
#include "core/text/token_cache_format.h"

namespace electra {
namespace {

using namespace token_cache_format;  // NOLINT: private to this format

constexpr std::int64_t kMinLength = 3;
constexpr std::int64_t kMaxLength = std::int64_t{1} << 20;

// One file of the cache, digested as it is written.
class DigestedFile {
 public:
  absl::Status Create(const std::filesystem::path& path) {
    ASSIGN_OR_RETURN(writer_, FileWriter::Create(path.string()));
    return absl::OkStatus();
  }

  absl::Status Write(std::string_view bytes) {
    digest_.Update(bytes);
    size_ += bytes.size();
    return writer_->Write(bytes);
  }

  template <typename T>
  absl::Status WriteNumbers(std::span<const T> numbers) {
    return Write({reinterpret_cast<const char*>(numbers.data()), numbers.size_bytes()});
  }
  template <typename T>
  absl::Status WriteNumber(T number) {
    return WriteNumbers(std::span<const T>(&number, 1));
  }

  // Everything is on the disk after this.
  absl::StatusOr<FileRecord> Finish() {
    RETURN_IF_ERROR(writer_->Finish());
    return FileRecord{.size = size_, .digest = digest_.Finish()};
  }

 private:
  std::optional<FileWriter> writer_;  // from Create on
  std::uint64_t size_ = 0;
  Sha256 digest_;
};

absl::Status AlreadyExists(const std::filesystem::path& dir) {
  return AlreadyExistsError("TOKEN_CACHE_EXISTS", "{cache} already exists", dir.string());
}

}  // namespace

class TokenCacheWriter::Impl {
 public:
  Impl(std::filesystem::path dir, const TokenCacheOptions& options, const Vocabulary& vocabulary)
      : dir_(std::move(dir)),
        options_(options),
        vocab_size_(vocabulary.size()),
        unk_(vocabulary.special().unk) {}

  ~Impl() {
    if (temporary_.empty()) return;
    std::error_code ignored;  // nobody to tell; RemoveUnfinishedTokenCaches comes again
    std::filesystem::remove_all(temporary_, ignored);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  absl::Status Create() {
    std::string pattern = absl::StrCat(
        dir_.string(), absl::string_view(kTemporaryMark.data(), kTemporaryMark.size()), "XXXXXX");
    if (mkdtemp(pattern.data()) == nullptr) {
      return NotMadeError(errno, pattern);
    }
    temporary_ = pattern;
    for (std::size_t i = 0; i < kFileCount; ++i) {
      RETURN_IF_ERROR(files_[i].Create(temporary_ / kFileNames[i]));
    }
    RETURN_IF_ERROR(files_[kSequenceOffsets].WriteNumber(std::uint64_t{0}));
    return files_[kSampleOffsets].WriteNumber(std::uint64_t{0});
  }

  absl::Status Add(std::string_view text, std::span<const std::int32_t> ids) {
    if (ids.empty()) {
      ++counts_.empty_samples;
      return absl::OkStatus();
    }
    if (ids.size() > std::numeric_limits<std::uint32_t>::max()) {
      return InvalidArgumentError("SAMPLE_TOO_LONG",
                                  "a sample of {tokens} tokens; at most 2^32 - 1 are accepted",
                                  ids.size());
    }
    RETURN_IF_ERROR(files_[kText].Write(text));
    text_size_ += text.size();
    RETURN_IF_ERROR(files_[kSampleOffsets].WriteNumber(std::uint64_t{text_size_}));
    RETURN_IF_ERROR(AddSequences(ids));
    ++counts_.samples;
    return absl::OkStatus();
  }

  void CountBlank(std::int64_t samples) {
    counts_.empty_samples += static_cast<std::uint64_t>(samples);
  }

  absl::Status EndPart() {
    ended_samples_ = counts_.samples;
    return files_[kPartEnds].WriteNumber(std::uint64_t{counts_.samples});
  }

  absl::StatusOr<TokenCacheCounts> Finish() {
    if (counts_.samples == 0) {
      return InvalidArgumentError("NO_TOKENS",
                                  "the corpus has no sample with a token ({empty} without any)",
                                  counts_.empty_samples);
    }
    if (ended_samples_ < counts_.samples) RETURN_IF_ERROR(EndPart());
    Header header{.magic = kMagic,
                  .version = kVersion,
                  .vocab_size = vocab_size_,
                  .max_length = options_.max_length,
                  .samples = counts_.samples,
                  .sequences = counts_.sequences,
                  .tokens = counts_.tokens,
                  .unknown_tokens = counts_.unknown_tokens,
                  .split_samples = counts_.split_samples,
                  .truncated_samples = counts_.truncated_samples,
                  .empty_samples = counts_.empty_samples,
                  .files = {},
                  .digest = {}};
    for (std::size_t i = 0; i < kFileCount; ++i) {
      ASSIGN_OR_RETURN(header.files[i], files_[i].Finish());
    }
    Sha256 digest;
    digest.Update(DigestedBytes(header));
    header.digest = digest.Finish();
    DigestedFile file;
    RETURN_IF_ERROR(file.Create(temporary_ / kHeaderName));
    RETURN_IF_ERROR(file.WriteNumber(header));
    RETURN_IF_ERROR(file.Finish().status());
    RETURN_IF_ERROR(SyncDirectory(temporary_.string()));
    RETURN_IF_ERROR(Publish());
    return counts_;
  }

 private:
  absl::Status AddSequences(std::span<const std::int32_t> ids) {
    const auto window = static_cast<std::size_t>(options_.max_length - 2);
    if (ids.size() > window) {
      if (options_.long_samples == LongSamples::kTruncate) {
        ids = ids.first(window);
        ++counts_.truncated_samples;
      } else {
        ++counts_.split_samples;
      }
    }
    RETURN_IF_ERROR(files_[kIds].WriteNumbers(ids));
    for (std::size_t start = 0; start < ids.size(); start += window) {
      counts_.tokens += std::min(window, ids.size() - start);
      ++counts_.sequences;
      RETURN_IF_ERROR(files_[kSequenceOffsets].WriteNumber(std::uint64_t{counts_.tokens}));
      RETURN_IF_ERROR(files_[kSequenceSamples].WriteNumber(std::uint64_t{counts_.samples}));
      RETURN_IF_ERROR(files_[kSequenceStarts].WriteNumber(static_cast<std::uint32_t>(start)));
    }
    counts_.unknown_tokens += static_cast<std::uint64_t>(std::count(ids.begin(), ids.end(), unk_));
    return absl::OkStatus();
  }

  absl::Status Publish() {
    // rename() would replace an empty folder, but no other.
    if (rename(temporary_.c_str(), dir_.c_str()) != 0) {
      if (errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR) {
        return AlreadyExists(dir_);
      }
      return NotRenamedError(errno, dir_.string());
    }
    temporary_.clear();
    const std::filesystem::path parent = dir_.parent_path();
    return SyncDirectory(parent.empty() ? "." : parent.string());
  }

  const std::filesystem::path dir_;
  const TokenCacheOptions options_;
  const std::int32_t vocab_size_;
  const std::int32_t unk_;
  std::filesystem::path temporary_;  // empty once it is renamed
  std::array<DigestedFile, kFileCount> files_;
  std::uint64_t text_size_ = 0;
  std::uint64_t ended_samples_ = 0;  // of the parts that have ended
  TokenCacheCounts counts_;
};

absl::StatusOr<std::unique_ptr<TokenCacheWriter>> TokenCacheWriter::Create(
    const std::filesystem::path& dir, const TokenCacheOptions& options,
    const Vocabulary& vocabulary) {
  if (options.max_length < kMinLength || options.max_length > kMaxLength) {
    return InvalidArgumentError("LENGTH_OUT_OF_RANGE",
                                "max_length is {length}, accepted are {least} to {most}",
                                options.max_length, kMinLength, kMaxLength);
  }
  std::error_code error;
  if (std::filesystem::exists(dir, error)) {
    return AlreadyExists(dir);
  }
  auto impl = std::make_unique<Impl>(dir, options, vocabulary);
  RETURN_IF_ERROR(impl->Create());
  return std::unique_ptr<TokenCacheWriter>(new TokenCacheWriter(std::move(impl)));
}

TokenCacheWriter::TokenCacheWriter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TokenCacheWriter::~TokenCacheWriter() = default;

absl::Status TokenCacheWriter::Add(std::string_view text, std::span<const std::int32_t> ids) {
  return impl_->Add(text, ids);
}

void TokenCacheWriter::CountBlank(std::int64_t samples) { impl_->CountBlank(samples); }

absl::Status TokenCacheWriter::EndPart() { return impl_->EndPart(); }

absl::StatusOr<TokenCacheCounts> TokenCacheWriter::Finish() { return impl_->Finish(); }

void RemoveUnfinishedTokenCaches(const std::filesystem::path& parent) {
  std::error_code ignored;
  std::vector<std::filesystem::path> unfinished;
  for (const auto& entry : std::filesystem::directory_iterator(parent, ignored)) {
    if (entry.path().filename().string().find(kTemporaryMark) != std::string::npos) {
      unfinished.push_back(entry.path());
    }
  }
  for (const std::filesystem::path& path : unfinished) std::filesystem::remove_all(path, ignored);
}

}  // namespace electra
