#include "core/hub/safetensors.h"

#include "core/hub/safetensors_write.h"
#include "tests/core/hub/hub_test_util.h"

namespace electra {
namespace {

using absl::StatusCode;
using testing::Contains;
using testing::ElementsAre;
using testing::Pair;

class SafetensorsTest : public TempDirTest {
 protected:
  // A file of this header and data, opened.
  absl::StatusOr<std::unique_ptr<SafetensorsFile>> OpenBytes(std::string_view header,
                                                             std::string_view data) {
    return SafetensorsFile::Open(Write(
        "f.safetensors", Bytes(uint64_t{header.size()}) + std::string(header) + std::string(data)));
  }
  void ExpectInvalid(std::string_view header, std::string_view data, std::string message) {
    EXPECT_THAT(OpenBytes(header, data), Fails(StatusCode::kInvalidArgument, message)) << header;
  }
};

TEST_F(SafetensorsTest, ReadsTensorsAndMetadata) {
  const auto file = OpenBytes(
      R"({"__metadata__":{"format":"pt"},"b":{"dtype":"F32","shape":[2],"data_offsets":[2,10]},)"
      R"("a":{"dtype":"F16","shape":[],"data_offsets":[0,2]},)"
      R"("e":{"dtype":"I64","shape":[0,7],"data_offsets":[10,10]}}   )",
      std::string("\x00\x3c", 2) + FloatBytes({1, 2}));
  ASSERT_THAT(file, Succeeds());
  EXPECT_THAT((*file)->metadata(), ElementsAre(Pair("format", "pt")));
  EXPECT_EQ((*file)->tensors().size(), 3U);
  EXPECT_THAT(ToFloat32((*file)->tensors().at("a")).value(), ElementsAre(1.0F));
  EXPECT_THAT(ToFloat32((*file)->tensors().at("b")).value(), ElementsAre(1.0F, 2.0F));
  EXPECT_THAT((*file)->tensors().at("e").shape, ElementsAre(0, 7));
}

TEST_F(SafetensorsTest, ViewsOutliveTheFileWithItsOwner) {
  std::shared_ptr<const void> owner;
  TensorView view;
  {
    const auto file =
        OpenBytes(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", FloatBytes({7}));
    ASSERT_THAT(file, Succeeds());
    owner = (*file)->owner();
    view = (*file)->tensors().at("a");
  }
  EXPECT_THAT(ToFloat32(view).value(), ElementsAre(7.0F));
}

TEST_F(SafetensorsTest, ChecksTheHeadersLength) {
  EXPECT_THAT(SafetensorsFile::Open(Write("f", "abc")), Fails(StatusCode::kDataLoss, "3 bytes"));
  EXPECT_THAT(SafetensorsFile::Open(Write("f", "")), Fails(StatusCode::kDataLoss, "0 bytes"));
  EXPECT_THAT(SafetensorsFile::Open(Write("f", Bytes(uint64_t{50}) + "{}")),
              Fails(StatusCode::kDataLoss, "50 bytes, but only 2"));
  EXPECT_THAT(SafetensorsFile::Open(Write("f", Bytes(~uint64_t{0}) + "{}")),
              Fails(StatusCode::kInvalidArgument, "at most 100000000"));
  ExpectInvalid("", "", "does not start with '{'");
  ExpectInvalid(" {}", "", "does not start with '{'");
}

TEST_F(SafetensorsTest, ChecksTheJson) {
  ExpectInvalid("{\"a\":", "", "is not JSON");
  ExpectInvalid(R"({"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},)"
                R"("a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}})",
                "", "the key \"a\" twice");
  EXPECT_THAT(OpenBytes("{", ""),
              Says("NOT_JSON", Contains(Pair("at.code", "SAFETENSORS_HEADER"))));
  ExpectInvalid(R"({"a":{"dtype":"U8","shape":[[[[]]]],"data_offsets":[0,0]}})", "", "deep");
  ExpectInvalid(R"({"a":7})", "", "tensor \"a\" is not an object");
  ExpectInvalid(R"({"a":{"dtype":"U8","shape":[1]}})", "x", "is not an object with dtype");
  ExpectInvalid(R"({"__metadata__":{"a":1}})", "", "metadata \"a\" is 1");
  ExpectInvalid(R"({"__metadata__":[]})", "", "__metadata__ is []");
}

TEST_F(SafetensorsTest, ChecksTypesAndShapes) {
  ExpectInvalid(R"({"a":{"dtype":"F8_E4M3","shape":[1],"data_offsets":[0,1]}})", "x",
                "dtype \"F8_E4M3\"");
  ExpectInvalid(R"({"a":{"dtype":1,"shape":[1],"data_offsets":[0,1]}})", "x", "dtype 1");
  ExpectInvalid(R"({"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}})", "x", "-1");
  ExpectInvalid(R"({"a":{"dtype":"U8","shape":[1.0],"data_offsets":[0,1]}})", "x", "1.0");
  ExpectInvalid(R"({"a":{"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,0]}})", "",
                "64 bits");
  ExpectInvalid(R"({"a":{"dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,0]}})", "",
                "64 bits");
  ExpectInvalid(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", "abcd",
                "has 4 bytes, but shape [2] of F32 needs 8");
  EXPECT_THAT(
      OpenBytes(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", "abcd"),
      Says("TENSOR_BYTES",
           ElementsAre(Pair("at", Path("f.safetensors")), Pair("dtype", "F32"), Pair("needed", "8"),
                       Pair("shape", "[2]"), Pair("size", "4"), Pair("tensor", "\"a\""))));
}

