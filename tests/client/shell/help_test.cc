// --help, the manual page and completions in both languages.
#include "client/shell/help.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "client/cli.h"
#include "client/text/display_width.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/golden.h"
#include "tests/client/rig.h"

namespace electra::client {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

std::string Help(std::vector<std::string> command, const std::string& language, int width = 80) {
  ClientRig rig;
  rig.UseTerminal(width);
  command.insert(command.end(), {"--lang", language, "--help"});
  EXPECT_EQ(rig.Run(command), ExitCode::kDone) << rig.err.str();
  return rig.out.str();
}

TEST(Help, AllOfItHasKorean) { EXPECT_THAT(Untranslated(), IsEmpty()); }

TEST(Help, LooksAsPeopleFoundGood) {
  for (const char* language : {"ko", "en"}) {
    ExpectGolden(absl::StrCat("help_submit_", language, "_80.txt"), Help({"submit"}, language, 80));
    ExpectGolden(absl::StrCat("help_", language, "_80.txt"), Help({}, language, 80));
  }
}

TEST(Help, TextsFitTheTerminal) {
  for (const char* language : {"ko", "en"}) {
    for (std::vector<std::string> command : AllCommands()) {
      // Footers are laid out by hand, for 100 columns.
      for (absl::string_view line : absl::StrSplit(Help(command, language, 100), '\n')) {
        EXPECT_LE(DisplayWidth({line.data(), line.size()}), 100) << line;
      }
    }
  }
}

TEST(Help, KoreanHelpIsKoreanThroughout) {
  const std::string help = Help({"report"}, "ko");
  EXPECT_THAT(help, AllOf(StartsWith("모델이 헷갈리는 토큰을"), HasSubstr("사용법: electra report"),
                          HasSubstr("\n옵션:\n"), HasSubstr("\n인자:\n"), HasSubstr("\n예:\n")));
  for (const char* english : {"Usage", "Options", "Example", "Show", "The job"}) {
    EXPECT_THAT(help, Not(HasSubstr(english)));
  }
}

TEST(Help, TheLanguageIsThatOfTheLocaleToo) {
  ClientRig rig;
  rig.variables["LANG"] = "ko_KR.UTF-8";
  EXPECT_EQ(rig.Run({"watch", "--help"}), ExitCode::kDone);
  EXPECT_THAT(rig.out.str(), HasSubstr("사용법: electra watch"));
}

TEST(Help, TheManualPageIsInBothLanguages) {
  ClientRig rig;
  EXPECT_EQ(rig.Run({"man", "--lang", "ko"}), ExitCode::kDone);
  const std::string page = rig.out.str();
  // roff reads ASCII: Hangul by number, here "이름", "명령".
  EXPECT_THAT(page, AllOf(HasSubstr(".SH \\[uC774]\\[uB984]\n"),
                          HasSubstr(".SH \\[uBA85]\\[uB839]\n"), Not(HasSubstr("SYNOPSIS"))));
  EXPECT_TRUE(std::all_of(page.begin(), page.end(),
                          [](char c) { return static_cast<unsigned char>(c) < 0x80; }));
  ClientRig english;
  EXPECT_EQ(english.Run({"man", "--lang", "en"}), ExitCode::kDone);
  EXPECT_THAT(english.out.str(), AllOf(HasSubstr(".SH SYNOPSIS\n"), Not(HasSubstr(".SH \\[u"))));
}

TEST(Help, CompletionsAreDescribedInTheUsersLanguage) {
  ClientRig rig;
  rig.variables["LANG"] = "ko_KR.UTF-8";
  EXPECT_EQ(rig.Run({"__complete", "wat"}), ExitCode::kDone);
  EXPECT_THAT(rig.out.str(), StartsWith("watch\t학습을 실시간으로 보여 줍니다"));
  ClientRig options;
  options.variables["LANG"] = "ko_KR.UTF-8";
  EXPECT_EQ(options.Run({"__complete", "submit", "--pri"}), ExitCode::kDone);
  EXPECT_THAT(options.out.str(), StartsWith("--priority\t높을수록 먼저 학습합니다"));
}

}  // namespace
}  // namespace electra::client
