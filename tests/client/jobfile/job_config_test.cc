#include "client/jobfile/job_config.h"

#include "client/rpc/json_output.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/rig.h"

namespace electra::client {
namespace {

using ::testing::HasSubstr;

constexpr char kYaml[] = R"(# a job
corpus: books.csv
column: sen
format: csv
vocab: vocab.txt
model: small
name: "책 2026"
priority: -5
hyperparameters:
  learning_rate: 1e-4
  epochs: 3
  truncate: true
  device: cuda:0
  note: "5"
)";

constexpr char kJson[] = R"({
  "corpus": "books.csv", "column": "sen", "format": "csv", "vocab": "vocab.txt", "model": "small",
  "name": "책 2026", "priority": -5,
  "hyperparameters": {"learning_rate": 1e-4, "epochs": 3, "truncate": true, "device": "cuda:0",
                      "note": "5"}
})";

std::string ErrorOf(const std::string& text, ConfigSyntax syntax) {
  const absl::StatusOr<JobConfig> config = ParseJobConfig(text, syntax, "job");
  return config.ok() ? "no error" : std::string(config.status().message());
}

void ExpectWholeConfig(const JobConfig& config) {
  EXPECT_EQ(config.corpus, "books.csv");
  EXPECT_EQ(config.column, "sen");
  EXPECT_EQ(config.format, "csv");
  EXPECT_EQ(config.vocab, "vocab.txt");
  EXPECT_EQ(config.model, "small");
  EXPECT_EQ(config.name, "책 2026");
  EXPECT_EQ(config.priority, -5);
  const auto& fields = config.hyperparameters.fields();
  ASSERT_EQ(fields.size(), 5u);
  EXPECT_EQ(fields.at("learning_rate").number_value(), 1e-4);
  EXPECT_EQ(fields.at("epochs").number_value(), 3);
  EXPECT_TRUE(fields.at("truncate").bool_value());
  EXPECT_EQ(fields.at("device").string_value(), "cuda:0");
  EXPECT_EQ(fields.at("note").string_value(), "5");
}

TEST(JobConfig, YamlAndJsonSayTheSame) {
  const absl::StatusOr<JobConfig> yaml = ParseJobConfig(kYaml, ConfigSyntax::kYaml, "job.yaml");
  ASSERT_TRUE(yaml.ok()) << yaml.status();
  ExpectWholeConfig(*yaml);
  const absl::StatusOr<JobConfig> json = ParseJobConfig(kJson, ConfigSyntax::kJson, "job.json");
  ASSERT_TRUE(json.ok()) << json.status();
  ExpectWholeConfig(*json);
}

TEST(JobConfig, SyntaxGoesByEndingThenByContent) {
  for (const auto& [name, content] : {std::pair("job.json", kJson), std::pair("job.yml", kYaml),
                                      std::pair("job", kJson), std::pair("job.conf", kYaml)}) {
    const TemporaryFile file(name, content);
    const absl::StatusOr<JobConfig> config = ReadJobConfig(file.path());
    ASSERT_TRUE(config.ok()) << name << ": " << config.status();
    EXPECT_EQ(config->model, "small");
  }
}

TEST(JobConfig, FilesAreRelativeToTheConfigsFolder) {
  const TemporaryFile file("job.yaml", "corpus: books.csv\nvocab: /data/vocab.txt\n");
  const absl::StatusOr<JobConfig> config = ReadJobConfig(file.path());
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->corpus, file.folder() + "/books.csv");
  EXPECT_EQ(config->vocab, "/data/vocab.txt");
  const TemporaryFile other("job.json", R"({"vocab": "vocab.txt", "probe": "lines.txt"})");
  EXPECT_EQ(ReadJobConfig(other.path())->probe, other.folder() + "/lines.txt");
  EXPECT_EQ(ReadJobConfig(other.path())->vocab, other.folder() + "/vocab.txt");
}

TEST(JobConfig, CorporaOfTheServerStayAsTheyAre) {
  const TemporaryFile file("job.yaml", "corpus: corpora/5d1c\n");
  EXPECT_EQ(ReadJobConfig(file.path())->corpus, "corpora/5d1c");
}