TEST_F(SafetensorsTest, ChecksOffsets) {
  const std::string two = R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},)";
  EXPECT_THAT(OpenBytes(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}})", "x"),
              Fails(StatusCode::kDataLoss, "bytes 0 to 2 of the data, which has 1"));
  EXPECT_THAT(OpenBytes(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[2,1]}})", "xy"),
              Fails(StatusCode::kDataLoss, "bytes 2 to 1"));
  ExpectInvalid(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0]}})", "x", "data_offsets [0]");
  ExpectInvalid(two + R"("b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}})", "xyz",
                "inside the tensor before it");
  ExpectInvalid(two + R"("b":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}})", "xy",
                "inside the tensor before it");
  ExpectInvalid(two + R"("b":{"dtype":"U8","shape":[1],"data_offsets":[3,4]}})", "xyzw", "a hole");
  ExpectInvalid(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})", "xy", "a hole");
  ExpectInvalid(two + R"("b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}})", "xyzw",
                "end at byte 3 of the data, which has 4");
}

TEST_F(SafetensorsTest, RefusesLinksAndPipes) {
  Write("real", "x");
  std::filesystem::create_symlink(Path("real"), Path("link"));
  EXPECT_THAT(SafetensorsFile::Open(Path("link")),
              Fails(StatusCode::kInvalidArgument, "symbolic link"));
  EXPECT_THAT(SafetensorsFile::Open(dir_), Fails(StatusCode::kInvalidArgument, "regular file"));
  EXPECT_THAT(SafetensorsFile::Open(Path("absent")), Fails(StatusCode::kNotFound, "absent"));
}

TEST_F(SafetensorsTest, WritesInTheOrderGivenAndPads) {
  const std::vector<float> values = {1, 2, 3};
  const std::vector<float> one = {1};
  const std::vector<NamedTensor> tensors = {
      FloatTensor("b", {3}, values),
      FloatTensor("\"가", {1, 1}, one),
      {"none", {.dtype = DType::kInt64, .shape = {0}, .data = {}}}};
  ASSERT_THAT(WriteSafetensors(Path("f"), tensors, {{"format", "pt"}}, {}), Succeeds());
  const std::string header =
      R"({"__metadata__":{"format":"pt"},"b":{"dtype":"F32","shape":[3],"data_offsets":[0,12]},)"
      R"("\"가":{"dtype":"F32","shape":[1,1],"data_offsets":[12,16]},)"
      R"("none":{"dtype":"I64","shape":[0],"data_offsets":[16,16]}})";
  const std::string padded = header + std::string((8 - header.size() % 8) % 8, ' ');
  EXPECT_EQ(ReadFile(Path("f")),
            Bytes(uint64_t{padded.size()}) + padded + FloatBytes({1, 2, 3, 1}));
  EXPECT_THAT(SafetensorsFile::Open(Path("f")), Succeeds());
}

TEST_F(SafetensorsTest, ConvertsInPieces) {
  std::vector<float> values(200'000);
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i) / 7.0F;
  const std::vector<NamedTensor> tensors = {FloatTensor("a", {200'000}, values)};
  for (const DType dtype : {DType::kBFloat16, DType::kFloat16}) {
    ASSERT_THAT(WriteSafetensors(Path("f"), tensors, {}, {.convert_float_to = dtype}), Succeeds());
    const auto file = SafetensorsFile::Open(Path("f"));
    ASSERT_THAT(file, Succeeds());
    const TensorView& view = (*file)->tensors().at("a");
    EXPECT_EQ(view.dtype, dtype);
    const auto back = ToFloat32(view);
    ASSERT_THAT(back, Succeeds());
    for (size_t i = 0; i < values.size(); ++i) {
      const float expected = dtype == DType::kBFloat16 ? BFloat16ToFloat(FloatToBFloat16(values[i]))
                                                       : Float16ToFloat(FloatToFloat16(values[i]));
      ASSERT_EQ((*back)[i], expected) << i;
    }
  }
}

TEST_F(SafetensorsTest, WriterRefusesWhatReadersWould) {
  const std::vector<float> values = {1};
  const NamedTensor a = FloatTensor("a", {1}, values);
  const auto write = [this](const std::vector<NamedTensor>& tensors,
                            const SafetensorsWriteOptions& options) {
    return WriteSafetensors(Path("f"), tensors, {}, options);
  };
  EXPECT_THAT(write({a, a}, {}), Fails(StatusCode::kInvalidArgument, "twice"));
  EXPECT_THAT(write({FloatTensor("__metadata__", {1}, values)}, {}),
              Fails(StatusCode::kInvalidArgument, "reserved"));
  EXPECT_THAT(write({FloatTensor("\xff", {1}, values)}, {}),
              Fails(StatusCode::kInvalidArgument, "not UTF-8"));
  EXPECT_THAT(write({FloatTensor("a", {2}, values)}, {}),
              Fails(StatusCode::kInvalidArgument, "has 4 bytes, but shape [2] needs 8"));
  EXPECT_THAT(write({a}, {.convert_float_to = DType::kInt8}),
              Fails(StatusCode::kInvalidArgument, "int8"));
  EXPECT_FALSE(std::filesystem::exists(Path("f")));
}

}  // namespace
}  // namespace electra
