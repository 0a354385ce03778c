#include "core/hub/torch_pickle.h"

#include "tests/core/hub/torch_bytes.h"

namespace electra {
namespace {

using absl::StatusCode;
using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::IsSupersetOf;
using testing::Pair;

const std::vector<float> kSix = {1, 2, 3, 4, 5, 6};

class TorchPickleTest : public TempDirTest {
 protected:
  absl::StatusOr<std::map<std::string, Tensor>> Load(std::string_view bytes) {
    const auto file = MappedFile::Open(Write("f.bin", bytes));
    return file.ok() ? LoadTorchPickle(*file) : file.status();
  }

  // The zip form of one tensor "a" in a storage of kSix.
  static std::string Zip(const PickledTensor& tensor) {
    return MakeZip({{.name = "m/data.pkl", .data = PickleDict({{"a", PickleTensor(tensor)}})},
                    {.name = "m/data/0", .data = FloatBytes(kSix)}});
  }
  static std::string Legacy(const PickledTensor& tensor) {
    return MakeLegacy(PickleDict({{"a", PickleTensor(tensor)}}), {"0"},
                      Bytes(int64_t{6}) + FloatBytes(kSix));
  }

  void ExpectInvalid(std::string_view bytes, std::string message) {
    EXPECT_THAT(Load(bytes), Fails(StatusCode::kInvalidArgument, message));
  }
  void ExpectLoss(std::string_view bytes, std::string message) {
    EXPECT_THAT(Load(bytes), Fails(StatusCode::kDataLoss, message));
  }
};

TEST_F(TorchPickleTest, ReadsBothForms) {
  for (const std::string& bytes : {Zip({}), Legacy({})}) {
    const auto tensors = Load(bytes);
    ASSERT_THAT(tensors, Succeeds());
    ASSERT_EQ(tensors->size(), 1U);
    EXPECT_THAT(tensors->at("a").view.shape, ElementsAre(2, 3));
    EXPECT_THAT(ToFloat32(tensors->at("a").view).value(), ElementsAreArray(kSix));
  }
}

TEST_F(TorchPickleTest, MakesViewsRowMajor) {
  const auto values = [this](const PickledTensor& tensor) {
    const auto tensors = Load(Zip(tensor));
    EXPECT_THAT(tensors, Succeeds());
    return ToFloat32(tensors->at("a").view).value();
  };
  EXPECT_THAT(values({.sizes = {3, 2}, .strides = {1, 3}}), ElementsAre(1, 4, 2, 5, 3, 6));
  EXPECT_THAT(values({.offset = 1, .sizes = {2}, .strides = {2}}), ElementsAre(2, 4));
  EXPECT_THAT(values({.offset = 5, .sizes = {}, .strides = {}}), ElementsAre(6));
  EXPECT_THAT(values({.sizes = {2, 2}, .strides = {0, 1}}), ElementsAre(1, 2, 1, 2));
  EXPECT_THAT(values({.sizes = {2, 1, 2}, .strides = {1, INT64_MAX, 3}}), ElementsAre(1, 4, 2, 5));
  EXPECT_THAT(values({.offset = 77, .sizes = {0, 4}, .strides = {4, 1}}), ElementsAre());
}

TEST_F(TorchPickleTest, RefusesLayoutsOutsideOfTheStorage) {
  for (const auto& make : {Zip, Legacy}) {
    ExpectInvalid(make({.offset = 1}), "reaches outside of its storage of 6 elements");
    ExpectInvalid(make({.sizes = {7}, .strides = {1}}), "reaches outside");
    ExpectInvalid(make({.sizes = {2}, .strides = {6}}), "reaches outside");
    ExpectInvalid(make({.offset = INT64_MAX, .sizes = {2}, .strides = {INT64_MAX}}), "reaches out");
    ExpectInvalid(make({.sizes = {3}, .strides = {INT64_MAX}}), "reaches outside");
    ExpectInvalid(make({.offset = -1}), "none may be negative");
    ExpectInvalid(make({.offset = 5, .sizes = {6}, .strides = {-1}}), "none may be negative");
    ExpectInvalid(make({.sizes = {-2}, .strides = {1}}), "negative dimension");
    ExpectInvalid(make({.sizes = {INT64_MAX, 3}, .strides = {0, 0}}), "64 bits");
    ExpectInvalid(make({.sizes = {2, 3}, .strides = {1}}), "2 dimensions and 1 strides");
    EXPECT_THAT(Load(make({.sizes = {1 << 20, 1 << 20}, .strides = {0, 0}})),
                Fails(StatusCode::kResourceExhausted, "save them contiguous"));
  }
}

TEST_F(TorchPickleTest, SharedStoragesShareBytes) {
  const std::string pickle = PickleDict(
      {{"a", PickleTensor({})}, {"b", PickleTensor({.offset = 3, .sizes = {3}, .strides = {1}})}});
  const auto tensors = Load(MakeZip({{.name = "archive/data.pkl", .data = pickle},
                                     {.name = "archive/byteorder", .data = "little"},
                                     {.name = "archive/data/0", .data = FloatBytes(kSix)}}));
  ASSERT_THAT(tensors, Succeeds());
  EXPECT_EQ(tensors->at("b").view.data.data(), tensors->at("a").view.data.data() + 12);
}

TEST_F(TorchPickleTest, CopiesNoMoreThanTheFileHasBytes) {
  const auto two_expanded = [](int64_t rows) {
    const std::string tensor = PickleTensor({.sizes = {rows, 6}, .strides = {0, 1}});
    return MakeZip({{.name = "m/data.pkl", .data = PickleDict({{"a", tensor}, {"b", tensor}})},
                    {.name = "m/data/0", .data = FloatBytes(kSix)}});
  };
  const auto rows_of_file = static_cast<int64_t>(two_expanded(1).size() / FloatBytes(kSix).size());
  EXPECT_THAT(Load(two_expanded(rows_of_file / 2)), Succeeds());
  EXPECT_THAT(Load(two_expanded(rows_of_file / 2 + 1)),
              Fails(StatusCode::kResourceExhausted, "tensor \"b\" is of shape"));
  EXPECT_THAT(Load(two_expanded(rows_of_file / 2 + 1)),
              Says("TENSOR_PROBLEM", IsSupersetOf({Pair("tensor", "\"b\""),
                                                   Pair("problem.code", "STRIDES_NEED_COPIES"),
                                                   Pair("problem.layout.strides", "[0, 1]")})));
}

// Small files that would make work of their entries times their size.
TEST_F(TorchPickleTest, EntriesThatOverlapAreRefused) {
  const std::string pickle = PickleDict({{"a", PickleTensor({})}});
  const std::string inner =
      MakeZip({{.name = "m/data/0", .data = FloatBytes(kSix)}}).substr(0, 30 + 8 + 3 + 24);
  // The header of one entry lies within the data of another.
  std::string zip = MakeZip({{.name = "m/data.pkl", .data = pickle},
                             {.name = "m/data/1", .data = "1234" + inner},
                             {.name = "m/data/0", .data = FloatBytes(kSix)}});
  ASSERT_THAT(Load(zip), Succeeds());
  const size_t outer = zip.find("1234" + inner);
  const size_t directory = zip.rfind("PK\x01\x02");  // of m/data/0, the last one
  zip.replace(directory + 42, 4, Bytes(static_cast<uint32_t>(outer + 4)));
  ExpectLoss(zip, "entries \"m/data/1\" and \"m/data/0\" overlap");
  EXPECT_THAT(Load(zip),
              Says("ZIP_DAMAGED", IsSupersetOf({Pair("problem.code", "ZIP_ENTRIES_OVERLAP"),
                                                Pair("problem.first", "\"m/data/1\"")})));
  // Two entries with one header.
  zip.replace(directory + 42, 4, Bytes(uint32_t{0}));
  EXPECT_FALSE(Load(zip).ok());
}

TEST_F(TorchPickleTest, TensorsShareAStorageOnlySoOften) {
  const auto shared = [](int tensors) {
    std::vector<std::pair<std::string, std::string>> entries;
    for (int i = 0; i < tensors; ++i) {
      entries.emplace_back(std::to_string(i),
                           PickleTensor({.count = 6000, .sizes = {6000}, .strides = {1}}));
    }
    return MakeZip({{.name = "m/data.pkl", .data = PickleDict(entries)},
                    {.name = "m/data/0", .data = std::string(24000, '\0')}});
  };
  EXPECT_THAT(Load(shared(8)), Succeeds());
  EXPECT_THAT(Load(shared(20)),
              Fails(StatusCode::kResourceExhausted, "more than 8 times the file's bytes"));
}

TEST_F(TorchPickleTest, RefusesCodeByName) {
  using namespace std::string_literals;
  const std::string attack = "\x80\x02"s + "cos\nsystem\n" + PickleString("touch /x") + "\x85R.";
  const std::string message = "names os.system, which is not a tensor: refused";
  EXPECT_THAT(Load(MakeZip({{.name = "m/data.pkl", .data = attack}})),
              Fails(StatusCode::kPermissionDenied, message));
  EXPECT_THAT(Load(MakeLegacy(attack, {}, "")), Fails(StatusCode::kPermissionDenied, message));
  EXPECT_THAT(Load(attack), Fails(StatusCode::kPermissionDenied, message));
}

TEST_F(TorchPickleTest, RefusesDictsOfOtherThings) {
  const auto zip = [](const std::string& pickle) {
    return MakeZip(
        {{.name = "m/data.pkl", .data = pickle}, {.name = "m/data/0", .data = FloatBytes(kSix)}});
  };
  ExpectInvalid(zip("\x80\x02N."), "does not hold a dict of tensors");
  ExpectInvalid(zip(PickleDict({{"epoch", PickleInt(3)}})),
                "entry \"epoch\", which is not a tensor");
  ExpectInvalid(zip(PickleDict({{"a", PickleTensor({})}, {"a", PickleTensor({})}})),
                "entry \"a\" twice");
  ExpectInvalid(zip("\x80\x02}(" + PickleInt(1) + PickleTensor({}) + "u."), "not all strings");
  ExpectInvalid(zip(PickleDict({{"a", PickleTensor({})}, {"b", PickleTensor({.count = 5})}})),
                "describes storage \"0\" in two ways");
  ExpectInvalid(zip(PickleDict({{"a", PickleTensor({.count = -1})}})), "which is not a tensor");
  ExpectInvalid(zip(PickleDict({{"a", "ctorch._utils\n_rebuild_tensor_v2\n)R"}})),
                "which is not a tensor");
  ExpectInvalid(zip(PickleDict({{"a", "ctorch._utils\n_rebuild_parameter\n)R"}})),
                "which is not a tensor");
  ExpectInvalid(zip(PickleDict({{"a", PickleTensor({.type = "float32"})}})),
                "which is not a tensor");
}

TEST_F(TorchPickleTest, ChecksStoragesOfTheZipForm) {
  const std::string pickle = PickleDict({{"a", PickleTensor({})}});
  const auto zip = [&pickle](std::vector<ZipFile> files) {
    files.push_back({.name = "m/data.pkl", .data = pickle});
    return MakeZip(files);
  };
  EXPECT_THAT(Load(zip({})), Fails(StatusCode::kNotFound, "\"m/data/0\" is missing"));
  ExpectLoss(zip({{.name = "m/data/0", .data = "1234"}}), "has 4 bytes, but data.pkl says 24");
  ExpectInvalid(zip({{.name = "m/byteorder", .data = "big"}}), "byte order \"big\"");
  ExpectInvalid(zip({{.name = "n/data.pkl", .data = ""}}), "two files data.pkl");
  ExpectInvalid(zip({{.name = "m/constants.pkl", .data = ""}}), "TorchScript");
  ExpectInvalid(MakeZip({{.name = "x", .data = ""}}), "without data.pkl");
  EXPECT_THAT(Load(MakeZip({{.name = "m/data.pkl",
                             .data = PickleDict({{"a", PickleTensor({.key = "../../x"})}})}})),
              Fails(StatusCode::kNotFound, "m/data/../../x"));
}

TEST_F(TorchPickleTest, ChecksTheZip) {
  const std::string data = PickleDict({{"a", PickleTensor({})}});
  const std::string good = Zip({});
  ExpectInvalid(MakeZip({{.name = "m/data.pkl", .data = data, .method = 8}}), "compressed");
  ExpectInvalid(MakeZip({{.name = "m/data.pkl", .data = data, .flags = 1}}), "encrypted");
  ExpectLoss(MakeZip({{.name = "m/data.pkl", .data = data, .local_name = "m/other"}}),
             "another name in its own header");
  ExpectLoss(MakeZip({{.name = "m/data.pkl", .data = data}, {.name = "m/data.pkl", .data = ""}}),
             "two entries are named");
  std::string damaged = good;
  damaged[damaged.find("PK\x01\x02") - 1] ^= 1;  // the last byte of the last storage
  ExpectLoss(damaged, "CRC-32");
  for (size_t length = 4; length < good.size(); ++length) {
    ExpectLoss(good.substr(0, length), "damaged zip archive");
  }
}

TEST_F(TorchPickleTest, ChecksStoragesOfTheOlderForm) {
  const std::string pickle = PickleDict({{"a", PickleTensor({})}});
  const std::string storage = Bytes(int64_t{6}) + FloatBytes(kSix);
  ExpectLoss(MakeLegacy(pickle, {}, ""), "has 0 storages, but 1");
  ExpectLoss(MakeLegacy(pickle, {"0"}, Bytes(int64_t{5}) + FloatBytes(kSix)),
             "has 5 elements, but the pickle says 6");
  ExpectLoss(MakeLegacy(pickle, {"0"}, storage.substr(0, 31)), "24 bytes, but only 23 are left");
  ExpectLoss(MakeLegacy(pickle, {"0"}, "x"), "has -1 elements");
  ExpectInvalid(MakeLegacy(pickle, {"0", "0"}, storage + storage),
                "belongs to no tensor or is listed twice");
  ExpectInvalid(MakeLegacy(pickle, {"1"}, storage), "belongs to no tensor or is listed twice");
  ExpectInvalid(MakeLegacy(pickle, {"0"}, storage, "\x89"), "big-endian");
  ExpectInvalid(MakeLegacy(pickle, {"0"}, storage, "N"), "does not say its byte order");
  ExpectInvalid("\x80\x02N.", "does not start with its magic number");
}

TEST_F(TorchPickleTest, ViewsOfTheOlderForm) {
  const auto view = [](int64_t offset, int64_t count) {
    return Legacy({.sizes = {2},
                   .strides = {1},
                   .view = "(" + PickleString("v") + PickleInt(offset) + PickleInt(count) + "t"});
  };
  const auto tensors = Load(view(3, 2));
  ASSERT_THAT(tensors, Succeeds());
  EXPECT_THAT(ToFloat32(tensors->at("a").view).value(), ElementsAre(4, 5));
  ExpectInvalid(view(3, 1), "reaches outside of its storage of 1 elements");
  ExpectInvalid(view(3, 4), "which is not a tensor");
  ExpectInvalid(view(-1, 2), "which is not a tensor");
  ExpectInvalid(view(7, 0), "which is not a tensor");
}

TEST_F(TorchPickleTest, EveryCutOfTheOlderFormIsAnError) {
  const std::string good = Legacy({});
  for (size_t length = 0; length < good.size(); ++length) {
    EXPECT_FALSE(Load(good.substr(0, length)).ok()) << length;
  }
}

TEST_F(TorchPickleTest, FlippedBitsNeverReachOutside) {
  // Under the sanitizers this shows any read that a check lets through.
  for (const std::string& good : {Zip({}), Legacy({})}) {
    for (size_t bit = 0; bit < good.size() * 8; ++bit) {
      std::string bytes = good;
      bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
      const auto tensors = Load(bytes);
      if (!tensors.ok()) continue;
      for (const auto& [name, tensor] : *tensors) {
        if (IsFloatingPoint(tensor.view.dtype)) {
          EXPECT_THAT(ToFloat32(tensor.view), Succeeds()) << bit;
        }
      }
    }
  }
}

TEST_F(TorchPickleTest, NamesWhatTheFileStartsWith) {
  ExpectInvalid("", "neither of the forms");
  ExpectInvalid("<html>", "starts with \"<htm\"");
}

}  // namespace
}  // namespace electra