TEST(JobConfig, UnknownKeysAreRefusedByName) {
  EXPECT_THAT(ErrorOf("learning_rate: 1", ConfigSyntax::kYaml),
              HasSubstr("'job': line 1: unknown key 'learning_rate'; valid keys: corpus, mix"));
  EXPECT_THAT(ErrorOf(R"({"modle": "small"})", ConfigSyntax::kJson),
              HasSubstr("'job': line 1: unknown key 'modle': did you mean model?"));
}

TEST(JobConfig, KeysThatStandTwiceAreRefused) {
  EXPECT_THAT(ErrorOf("model: a\nmodel: b", ConfigSyntax::kYaml),
              HasSubstr("line 2: duplicate key 'model'"));
  EXPECT_THAT(ErrorOf(R"({"model": "a", "model": "b"})", ConfigSyntax::kJson),
              HasSubstr("duplicate key 'model'"));
  EXPECT_THAT(ErrorOf("hyperparameters:\n  seed: 1\n  seed: 2", ConfigSyntax::kYaml),
              HasSubstr("duplicate key 'seed'"));
  EXPECT_THAT(ErrorOf(R"({"hyperparameters": {"seed": 1, "seed": 2}})", ConfigSyntax::kJson),
              HasSubstr("duplicate key 'seed'"));
}

TEST(JobConfig, WrongTypesAreRefused) {
  EXPECT_THAT(ErrorOf("priority: high", ConfigSyntax::kYaml), HasSubstr("a whole number"));
  EXPECT_THAT(ErrorOf("priority: 1.5", ConfigSyntax::kYaml), HasSubstr("a whole number"));
  EXPECT_THAT(ErrorOf("priority: 1e300", ConfigSyntax::kYaml), HasSubstr("a whole number"));
  EXPECT_THAT(ErrorOf(R"({"model": 5})", ConfigSyntax::kJson),
              HasSubstr("model: expected a string"));
  EXPECT_THAT(ErrorOf("hyperparameters: 5", ConfigSyntax::kYaml), HasSubstr("expected a map"));
  EXPECT_THAT(ErrorOf("hyperparameters:\n  seed: [1, 2]", ConfigSyntax::kYaml),
              HasSubstr("hyperparameters.seed"));
  EXPECT_THAT(ErrorOf(R"({"hyperparameters": {"seed": null}})", ConfigSyntax::kJson),
              HasSubstr("hyperparameters.seed: expected a number, true, false or a string, not "
                        "null"));
}

TEST(JobConfig, MalformedFilesAreOneError) {
  EXPECT_THAT(ErrorOf("a: [1", ConfigSyntax::kYaml), HasSubstr("'job': line"));
  EXPECT_THAT(ErrorOf("- a\n- b", ConfigSyntax::kYaml), HasSubstr("a map of keys"));
  EXPECT_THAT(ErrorOf("", ConfigSyntax::kYaml), HasSubstr("a map of keys"));
  EXPECT_THAT(ErrorOf("{\"a\": ", ConfigSyntax::kJson), HasSubstr("parse error at line 1"));
  EXPECT_THAT(ErrorOf("[]", ConfigSyntax::kJson), HasSubstr("expected an object"));
  EXPECT_THAT(ErrorOf("name: \xff", ConfigSyntax::kYaml), HasSubstr("not UTF-8"));
}

