// `electra try` and `electra embed` against a server with set answers.
#include <cstring>
#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "client/files/text_lines.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/fake_server.h"
#include "tests/client/golden.h"
#include "tests/client/rig.h"
#include "tests/client/samples.h"
#include "tests/temporary_folder.h"

namespace electra::client {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class TryTest : public ::testing::Test {
 protected:
  TryTest() {
    rig_.server = server_.address();
    server_.inference.step = 120;
    *server_.inference.text.mutable_sample() = SampleWithEveryVerdict();
  }

  std::string Read(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }

  FakeServer server_;
  ClientRig rig_;
  TemporaryFolder folder_;
};

TEST_F(TryTest, LooksAsPeopleFoundGood) {
  for (const char* mode : {"fake", "judge"}) {
    const bool judges = std::string(mode) == "judge";
    v1::Sample& sample = *server_.inference.text.mutable_sample();
    for (v1::SampleToken& token : *sample.mutable_tokens()) {
      if (judges) token.set_fake(token.original());
      token.set_fake_probability(token.predicted_fake() ? 0.875f : 0.03125f);
    }
    server_.inference.text.set_truncated(judges);
    for (const char* language : {"ko", "en"}) {
      for (int width : {60, 80, 140}) {
        ClientRig rig;
        rig.server = server_.address();
        rig.UseTerminal(width);
        std::vector<std::string> arguments = {"try", "7f3a", "--lang", language, "--text", "문장"};
        if (judges) arguments.push_back("--judge-only");
        ASSERT_EQ(rig.Run(arguments), ExitCode::kDone) << rig.err.str();
        ExpectFits(rig.out.str(), width);
        if (width != 80) continue;
        ExpectGolden(absl::StrCat("try_", mode, "_", language, "_80.txt"), rig.out.str());
      }
    }
  }
}

TEST_F(TryTest, SentencesComeFromArgumentsOrFromLines) {
  EXPECT_EQ(rig_.Run({"try", "--text", "하나", "--text", "둘", "7f3a", "--seed", "7",
                      "--checkpoint", "40"}),
            ExitCode::kDone)
      << rig_.err.str();
  rig_.in.str("\xEF\xBB\xBF셋\r\n\n넷\n");
  EXPECT_EQ(rig_.Run({"try", "models/mine"}), ExitCode::kDone) << rig_.err.str();
  ASSERT_EQ(server_.inference.fakes.size(), 2u);
  EXPECT_THAT(server_.inference.fakes[0].texts(), ElementsAre("하나", "둘"));
  EXPECT_EQ(server_.inference.fakes[0].name(), "jobs/7f3a");
  EXPECT_EQ(server_.inference.fakes[0].seed(), 7);
  EXPECT_EQ(server_.inference.fakes[0].step(), 40);
  EXPECT_THAT(server_.inference.fakes[1].texts(), ElementsAre("셋", "넷"));
  EXPECT_EQ(server_.inference.fakes[1].name(), "models/mine");
  EXPECT_GT(server_.inference.fakes[1].seed(), 0);
}

TEST_F(TryTest, ManySentencesAreSeveralCallsInOrder) {
  std::string lines;
  for (int i = 1; i <= 40; ++i) absl::StrAppend(&lines, i, "번 문장\n");
  rig_.in.str(lines);
  EXPECT_EQ(rig_.Run({"try", "7f3a", "--judge-only", "--lang", "en"}), ExitCode::kDone);
  EXPECT_EQ(server_.inference.judgements.size(), 3u);
  EXPECT_EQ(server_.inference.judgements[2].texts(0), "33번 문장");
  EXPECT_THAT(rig_.out.str(), AllOf(HasSubstr("sentence 1 "), HasSubstr("sentence 40 ")));
}

TEST_F(TryTest, WhatIsNoTextIsRefusedWithItsLine) {
  rig_.in.str("좋다\n\xC0\xC1\n");
  EXPECT_EQ(rig_.Run({"try", "7f3a"}), ExitCode::kUsage);
  EXPECT_THAT(rig_.err.str(), HasSubstr("standard input, line 2: not UTF-8"));
  rig_.in.clear();
  rig_.in.str(std::string(20'000, 'a'));
  EXPECT_EQ(rig_.Run({"try", "7f3a"}), ExitCode::kUsage);
  EXPECT_THAT(rig_.err.str(), HasSubstr("line 1: 20000 bytes, but at most 16384"));
  rig_.in.clear();
  rig_.in.str("\n  \n");
  EXPECT_EQ(rig_.Run({"try", "7f3a"}), ExitCode::kUsage);
  EXPECT_THAT(rig_.err.str(), HasSubstr("no sentence"));
  EXPECT_TRUE(server_.inference.fakes.empty());
}

TEST_F(TryTest, ProgramsGetAnObjectForEachSentence) {
  EXPECT_EQ(rig_.Run({"try", "7f3a", "--text", "a", "--text", "b", "--json"}), ExitCode::kDone);
  EXPECT_EQ(CountLines(rig_.out.str()), 2u);
  EXPECT_THAT(rig_.out.str(), HasSubstr("\"fake_probability\":"));
}

TEST_F(TryTest, EmbeddingsAreRowsOfAnNpyFileInOrder) {
  std::string lines;
  for (int i = 0; i < 33; ++i) absl::StrAppend(&lines, i == 32 ? "long\n" : "\n");
  const TemporaryFile input("in.txt", lines);
  const std::string output = (folder_.path() / "out.npy").string();
  EXPECT_EQ(rig_.Run({"embed", "7f3a", "--input", input.path(), "--output", output, "--pooling",
                      "cls", "--lang", "en"}),
            ExitCode::kDone)
      << rig_.err.str();
  ASSERT_EQ(server_.inference.embeddings.size(), 2u);
  EXPECT_EQ(server_.inference.embeddings[0].pooling(), v1::CLS);
  EXPECT_EQ(server_.inference.embeddings[0].step(), 0);
  EXPECT_EQ(server_.inference.embeddings[1].step(), 120) << "all sentences are of one checkpoint";
  const std::string npy = Read(output);
  ASSERT_EQ(npy.size(), 128 + 33 * 2 * sizeof(float));
  EXPECT_EQ(npy.substr(0, 8), std::string("\x93NUMPY\x01\x00", 8));
  EXPECT_THAT(npy, HasSubstr("'shape': (33, 2)"));
  float last[2];
  std::memcpy(last, npy.data() + npy.size() - sizeof(last), sizeof(last));
  EXPECT_EQ(last[0], 0) << "the second call's first";
  EXPECT_EQ(last[1], 4);
  EXPECT_THAT(rig_.err.str(), HasSubstr("lines 33"));
}

TEST_F(TryTest, NothingIsLeftOfEmbeddingsThatFailed) {
  const TemporaryFile input("in.txt", "a\n");
  server_.Stop();
  const std::string output = (folder_.path() / "out.npy").string();
  EXPECT_EQ(rig_.Run({"embed", "7f3a", "--input", input.path(), "--output", output}),
            ExitCode::kNoServer);
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

}  // namespace
}  // namespace electra::client
