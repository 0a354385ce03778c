#include "client/environment/charset.h"

#include <map>

#include "gtest/gtest.h"

namespace electra::client {
namespace {

Charset With(const std::map<std::string, std::string>& variables) {
  return CharsetFromEnvironment([&](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional<std::string>(found->second);
  });
}

TEST(Charset, TheFirstVariableThatSaysSomethingDecides) {
  EXPECT_EQ(With({{"LANG", "ko_KR.UTF-8"}}), Charset::kUtf8);
  EXPECT_EQ(With({{"LANG", "C.utf8"}}), Charset::kUtf8);
  EXPECT_EQ(With({{"LC_ALL", ""}, {"LC_CTYPE", "en_US.UTF-8"}, {"LANG", "C"}}), Charset::kUtf8);
  EXPECT_EQ(With({{"LC_ALL", "C"}, {"LANG", "en_US.UTF-8"}}), Charset::kAscii);
  EXPECT_EQ(With({{"LANG", "ko_KR.eucKR"}}), Charset::kAscii);
  EXPECT_EQ(With({}), Charset::kAscii);
}

}  // namespace
}  // namespace electra::client