TEST(JobConfig, DeepNestingIsAnErrorAndNoCrash) {
  EXPECT_NE(ErrorOf("name: " + std::string(100'000, '['), ConfigSyntax::kYaml), "no error");
  EXPECT_NE(ErrorOf("{\"name\": " + std::string(500'000, '['), ConfigSyntax::kJson), "no error");
}

// yaml-cpp makes endless empty documents of it.
TEST(JobConfig, ALoneCommaEnds) {
  for (const char* text : {",", "E,", ", ,\n"}) {
    EXPECT_THAT(ErrorOf(text, ConfigSyntax::kYaml), HasSubstr("a map of keys and values"));
  }
  EXPECT_THAT(ErrorOf("corpus: a\n---\ncorpus: b\n", ConfigSyntax::kYaml),
              HasSubstr("a map of keys and values"));
}

TEST(Setting, ParsesNumbersBooleansAndStrings) {
  google::protobuf::Struct fields;
  for (const char* setting : {"learning_rate=1e-4", "epochs=3", "truncate=false", "device=cuda:0",
                              "empty=", "equation=a=b", "quoted=\"5\"", "minus=-2", "nan=NaN"}) {
    const absl::Status status = ApplySetting(setting, fields);
    EXPECT_TRUE(status.ok()) << status;
  }
  const auto& map = fields.fields();
  EXPECT_EQ(map.at("learning_rate").number_value(), 1e-4);
  EXPECT_EQ(map.at("epochs").number_value(), 3);
  EXPECT_EQ(map.at("truncate").kind_case(), google::protobuf::Value::kBoolValue);
  EXPECT_EQ(map.at("device").string_value(), "cuda:0");
  EXPECT_EQ(map.at("empty").string_value(), "");
  EXPECT_EQ(map.at("equation").string_value(), "a=b");
  EXPECT_EQ(map.at("quoted").string_value(), "5");
  EXPECT_EQ(map.at("minus").number_value(), -2);
  EXPECT_EQ(map.at("nan").string_value(), "NaN");
}

// The core schema of YAML 1.2, in job files, settings and sweeps alike.
TEST(Setting, NumbersAndBooleansAreYamls) {
  const std::pair<const char*, double> numbers[] = {{".0005", .0005}, {"+3", 3},    {"0.", 0},
                                                    {"007", 7},       {"0x10", 16}, {"1E3", 1000}};
  const std::pair<const char*, bool> booleans[] = {{"True", true}, {"FALSE", false}};
  const auto both = [](const std::string& text) {
    google::protobuf::Struct fields;
    EXPECT_TRUE(ApplySetting("key=" + text, fields).ok()) << text;
    const absl::StatusOr<JobConfig> config =
        ParseJobConfig("hyperparameters:\n  key: " + text, ConfigSyntax::kYaml, "job");
    EXPECT_TRUE(config.ok()) << config.status();
    const google::protobuf::Value value = fields.fields().at("key");
    EXPECT_EQ(config->hyperparameters.fields().at("key").SerializeAsString(),
              value.SerializeAsString())
        << text;
    return value;
  };
  for (const auto& [text, number] : numbers) EXPECT_EQ(both(text).number_value(), number) << text;
  for (const auto& [text, boolean] : booleans) {
    EXPECT_EQ(both(text).kind_case(), google::protobuf::Value::kBoolValue) << text;
    EXPECT_EQ(both(text).bool_value(), boolean) << text;
  }
  for (const char* text : {"yes", "1_000", ".inf", "1e999", "0b1"}) {
    EXPECT_EQ(both(text).string_value(), text);
  }
  const absl::StatusOr<JobConfig> tagged =
      ParseJobConfig("hyperparameters:\n  a: !!str 5\n  b: 'True'\n", ConfigSyntax::kYaml, "job");
  ASSERT_TRUE(tagged.ok()) << tagged.status();
  EXPECT_EQ(tagged->hyperparameters.fields().at("a").string_value(), "5");
  EXPECT_EQ(tagged->hyperparameters.fields().at("b").string_value(), "True");
}

TEST(Setting, LaterOnesWin) {
  const absl::StatusOr<JobConfig> config = ParseJobConfig(kYaml, ConfigSyntax::kYaml, "job");
  google::protobuf::Struct fields = config->hyperparameters;
  ASSERT_TRUE(ApplySetting("epochs=7", fields).ok());
  ASSERT_TRUE(ApplySetting("epochs=9", fields).ok());
  EXPECT_EQ(fields.fields().at("epochs").number_value(), 9);
  EXPECT_EQ(fields.fields().at("learning_rate").number_value(), 1e-4);
}

TEST(Setting, RefusesWhatHasNoKey) {
  google::protobuf::Struct fields;
  for (const char* setting : {"learning_rate", "=5", ""}) {
    EXPECT_THAT(std::string(ApplySetting(setting, fields).message()),
                HasSubstr("expected KEY=VALUE"));
  }
}

TEST(Setting, RefusesIntegersThatWouldArriveAsOthers) {
  google::protobuf::Struct fields;
  EXPECT_TRUE(ApplySetting("seed=9007199254740992", fields).ok());
  EXPECT_THAT(std::string(ApplySetting("seed=9007199254740993", fields).message()),
              HasSubstr("--set seed: 9007199254740993 is beyond 2^53"));
  EXPECT_FALSE(ApplySetting("seed=-9007199254740993", fields).ok());
  EXPECT_FALSE(ApplySetting("seed=99999999999999999999999", fields).ok());
}

}  // namespace
}  // namespace electra::client
