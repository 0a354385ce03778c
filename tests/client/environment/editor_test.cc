#include "client/environment/editor.h"

#include <fstream>
#include <map>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/rig.h"

namespace electra::client {
namespace {

using ::testing::HasSubstr;

absl::StatusOr<std::string> Edit(const std::string& text,
                                 const std::map<std::string, std::string>& variables) {
  return EditText(text, [&](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  });
}

TEST(Editor, MakesAnotherTextOfIt) {
  EXPECT_EQ(*Edit("메모", {{"EDITOR", "sed -i s/메모/쪽지/"}}), "쪽지");
  EXPECT_EQ(*Edit("a\n\nb", {{"EDITOR", "true"}}), "a\n\nb");
  EXPECT_EQ(*Edit("", {{"EDITOR", "true"}}), "");
  // VISUAL wins over EDITOR, as usual; an empty variable counts as unset.
  EXPECT_EQ(*Edit("x", {{"VISUAL", "sed -i s/x/y/"}, {"EDITOR", "false"}}), "y");
  EXPECT_EQ(*Edit("x", {{"VISUAL", ""}, {"EDITOR", "sed -i s/x/z/"}}), "z");
}

TEST(Editor, NothingIsWrittenWhereItFails) {
  for (const char* editor : {"false", "no-such-editor-here", "kill -9 $$;"}) {
    const absl::StatusOr<std::string> edited = Edit("x", {{"EDITOR", editor}});
    ASSERT_FALSE(edited.ok()) << editor;
    EXPECT_THAT(std::string(edited.status().message()), HasSubstr("failed; nothing was written"));
  }
}

TEST(Editor, TheTextIsTheUsersAlone) {
  const TemporaryFile seen("mode", "");
  // The editor's file is its last argument.
  EXPECT_EQ(*Edit("x", {{"EDITOR",
                         "f() { stat -c %a \"$(dirname \"$1\")\" > " + seen.path() + "; }; f"}}),
            "x");
  std::ifstream in(seen.path());
  std::string mode;
  in >> mode;
  EXPECT_EQ(mode, "700");
}

}  // namespace
}  // namespace electra::client
