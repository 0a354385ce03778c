// Files for the text tests.
#pragma once

#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_format.h"
#include "tests/temporary_folder.h"

namespace electra {

class TestFolder : public TemporaryFolder {
 public:
  std::filesystem::path Write(std::string_view name, std::string_view bytes) const {
    std::filesystem::path file = path() / name;
    std::ofstream(file, std::ios::binary) << bytes;
    return file;
  }
};

inline std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

inline std::string Gzip(std::string_view text) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY), Z_OK);
  std::string packed(deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

inline std::string Zstd(std::string_view text) {
  std::string packed(ZSTD_compressBound(text.size()), '\0');
  packed.resize(ZSTD_compress(packed.data(), packed.size(), text.data(), text.size(), 3));
  return packed;
}

struct TarFile {
  std::string name;
  std::string content;
  char type = '0';
};

// As POSIX has it, with the two empty blocks at its end.
inline std::string Tar(const std::vector<TarFile>& files) {
  std::string archive;
  for (const TarFile& file : files) {
    std::string header(512, '\0');
    header.replace(0, file.name.size(), file.name);
    header.replace(100, 7, "0000644");
    header.replace(124, 11, absl::StrFormat("%011o", file.content.size()));
    header.replace(148, 8, 8, ' ');
    header[156] = file.type;
    header.replace(257, 8,
                   std::string("ustar\0"
                               "00",
                               8));
    unsigned sum = 0;
    for (const char c : header) sum += static_cast<unsigned char>(c);
    header.replace(148, 7, absl::StrFormat("%06o", sum) + std::string(1, '\0'));
    archive += header + file.content;
    archive.resize((archive.size() + 511) / 512 * 512);
  }
  return archive + std::string(1024, '\0');
}

}  // namespace electra
