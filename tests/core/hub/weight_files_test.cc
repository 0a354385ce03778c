#include "core/hub/weight_files.h"

#include "core/hub/safetensors_write.h"
#include "tests/core/hub/torch_bytes.h"

namespace electra {
namespace {

using absl::StatusCode;
using testing::ElementsAre;
using testing::Key;

const std::vector<float> kOne = {1};
const std::vector<float> kTwo = {2};

class WeightFilesTest : public TempDirTest {
 protected:
  absl::StatusOr<WeightMap> Load() {
    const auto directory = ModelDirectory::Open(dir_);
    return directory.ok() ? LoadWeights(*directory) : directory.status();
  }
  void WriteTensor(std::string_view file, std::string name, const std::vector<float>& value) {
    const std::vector<NamedTensor> tensors = {FloatTensor(std::move(name), {1}, value)};
    ASSERT_THAT(WriteSafetensors(Path(file), tensors, {}, {}), Succeeds());
  }
  void WriteIndex(std::string_view map) {
    Write("model.safetensors.index.json", "{\"weight_map\": " + std::string(map) + "}");
  }
  void ExpectInvalid(std::string message) {
    EXPECT_THAT(Load(), Fails(StatusCode::kInvalidArgument, message));
  }
};

TEST_F(WeightFilesTest, PrefersSafetensorsAsTransformersDoes) {
  WriteTensor("model.safetensors", "a", kOne);
  Write("pytorch_model.bin", "not read");
  WriteIndex("not read");
  const auto weights = Load();
  ASSERT_THAT(weights, Succeeds());
  EXPECT_THAT(*weights, ElementsAre(Key("a")));
}

TEST_F(WeightFilesTest, JoinsShards) {
  WriteTensor("s1", "a", kOne);
  WriteTensor("s2", "b", kTwo);
  WriteIndex(R"({"a": "s1", "b": "s2"})");
  const auto weights = Load();
  ASSERT_THAT(weights, Succeeds());
  EXPECT_THAT(ToFloat32(weights->at("b").view).value(), ElementsAre(2.0F));
}

TEST_F(WeightFilesTest, ChecksTheIndex) {
  WriteTensor("s1", "a", kOne);
  WriteTensor("s2", "b", kTwo);
  WriteIndex("[]");
  ExpectInvalid("weight_map is missing or not an object");
  WriteIndex(R"({"a": 3})");
  ExpectInvalid("tensor \"a\" is in 3");
  WriteIndex(R"({"a": "s2", "b": "s2"})");
  ExpectInvalid("s2: lacks tensor \"a\"");
  WriteIndex(R"({"a": "s1", "b": "s1"})");
  ExpectInvalid("s1: lacks tensor \"b\"");
  WriteIndex(R"({"a": "s1", "c": "s2"})");
  ExpectInvalid("holds tensor \"b\", which");
  WriteTensor("s3", "a", kOne);
  WriteIndex(R"({"a": "s1", "c": "s3"})");
  ExpectInvalid("says is in another file");
  WriteIndex(R"({"a": "s9"})");
  EXPECT_THAT(Load(), Fails(StatusCode::kNotFound, "s9: no such file"));
}

TEST_F(WeightFilesTest, ShardsLieInTheDirectory) {
  WriteTensor("s1", "a", kOne);
  for (const char* name : {"../s1", "/etc/passwd", "..", "", "x/s1", "s1\\u0000"}) {
    WriteIndex(std::string(R"({"a": ")") + name + "\"}");
    ExpectInvalid("is not the name of a file in it");
  }
  std::filesystem::create_symlink(Path("s1"), Path("link"));
  WriteIndex(R"({"a": "link"})");
  ExpectInvalid("symbolic link");
}

TEST_F(WeightFilesTest, SaysWhatIsThereInstead) {
  EXPECT_THAT(Load(), Fails(StatusCode::kNotFound, "neither model.safetensors nor"));
  Write("tf_model.h5", "");
  EXPECT_THAT(Load(), Fails(StatusCode::kNotFound, "TensorFlow"));
  const std::string pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n";
  Write("pytorch_model.bin", pointer);
  ExpectInvalid("Git LFS pointer");
  Write("model.safetensors", pointer);
  ExpectInvalid("Git LFS pointer");
}

}  // namespace
}  // namespace electra
