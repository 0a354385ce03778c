#include "server/models/files.h"

#include <gmock/gmock.h>

#include "core/base/model_files.h"

namespace electra::server {
namespace {

using ::testing::ElementsAre;

TEST(ModelFiles, TakesTheFirstKindOfWeightsAndNothingElse) {
  EXPECT_THAT(SelectModelFiles(
                  {"config.json", "model.safetensors", "pytorch_model.bin", "run.py", "vocab.txt"}),
              ElementsAre("config.json", "vocab.txt", "model.safetensors"));
  EXPECT_THAT(
      SelectModelFiles({"model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors",
                        "model.safetensors.index.json", "pytorch_model.bin"}),
      ElementsAre("model.safetensors.index.json", "model-00001-of-00002.safetensors",
                  "model-00002-of-00002.safetensors"));
  EXPECT_THAT(SelectModelFiles({"pytorch_model.bin", "training_args.bin"}),
              ElementsAre("pytorch_model.bin"));
}

TEST(ModelFiles, NamesAreOnePlainComponent) {
  EXPECT_TRUE(IsModelFileName("model-00001-of-00002.safetensors"));
  EXPECT_TRUE(IsModelFileName("tokenizer.json"));
  for (const char* name : {"../model.safetensors", "/etc/passwd", ".bin", "a/b.bin", "run.py", "",
                           "model.safetensors/..", "vocab.txt\n"}) {
    EXPECT_FALSE(IsModelFileName(name)) << name;
  }
}

TEST(ModelFiles, ModelNamesAreWhatPeopleTypeAndNoPath) {
  EXPECT_TRUE(IsModelName("koelectra-small-v3"));
  for (const char* name : {"", ".", "..", "-x", "a/b", "a b", "\xEB\xAA\xA8"}) {
    EXPECT_FALSE(IsModelName(name)) << name;
  }
  EXPECT_FALSE(IsModelName(std::string(64, 'a')));
}

}  // namespace
}  // namespace electra::server
