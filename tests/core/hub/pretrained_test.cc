#include "core/hub/pretrained.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/hub/pretrained_pair.h"
#include "core/hub/pretrained_save.h"
#include "core/hub/safetensors.h"
#include "core/hub/safetensors_write.h"
#include "core/hub/tensor_names.h"
#include "tests/core/hub/hub_test_util.h"

namespace electra {
namespace {

using absl::StatusCode;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsSupersetOf;
using testing::Not;
using testing::Pair;
using testing::Property;

constexpr char kVocab[] = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n가\n##나\na\n";

// The network of the golden directories (tests/golden/make_hub_golden.py).
ElectraConfig TinyConfig() {
  ElectraConfig config;
  config.vocab_size = 8;
  config.embedding_size = 2;
  config.hidden_size = 4;
  config.num_hidden_layers = 1;
  config.num_attention_heads = 2;
  config.intermediate_size = 3;
  config.max_position_embeddings = 5;
  return config;
}

// Tensor k, in order of the names, is k + j / 1024 at element j.
std::map<std::string, std::vector<float>> TinyValues(const ElectraConfig& config, Role role) {
  std::map<std::string, std::vector<float>> values;
  int k = 0;
  for (const auto& [name, shape] : ExpectedTensors(config, role)) {
    std::vector<float>& tensor = values[name];
    for (int64_t j = 0; j < ElementCount(shape).value(); ++j) {
      tensor.push_back(static_cast<float>(k) + static_cast<float>(j) / 1024.0F);
    }
    ++k;
  }
  return values;
}

std::string Golden(std::string_view name) {
  return std::string(ELECTRA_HUB_GOLDEN) + "/" + std::string(name);
}

struct GoldenCase {
  const char* directory;
  Role role;
};

class GoldenTest : public testing::TestWithParam<GoldenCase> {};

TEST_P(GoldenTest, GivesTheTensorsThatTorchSaved) {
  const auto network = LoadPretrained(Golden(GetParam().directory), GetParam().role);
  ASSERT_THAT(network, Succeeds());
  EXPECT_EQ(network->config, TinyConfig());
  auto expected = TinyValues(TinyConfig(), GetParam().role);
  if (network->random_head) {
    std::erase_if(expected,
                  [](const auto& entry) { return entry.first.starts_with(kDiscriminatorHead); });
  }
  ASSERT_EQ(network->weights.size(), expected.size());
  for (const auto& [name, values] : expected) {
    ASSERT_TRUE(network->weights.contains(name)) << name;
    const TensorView& view = network->weights.at(name).view;
    EXPECT_EQ(view.shape, ExpectedTensors(network->config, GetParam().role).at(name)) << name;
    const auto found = ToFloat32(view);
    ASSERT_THAT(found, Succeeds());
    if (view.dtype == DType::kFloat32) {
      EXPECT_EQ(*found, values) << name;
    } else {
      for (size_t i = 0; i < values.size(); ++i) {
        EXPECT_EQ((*found)[i], BFloat16ToFloat(FloatToBFloat16(values[i]))) << name;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, GoldenTest,
    testing::Values(GoldenCase{"zip_discriminator", Role::kDiscriminator},
                    GoldenCase{"legacy_generator", Role::kGenerator},
                    GoldenCase{"old_names_discriminator", Role::kDiscriminator},
                    GoldenCase{"sharded_generator", Role::kGenerator},
                    GoldenCase{"sharded_bin_generator", Role::kGenerator},
                    GoldenCase{"combined", Role::kGenerator},
                    GoldenCase{"combined", Role::kDiscriminator},
                    GoldenCase{"bfloat16_discriminator", Role::kDiscriminator}),
    [](const auto& info) {
      return std::string(info.param.directory) + "_" + std::string(RoleName(info.param.role));
    });

class PretrainedTest : public TempDirTest {
 protected:
  PretrainedTest() : vocabulary_(*Vocabulary::Parse(kVocab, "vocab.txt")) {}

  // Tensors of the config, which a test may change before it writes them.
  std::vector<NamedTensor> Tensors(const ElectraConfig& config, Role role) {
    values_ = TinyValues(config, role);
    std::vector<NamedTensor> tensors;
    for (const auto& [name, shape] : ExpectedTensors(config, role)) {
      tensors.push_back(FloatTensor(name, shape, values_.at(name)));
    }
    return tensors;
  }

  void WriteModel(const ElectraConfig& config, Role role, const std::vector<NamedTensor>& tensors) {
    Write("config.json", ConfigJson(config, role, DType::kFloat32));
    ASSERT_THAT(WriteSafetensors(Path("model.safetensors"), tensors, {}, {}), Succeeds());
  }

  void ExpectRefused(Role role, std::string message) {
    EXPECT_THAT(LoadPretrained(dir_, role), Fails(StatusCode::kInvalidArgument, message));
  }

  std::vector<std::string> Notes(Role role) {
    const auto network = LoadPretrained(dir_, role);
    EXPECT_THAT(network, Succeeds());
    return network.ok() ? TextsOf(network->notes) : std::vector<std::string>();
  }

  absl::Status Save(Role role, const ElectraConfig& config, const std::vector<NamedTensor>& tensors,
                    const SaveOptions& options) {
    return SavePretrained(Path("out"), role, config, tensors, vocabulary_, {}, options);
  }

  Vocabulary vocabulary_;
  std::map<std::string, std::vector<float>> values_;
  const ElectraConfig tiny_ = TinyConfig();
};

TEST_F(PretrainedTest, ExpectsHuggingFacesTensors) {
  ElectraConfig config;  // electra-small
  const auto discriminator = ExpectedTensors(config, Role::kDiscriminator);
  EXPECT_EQ(discriminator.size(), 12U * 16 + 5 + 2 + 4);
  EXPECT_EQ(discriminator.at("electra.embeddings_project.weight"),
            (std::vector<int64_t>{256, 128}));
  EXPECT_EQ(discriminator.at("electra.encoder.layer.11.output.dense.weight"),
            (std::vector<int64_t>{256, 1024}));
  EXPECT_EQ(discriminator.at("discriminator_predictions.dense_prediction.weight"),
            (std::vector<int64_t>{1, 256}));
  EXPECT_FALSE(ExpectedTensors(config, Role::kGenerator).contains("generator_lm_head.weight"));
  config.tie_word_embeddings = false;
  EXPECT_EQ(ExpectedTensors(config, Role::kGenerator).at("generator_lm_head.weight"),
            (std::vector<int64_t>{30522, 128}));
  config.embedding_size = 256;
  EXPECT_FALSE(
      ExpectedTensors(config, Role::kGenerator).contains("electra.embeddings_project.bias"));
}

TEST_F(PretrainedTest, OldNamesAreCanonical) {
  EXPECT_EQ(CanonicalTensorName("embeddings.LayerNorm.gamma"),
            "electra.embeddings.LayerNorm.weight");
  EXPECT_EQ(CanonicalTensorName("electra.encoder.layer.0.output.LayerNorm.beta"),
            "electra.encoder.layer.0.output.LayerNorm.bias");
  EXPECT_EQ(CanonicalTensorName("embeddings_project.weight"), "electra.embeddings_project.weight");
  EXPECT_EQ(CanonicalTensorName("generator_predictions.bias"), "generator_lm_head.bias");
  EXPECT_EQ(CanonicalTensorName("electra.embeddings.position_ids"), std::nullopt);
  EXPECT_EQ(CanonicalTensorName("embeddings.token_type_ids"), std::nullopt);
  EXPECT_EQ(CanonicalTensorName("generator_lm_head.weight"), "generator_lm_head.weight");
}

TEST_F(PretrainedTest, NamesEachTensorThatDoesNotFit) {
  std::vector<NamedTensor> tensors = Tensors(tiny_, Role::kDiscriminator);
  const std::vector<float> three = {1, 2, 3};
  std::erase_if(tensors, [](const NamedTensor& tensor) {
    return tensor.name == "electra.encoder.layer.0.attention.self.key.bias" ||
           tensor.name == "electra.embeddings.LayerNorm.bias";
  });
  tensors.push_back(FloatTensor("electra.embeddings.LayerNorm.bias", {3}, three));
  tensors.push_back(FloatTensor("classifier.dense", {3, 1}, three));
  WriteModel(tiny_, Role::kDiscriminator, tensors);
  ExpectRefused(Role::kDiscriminator,
                "tensor electra.embeddings.LayerNorm.bias has shape [3], but config.json asks for "
                "[2]; tensor electra.encoder.layer.0.attention.self.key.bias of shape [4] is "
                "missing; tensor \"classifier.dense\" of shape [3, 1] is not part of this network");
  EXPECT_THAT(LoadPretrained(dir_, Role::kDiscriminator),
              Says("TENSOR_PROBLEMS",
                   IsSupersetOf({Pair("at", dir_.c_str()), Pair("first.code", "TENSOR_SHAPE"),
                                 Pair("first.shape", "[3]"), Pair("first.expected", "[2]"),
                                 Pair("rest.first.code", "TENSOR_MISSING"),
                                 Pair("rest.first.tensor",
                                      "electra.encoder.layer.0.attention.self.key.bias"),
                                 Pair("rest.rest.code", "TENSOR_NOT_EXPECTED"),
                                 Pair("rest.rest.tensor", "\"classifier.dense\"")})));
}

TEST_F(PretrainedTest, ListsFiveTensorsAndCountsTheOthers) {
  ElectraConfig deeper = tiny_;
  deeper.num_hidden_layers = 2;
  WriteModel(deeper, Role::kDiscriminator, Tensors(tiny_, Role::kDiscriminator));
  ExpectRefused(Role::kDiscriminator, "is missing; and 11 more");
  const Message message = MessageOf(LoadPretrained(dir_, Role::kDiscriminator).status());
  EXPECT_EQ(message.Inner("rest.rest.rest.rest").code(), "TENSOR_PROBLEMS_MORE");
  EXPECT_EQ(message.args().at("rest.rest.rest.rest.more"), "11");
  EXPECT_LT(CodeJson(message).size(), 4096U);  // goes into a header of HTTP/2
}

TEST_F(PretrainedTest, ConfigOfTheOtherSizeIsRefused) {
  ElectraConfig larger = tiny_;
  larger.hidden_size = 6;
  WriteModel(larger, Role::kGenerator, Tensors(tiny_, Role::kGenerator));
  ExpectRefused(Role::kGenerator, "has shape [4], but config.json asks for [6]");
}

TEST_F(PretrainedTest, NetworksOfTheOtherRoleAreRefused) {
  WriteModel(tiny_, Role::kDiscriminator, Tensors(tiny_, Role::kDiscriminator));
  ExpectRefused(Role::kGenerator, "this is a discriminator");
  WriteModel(tiny_, Role::kGenerator, Tensors(tiny_, Role::kGenerator));
  ExpectRefused(Role::kDiscriminator, "this is a generator");
  std::vector<NamedTensor> tensors = Tensors(tiny_, Role::kGenerator);
  std::erase_if(tensors, [](const NamedTensor& t) { return t.name.starts_with("generator_"); });
  WriteModel(tiny_, Role::kGenerator, tensors);
  ExpectRefused(Role::kGenerator, "has no generator_predictions.*, so it is not a generator");
}

TEST_F(PretrainedTest, MissingDiscriminatorHeadIsSaid) {
  std::vector<NamedTensor> tensors = Tensors(tiny_, Role::kDiscriminator);
  std::erase_if(tensors,
                [](const NamedTensor& t) { return t.name.starts_with(kDiscriminatorHead); });
  WriteModel(tiny_, Role::kDiscriminator, tensors);
  const auto network = LoadPretrained(dir_, Role::kDiscriminator);
  ASSERT_THAT(network, Succeeds());
  EXPECT_TRUE(network->random_head);
  EXPECT_THAT(TextsOf(network->notes), Contains(HasSubstr("random head")));
  EXPECT_THAT(network->notes, Contains(Property(&Message::code, "RANDOM_HEAD")));
}

TEST_F(PretrainedTest, NotesOfAPairNameTheNetwork) {
  std::filesystem::create_directories(Path("pair"));
  std::filesystem::copy(Golden("zip_discriminator"), Path("pair/discriminator"));
  std::filesystem::remove(Path("pair/discriminator/tokenizer_config.json"));
  std::filesystem::remove(Path("pair/discriminator/tokenizer.json"));
  Write("pair/discriminator/vocab.txt", kVocab);
  const auto pair = LoadPretrainedPair(Path("pair"));
  ASSERT_THAT(pair, Succeeds());
  ASSERT_THAT(pair->notes, Contains(Property(&Message::code, "NO_TOKENIZER_CONFIG")));
  const Message& note = *std::find_if(pair->notes.begin(), pair->notes.end(), [](const Message& n) {
    return n.code() == "NO_TOKENIZER_CONFIG";
  });
  EXPECT_EQ(note.text(),
            "discriminator: there is no tokenizer_config.json; do_lower_case is taken as true");
  EXPECT_THAT(note.args(),
              IsSupersetOf({Pair("at.code", "NETWORK_DISCRIMINATOR"), Pair("value", "true")}));
}

TEST_F(PretrainedTest, HalfADiscriminatorHeadIsRefused) {
  std::vector<NamedTensor> tensors = Tensors(tiny_, Role::kDiscriminator);
  std::erase_if(tensors, [](const NamedTensor& tensor) {
    return tensor.name == "discriminator_predictions.dense.bias";
  });
  WriteModel(tiny_, Role::kDiscriminator, tensors);
  ExpectRefused(Role::kDiscriminator,
                "discriminator_predictions.dense.bias of shape [4] is missing");
}

TEST_F(PretrainedTest, EmbeddingsProjectIsIgnoredOnlyWhereSizesAreEqual) {
  ElectraConfig equal = tiny_;
  equal.embedding_size = 4;
  std::vector<NamedTensor> tensors = Tensors(equal, Role::kDiscriminator);
  const std::vector<float> four = {1, 2, 3, 4};
  tensors.push_back(FloatTensor("electra.embeddings_project.bias", {4}, four));
  WriteModel(equal, Role::kDiscriminator, tensors);
  EXPECT_THAT(Notes(Role::kDiscriminator), Contains(HasSubstr("embeddings_project is ignored")));

  tensors = Tensors(tiny_, Role::kDiscriminator);
  std::erase_if(tensors,
                [](const NamedTensor& t) { return t.name.starts_with(kEmbeddingsProject); });
  WriteModel(tiny_, Role::kDiscriminator, tensors);
  ExpectRefused(Role::kDiscriminator,
                "electra.embeddings_project.weight of shape [4, 2] is missing");
}

TEST_F(PretrainedTest, TiedWeightMayBeThereWhenItIsTheSame) {
  std::vector<NamedTensor> tensors = Tensors(tiny_, Role::kGenerator);
  const std::vector<float>& words = values_.at(std::string(kWordEmbeddings));
  tensors.push_back(FloatTensor("generator_lm_head.weight", {8, 2}, words));
  WriteModel(tiny_, Role::kGenerator, tensors);
  const auto network = LoadPretrained(dir_, Role::kGenerator);
  ASSERT_THAT(network, Succeeds());
  EXPECT_FALSE(network->weights.contains("generator_lm_head.weight"));

  std::vector<float> other = words;
  other[3] += 1;
  tensors.back() = FloatTensor("generator_lm_head.weight", {8, 2}, other);
  WriteModel(tiny_, Role::kGenerator, tensors);
  ExpectRefused(Role::kGenerator, "generator_lm_head.weight differs");
}

TEST_F(PretrainedTest, UntiedWeightIsKeptAndRequired) {
  ElectraConfig untied = tiny_;
  untied.tie_word_embeddings = false;
  WriteModel(untied, Role::kGenerator, Tensors(untied, Role::kGenerator));
  EXPECT_TRUE(LoadPretrained(dir_, Role::kGenerator)->weights.contains("generator_lm_head.weight"));
  WriteModel(untied, Role::kGenerator, Tensors(tiny_, Role::kGenerator));
  ExpectRefused(Role::kGenerator, "generator_lm_head.weight of shape [8, 2] is missing");
}

TEST_F(PretrainedTest, TensorUnderTwoNamesIsRefused) {
  std::vector<NamedTensor> tensors = Tensors(tiny_, Role::kDiscriminator);
  tensors.push_back(FloatTensor("embeddings.LayerNorm.gamma", {2},
                                values_.at("electra.embeddings.LayerNorm.weight")));
  WriteModel(tiny_, Role::kDiscriminator, tensors);
  ExpectRefused(Role::kDiscriminator, "are both electra.embeddings.LayerNorm.weight");
}

TEST_F(PretrainedTest, CombinedFilesNeedBothPrefixes) {
  EXPECT_THAT(TextsOf(LoadPretrained(Golden("combined"), Role::kGenerator)->notes),
              Contains(HasSubstr("the file holds both networks")));
  std::vector<NamedTensor> tensors = Tensors(tiny_, Role::kGenerator);
  for (NamedTensor& tensor : tensors) tensor.name.insert(0, "generator.");
  WriteModel(tiny_, Role::kGenerator, tensors);
  ExpectRefused(Role::kDiscriminator, "it holds no discriminator");
  const std::vector<float> one = {1};
  tensors.push_back(FloatTensor("step", {1}, one));
  WriteModel(tiny_, Role::kGenerator, tensors);
  ExpectRefused(Role::kGenerator, "tensor \"step\" has none of the prefixes");
}

TEST_F(PretrainedTest, PrefixesOfWrappersAreLeftOut) {
  const std::vector<NamedTensor> plain = Tensors(tiny_, Role::kDiscriminator);
  for (const char* prefix : {"module.", "_orig_mod.", "module._orig_mod.", "module.discriminator.",
                             "discriminator.module."}) {
    std::vector<NamedTensor> tensors = plain;
    for (NamedTensor& tensor : tensors) tensor.name.insert(0, prefix);
    WriteModel(tiny_, Role::kDiscriminator, tensors);
    const auto network = LoadPretrained(dir_, Role::kDiscriminator);
    ASSERT_THAT(network, Succeeds()) << prefix;
    EXPECT_EQ(network->weights.size(), plain.size());
    EXPECT_THAT(TextsOf(network->notes), Contains(HasSubstr("of all tensors begin with \"")))
        << prefix;
  }
  std::vector<NamedTensor> tensors = plain;
  tensors[0].name.insert(0, "module.");
  WriteModel(tiny_, Role::kDiscriminator, tensors);
  ExpectRefused(Role::kDiscriminator, "tensor \"module.");
}

TEST_F(PretrainedTest, WeightsThatAreNoFiniteNumbersAreNamedWithTheirPlace) {
  const std::string name = "electra.encoder.layer.0.intermediate.dense.weight";  // [3, 4]
  std::filesystem::create_directories(Path("pair/discriminator"));
  const auto check = [&](float value) {
    std::vector<NamedTensor> tensors = Tensors(tiny_, Role::kDiscriminator);
    values_.at(name)[6] = value;
    WriteModel(tiny_, Role::kDiscriminator, tensors);
    for (const char* file : {"config.json", "model.safetensors"}) {
      std::filesystem::copy_file(Path(file), Path("pair/discriminator/") + file,
                                 std::filesystem::copy_options::overwrite_existing);
    }
    const auto pair = LoadPretrainedPair(Path("pair"));
    return pair.ok() ? CheckFinite(*pair) : pair.status();
  };
  EXPECT_THAT(check(1), Succeeds());
  EXPECT_THAT(check(std::nanf("")),
              Fails(StatusCode::kInvalidArgument,
                    "discriminator: tensor " + name + " holds nan at [1, 2]; weights must be"));
  EXPECT_THAT(check(-INFINITY), Fails(StatusCode::kInvalidArgument, "holds -inf at [1, 2]"));
  EXPECT_THAT(
      check(-INFINITY),
      Says("WEIGHT_NOT_FINITE",
           IsSupersetOf({Pair("at.code", "NETWORK_DISCRIMINATOR"), Pair("tensor", name.c_str()),
                         Pair("value", "-inf"), Pair("place", "[1, 2]")})));
}

TEST_F(PretrainedTest, WeightsAreFloatingPointNumbers) {
  std::vector<NamedTensor> tensors = Tensors(tiny_, Role::kDiscriminator);
  tensors[0].view.dtype = DType::kInt32;
  WriteModel(tiny_, Role::kDiscriminator, tensors);
  ExpectRefused(Role::kDiscriminator, "holds int32, not floating-point numbers");
}

TEST_F(PretrainedTest, LayersOfAHostileConfigAreNotSpeltOut) {
  ElectraConfig config = tiny_;
  config.num_hidden_layers = 1 << 24;
  WriteModel(config, Role::kDiscriminator, Tensors(tiny_, Role::kDiscriminator));
  ExpectRefused(Role::kDiscriminator, "num_hidden_layers 16777216, but there are only");
}

TEST_F(PretrainedTest, VocabularyMustFitTheEmbedding) {
  WriteModel(tiny_, Role::kDiscriminator, Tensors(tiny_, Role::kDiscriminator));
  Write("vocab.txt", std::string(kVocab) + "one too many\n");
  ExpectRefused(Role::kDiscriminator, "the vocabulary has 9 tokens, but the word embedding only 8");
  Write("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n");
  EXPECT_THAT(Notes(Role::kDiscriminator),
              Contains(HasSubstr("has 8 rows, the vocabulary 5 tokens")));
  Write("vocab.txt", kVocab);
  EXPECT_THAT(Notes(Role::kDiscriminator), Each(Not(HasSubstr("rows"))));
  Write("vocab.txt", "[UNK]\n[PAD]\n[CLS]\n[SEP]\n[MASK]\n가\n##나\na\n");
  EXPECT_THAT(Notes(Role::kDiscriminator), Contains(HasSubstr("[PAD] is token 1")));
}

TEST_F(PretrainedTest, DirectoriesMustBeWhole) {
  EXPECT_THAT(LoadPretrained(Path("absent"), Role::kGenerator),
              Fails(StatusCode::kNotFound, "no such directory"));
  EXPECT_THAT(LoadPretrained(dir_, Role::kGenerator), Fails(StatusCode::kNotFound, "config.json"));
  EXPECT_THAT(LoadPretrained(dir_, Role::kGenerator),
              Says("NO_SUCH_FILE", ElementsAre(Pair("at", Path("config.json")))));
  Write("real.json", "{}");
  std::filesystem::create_symlink(Path("real.json"), Path("config.json"));
  ExpectRefused(Role::kGenerator, "symbolic link");
}

TEST_F(PretrainedTest, SavedDirectoriesLoadAgainWithTheSameBytes) {
  for (const Role role : {Role::kGenerator, Role::kDiscriminator}) {
    const std::vector<NamedTensor> tensors = Tensors(tiny_, role);
    ASSERT_THAT(Save(role, tiny_, tensors, {.model_card = "# Card\n"}), Succeeds());
    EXPECT_EQ(ReadFile(Path("out/README.md")), "# Card\n");
    const auto network = LoadPretrained(Path("out"), role);
    ASSERT_THAT(network, Succeeds());
    EXPECT_EQ(network->config, tiny_);
    EXPECT_THAT(network->notes, testing::IsEmpty());
    ASSERT_EQ(network->weights.size(), tensors.size());
    for (const NamedTensor& tensor : tensors) {
      EXPECT_EQ(AsText(network->weights.at(tensor.name).view.data), AsText(tensor.view.data));
    }
    const auto file = SafetensorsFile::Open(Path("out/model.safetensors"));
    EXPECT_EQ((*file)->metadata().at("format"), "pt");
  }
}

TEST_F(PretrainedTest, TiedWeightIsWrittenOnceOrApart) {
  std::vector<NamedTensor> tensors = Tensors(tiny_, Role::kGenerator);
  const std::vector<float>& words = values_.at(std::string(kWordEmbeddings));
  tensors.push_back(FloatTensor("generator_lm_head.weight", {8, 2}, words));
  ASSERT_THAT(Save(Role::kGenerator, tiny_, tensors, {}), Succeeds());
  EXPECT_FALSE(SafetensorsFile::Open(Path("out/model.safetensors"))
                   .value()
                   ->tensors()
                   .contains("generator_lm_head.weight"));
  tensors.pop_back();
  ASSERT_THAT(Save(Role::kGenerator, tiny_, tensors, {.tied_weight = TiedWeight::kSeparate}),
              Succeeds());
  const auto network = LoadPretrained(Path("out"), Role::kGenerator);
  ASSERT_THAT(network, Succeeds());
  EXPECT_FALSE(network->config.tie_word_embeddings);
  EXPECT_EQ(ToFloat32(network->weights.at("generator_lm_head.weight").view).value(), words);
}

TEST_F(PretrainedTest, SavingChecksWhatItIsGiven) {
  std::vector<NamedTensor> tensors = Tensors(tiny_, Role::kGenerator);
  std::vector<float> other = values_.at(std::string(kWordEmbeddings));
  other[0] = -1;
  tensors.push_back(FloatTensor("generator_lm_head.weight", {8, 2}, other));
  EXPECT_THAT(Save(Role::kGenerator, tiny_, tensors, {}),
              Fails(StatusCode::kInvalidArgument, "differs from the word embeddings"));
  tensors.back() = tensors.front();
  EXPECT_THAT(Save(Role::kGenerator, tiny_, tensors, {}),
              Fails(StatusCode::kInvalidArgument, "given twice"));
  tensors.pop_back();
  tensors.erase(tensors.begin());
  EXPECT_THAT(Save(Role::kGenerator, tiny_, tensors, {}),
              Fails(StatusCode::kInvalidArgument, "is missing"));
  ElectraConfig small = tiny_;
  small.vocab_size = 7;
  EXPECT_THAT(Save(Role::kGenerator, small, Tensors(small, Role::kGenerator), {}),
              Fails(StatusCode::kInvalidArgument, "has 8 tokens, but vocab_size is 7"));
  EXPECT_FALSE(std::filesystem::exists(Path("out")));
}

}  // namespace
}  // namespace electra
