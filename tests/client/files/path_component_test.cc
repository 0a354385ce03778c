#include "client/files/path_component.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace electra::client {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

absl::StatusOr<std::filesystem::path> Component(const std::string& name) {
  return PathComponent(name, kPhrases.model_file_name, kPhrases.ask_operator);
}

TEST(PathComponent, TakesPlainNames) {
  for (const std::string& name :
       {std::string("learning_rate"), std::string("a..b"), std::string("여름 책"),
        std::string("-x"), std::string(255, 'x')}) {
    const auto component = Component(name);
    ASSERT_TRUE(component.ok()) << component.status();
    EXPECT_EQ(component->string(), name);
  }
}

TEST(PathComponent, RefusesWhatLeavesItsFolderOrHides) {
  for (const std::string& name :
       {std::string(), std::string("."), std::string(".."), std::string("../x"), std::string("/x"),
        std::string("a/b"), std::string("a/"), std::string(".ssh"), std::string("a\0b", 3),
        std::string("a\nb"), std::string("a\x1b[2J"), std::string("\xC2\x9B"), std::string("\xff"),
        std::string("a\u202Eb"), std::string(256, 'x')}) {
    EXPECT_EQ(Component(name).status().code(), absl::StatusCode::kDataLoss) << name;
  }
}

TEST(PathComponent, SaysWhichNameOfWhatAndWhatToDo) {
  EXPECT_THAT(std::string(Component("../\x1b").status().message()),
              AllOf(HasSubstr("'../\u241B'"), HasSubstr("a model's file"), HasSubstr("255 bytes"),
                    HasSubstr("ask whoever runs the server")));
  EXPECT_LT(Component(std::string(1 << 20, 'x')).status().message().size(), 500u);
}

}  // namespace
}  // namespace electra::client
