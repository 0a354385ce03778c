#include "core/download/repository.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/message.h"

namespace electra {
namespace {

using ::testing::ElementsAre;

const std::string kRepositoryCommit(40, 'c');
const std::string kFileSha256(64, 'a');
const std::string kFileSha1(40, 'b');

std::string SmallFile(const std::string& name, const std::string& size = "7") {
  return absl::StrCat(R"({"rfilename": ")", name, R"(", "size": )", size, R"(, "blobId": ")",
                      kFileSha1, R"("})");
}
std::string LargeFile(const std::string& name, const std::string& digest = kFileSha256) {
  return absl::StrCat(R"({"rfilename": ")", name, R"(", "size": 100, "blobId": ")", kFileSha1,
                      R"(", "lfs": {"sha256": ")", digest, R"(", "size": 100}})");
}
std::string DescriptionOf(const std::vector<std::string>& siblings,
                          const std::string& commit = kRepositoryCommit) {
  return absl::StrCat(R"({"sha": ")", commit, R"(", "siblings": [)", absl::StrJoin(siblings, ","),
                      "]}");
}

std::string CodeOf(const std::string& json) {
  return MessageOf(ParseRepository("org/name", json).status()).code();
}

TEST(RepositoryTest, OfItsFilesThoseOfAModelAreTaken) {
  const absl::StatusOr<Repository> repository = ParseRepository(
      "org/name",
      DescriptionOf({SmallFile("README.md"), SmallFile("config.json"), SmallFile("vocab.txt"),
                     LargeFile("pytorch_model.bin"), LargeFile("model.safetensors"),
                     LargeFile("onnx/model.safetensors"), SmallFile("../../vocab.txt"),
                     R"({"rfilename": "run.py"})"}));
  ASSERT_TRUE(repository.ok()) << repository.status();
  std::vector<std::string> names;
  for (const RepositoryFile& file : repository->files) names.push_back(file.name);
  EXPECT_THAT(names, ElementsAre("config.json", "vocab.txt", "model.safetensors"));
  EXPECT_EQ(repository->files[0].blob_sha1, kFileSha1);
  EXPECT_EQ(repository->files[2].sha256, kFileSha256);
  EXPECT_EQ(repository->files[2].blob_sha1, "");
  EXPECT_EQ(repository->size_bytes(), 114);
  EXPECT_EQ(repository->source(), "hf:org/name@" + kRepositoryCommit);
}

TEST(RepositoryTest, WhatCannotBeCheckedIsRefused) {
  const std::string config = SmallFile("config.json");
  EXPECT_EQ(CodeOf("[]"), "HUB_DESCRIPTION");
  EXPECT_EQ(CodeOf("{"), "HUB_DESCRIPTION");
  EXPECT_EQ(CodeOf(DescriptionOf({config, LargeFile("model.safetensors")}, "main")),
            "HUB_DESCRIPTION");
  EXPECT_EQ(CodeOf(absl::StrCat(R"({"sha": ")", kRepositoryCommit, R"("})")), "HUB_DESCRIPTION");
  EXPECT_EQ(CodeOf(DescriptionOf({"7"})), "HUB_DESCRIPTION");
  for (const char* size : {"-1", "null", "1.5", "1e300", "9223372036854775807"}) {
    EXPECT_EQ(
        CodeOf(DescriptionOf({SmallFile("config.json", size), LargeFile("model.safetensors")})),
        "HUB_DESCRIPTION")
        << size;
  }
  EXPECT_EQ(CodeOf(DescriptionOf({config, LargeFile("model.safetensors", "abc")})),
            "HUB_DESCRIPTION");
  EXPECT_EQ(CodeOf(DescriptionOf({LargeFile("model.safetensors")})), "HUB_NO_CONFIG");
  EXPECT_EQ(CodeOf(DescriptionOf({config, LargeFile("tf_model.h5")})), "HUB_NO_WEIGHTS");
}

}  // namespace
}  // namespace electra
