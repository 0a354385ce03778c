// The files of a token cache (private to core/text). All numbers are in the machine's byte order,
// which the magic number shows; a cache does not travel between machines.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/base/sha256.h"

namespace electra::token_cache_format {

inline constexpr std::uint64_t kMagic = 0x31454843414B4F54;  // "TOKACHE1", little-endian
inline constexpr std::uint32_t kVersion = 3;
inline constexpr std::string_view kTemporaryMark = ".tmp-";

// In the order of Header::files.
enum File : std::size_t {
  kIds,              // int32, tokens
  kSequenceOffsets,  // uint64, sequences + 1, into ids
  kSequenceSamples,  // uint64, sequences
  kSequenceStarts,   // uint32, sequences
  kSampleOffsets,    // uint64, samples + 1, into the text
  kText,             // bytes
  kPartEnds,         // uint64, parts: the samples up to the end of each
  kFileCount,
};

inline constexpr std::array<std::string_view, kFileCount> kFileNames = {"ids.bin",
                                                                        "sequence_offsets.bin",
                                                                        "sequence_samples.bin",
                                                                        "sequence_starts.bin",
                                                                        "sample_offsets.bin",
                                                                        "text.bin",
                                                                        "part_ends.bin"};
inline constexpr std::string_view kHeaderName = "header.bin";

struct FileRecord {
  std::uint64_t size;  // bytes
  Sha256::Digest digest;
};

// header.bin. No padding, so that its bytes are all of its fields.
struct Header {
  std::uint64_t magic;
  std::uint32_t version;
  std::int32_t vocab_size;
  std::int64_t max_length;
  std::uint64_t samples, sequences, tokens, unknown_tokens;
  std::uint64_t split_samples, truncated_samples, empty_samples;
  std::array<FileRecord, kFileCount> files;
  Sha256::Digest digest;  // of all fields before
};
static_assert(sizeof(FileRecord) == 40);
static_assert(sizeof(Header) == 80 + 40 * kFileCount + 32);

inline std::string_view DigestedBytes(const Header& header) {
  return {reinterpret_cast<const char*>(&header), offsetof(Header, digest)};
}

}  // namespace electra::token_cache_format
