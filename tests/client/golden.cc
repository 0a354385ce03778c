#include "tests/client/golden.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "absl/strings/str_split.h"
#include "client/text/display_width.h"
#include "gtest/gtest.h"

namespace electra::client {

void ExpectGolden(const std::string& name, const std::string& rendering) {
  const std::filesystem::path path = std::filesystem::path(ELECTRA_CLIENT_GOLDEN) / name;
  if (std::getenv("ELECTRA_UPDATE_GOLDEN") != nullptr) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << rendering;
    return;
  }
  std::ifstream file(path, std::ios::binary);
  ASSERT_TRUE(file) << "there is no " << path;
  const std::string golden{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  EXPECT_EQ(rendering, golden) << path;
}

void ExpectFits(const std::string& rendering, int width) {
  for (const absl::string_view line : absl::StrSplit(rendering, '\n')) {
    EXPECT_LE(DisplayWidth({line.data(), line.size()}), width) << line;
  }
}

}  // namespace electra::client
