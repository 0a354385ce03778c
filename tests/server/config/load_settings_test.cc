// The daemon's settings by file, environment and flags.
#include "server/config/load_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "absl/strings/str_cat.h"
#include "server/config/setting_value.h"
#include "tests/temporary_folder.h"

namespace electra::server {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class SettingsTest : public ::testing::Test {
 protected:
  std::string WriteConfig(const std::string& text) {
    const std::string path = (folder_.path() / "electrad.yaml").string();
    std::ofstream(path) << text;
    return path;
  }

  // The error of a file with this text.
  absl::Status Refusal(const std::string& text) {
    return LoadSettings({{"config", {WriteConfig(text)}}}, {}).status();
  }

  TemporaryFolder folder_;
};

TEST_F(SettingsTest, FlagsWinOverTheEnvironmentThatOverTheFileThatOverDefaults) {
  const std::string path =
      WriteConfig("# as an admin writes it\nlisten: a:1\nthreads: 2\nlog_level: debug\n");
  const auto loaded = LoadSettings({{"config", {path}}, {"listen", {"c:3"}}},
                                   {{"ELECTRAD_LISTEN", "b:2"}, {"ELECTRAD_THREADS", "3"}});
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(loaded->values.listen, "c:3");
  EXPECT_EQ(loaded->values.threads, 3);
  EXPECT_EQ(loaded->values.log_level, "debug");
  EXPECT_EQ(loaded->values.log_format, "text");
  EXPECT_EQ(loaded->sources.at("listen"), "--listen");
  EXPECT_EQ(loaded->sources.at("threads"), "ELECTRAD_THREADS");
  EXPECT_EQ(loaded->sources.at("log_level"), absl::StrCat(path, ":4"));
  EXPECT_EQ(loaded->sources.at("log_format"), "default");
}

TEST_F(SettingsTest, AVariableOfOtherProgramsReplacesTheDefaultAlone) {
  const EnvironmentVariables usual = {{"HF_ENDPOINT", "https://mirror.example"}};
  const auto mirrored = LoadSettings({}, usual);
  ASSERT_TRUE(mirrored.ok()) << mirrored.status();
  EXPECT_EQ(mirrored->values.hub_endpoint, "https://mirror.example");
  EXPECT_EQ(mirrored->sources.at("hub_endpoint"), "HF_ENDPOINT");
  EXPECT_TRUE(mirrored->unknown_variables.empty());
  // Empty in the file: fetching is off, whatever other variables say.
  const auto off = LoadSettings({{"config", {WriteConfig("hub_endpoint:\n")}}}, usual);
  ASSERT_TRUE(off.ok()) << off.status();
  EXPECT_EQ(off->values.hub_endpoint, "");
  const auto unset = LoadSettings({}, {{"HF_ENDPOINT", ""}});
  ASSERT_TRUE(unset.ok()) << unset.status();
  EXPECT_EQ(unset->sources.at("hub_endpoint"), "default");
}

TEST_F(SettingsTest, TheEnvironmentNamesTheFileToo) {
  const std::string path = WriteConfig("threads: 5\n");
  const auto loaded = LoadSettings({}, {{"ELECTRAD_CONFIG", path}});
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(loaded->values.threads, 5);
}

TEST_F(SettingsTest, WhatIsPrintedIsAFileThatSaysTheSame) {
  const auto loaded = LoadSettings({{"trusted_models", {"/a b", "/c"}},
                                    {"corpora_quota", {"20GB"}},
                                    {"tls_key", {"yes: #no"}},
                                    {"require_tokens", {"true"}}},
                                   {});
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  const std::string printed = PrintSettings(*loaded);
  EXPECT_THAT(printed, HasSubstr("corpora_quota: 20GB"));
  EXPECT_THAT(printed, HasSubstr("# --require-tokens"));
  const auto again = LoadSettings({{"config", {WriteConfig(printed)}}}, {});
  ASSERT_TRUE(again.ok()) << again.status() << "\n" << printed;
  EXPECT_THAT(again->values.trusted_models, ElementsAre("/a b", "/c"));
  for (const Setting& setting : SettingTable()) {
    EXPECT_EQ(ValueText(setting, again->values), ValueText(setting, loaded->values)) << setting.key;
  }
}

TEST_F(SettingsTest, TheServiceMayListenOnAUnixSocketAndTheMetricsMayNot) {
  const auto loaded = LoadSettings({{"config",
                                     {WriteConfig("listen: unix:/run/electrad.sock\n"
                                                  "socket_mode: 0660\n")}}},
                                   {});
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(loaded->values.listen, "unix:/run/electrad.sock");
  EXPECT_EQ(loaded->values.socket_mode, "0660");
  EXPECT_THAT(std::string(Refusal("listen: \"unix:\"\n").message()), HasSubstr("or unix:PATH"));
  EXPECT_THAT(std::string(Refusal("metrics_address: unix:/run/m\n").message()),
              HasSubstr("it must be HOST:PORT with"));
  EXPECT_THAT(std::string(Refusal("socket_mode: 0777\n").message()), HasSubstr("0600, 0660"));
}

TEST_F(SettingsTest, HostsOfWebhooksAreSeparatedByCommasInTheVariable) {
  const auto loaded =
      LoadSettings({}, {{"ELECTRAD_NOTIFY_HOSTS", "hooks.slack.com,http://127.0.0.1:9000"}});
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_THAT(loaded->values.notify_hosts, ElementsAre("hooks.slack.com", "http://127.0.0.1:9000"));
  EXPECT_THAT(std::string(Refusal("notify_hosts: [a.example/x]\n").message()),
              HasSubstr("notify_hosts: \"a.example/x\" must be HOST"));
  const absl::Status secret = Refusal("notify_url: ftp://a/secret\n");
  EXPECT_THAT(std::string(secret.message()), HasSubstr("notify_url: a webhook is https://"));
  EXPECT_THAT(std::string(secret.message()), Not(HasSubstr("secret")));
}

TEST_F(SettingsTest, SizesHaveUnits) {
  for (const auto& [text, bytes] : {std::pair<const char*, int64_t>{"0", 0},
                                    {"1024", 1024},
                                    {"3kb", 3 << 10},
                                    {"20GB", int64_t{20} << 30},
                                    {"20 GiB", int64_t{20} << 30},
                                    {"1t", int64_t{1} << 40}}) {
    const auto loaded = LoadSettings({{"corpora_quota", {text}}}, {});
    ASSERT_TRUE(loaded.ok()) << loaded.status();
    EXPECT_EQ(loaded->values.corpora_quota, bytes) << text;
  }
  for (const char* text : {"", "GB", "-1", "1.5GB", "9999999999TB", "20XB"}) {
    EXPECT_FALSE(LoadSettings({{"corpora_quota", {text}}}, {}).ok()) << text;
  }
}

TEST_F(SettingsTest, NumbersAndBooleansAreYamls) {
  const auto loaded =
      LoadSettings({{"config",
                     {WriteConfig("threads: +3\nrank_timeout: 0x10\nrequire_tokens: TRUE\n"
                                  "corpora_quota: 0o17\n")}}},
                   {});
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(loaded->values.threads, 3);
  EXPECT_EQ(loaded->values.rank_timeout, 16);
  EXPECT_EQ(loaded->values.corpora_quota, 15);
  EXPECT_TRUE(loaded->values.require_tokens);
  EXPECT_FALSE(Refusal("threads: 1_0\n").ok());
  EXPECT_FALSE(Refusal("threads: 1.0\n").ok());
}

TEST_F(SettingsTest, TheEnvironmentSeparatesListsByColons) {
  const auto loaded = LoadSettings({}, {{"ELECTRAD_TRUSTED_MODELS", "/a:/b c"}});
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_THAT(loaded->values.trusted_models, ElementsAre("/a", "/b c"));
}

TEST_F(SettingsTest, WhatIsWrongIsSaidWithItsPlace) {
  EXPECT_THAT(std::string(Refusal("threads: 1\nlisten_on: a:1\n").message()),
              AllOf(HasSubstr("electrad.yaml:2"), HasSubstr("listen_on")));
  EXPECT_THAT(std::string(Refusal("\nthreads: many\n").message()),
              AllOf(HasSubstr("electrad.yaml:2"), HasSubstr("many"), HasSubstr("0 to 1024")));
  EXPECT_THAT(std::string(Refusal("listen: 127.0.0.1:70000\n").message()),
              AllOf(HasSubstr("127.0.0.1:70000"), HasSubstr("0 to 65535")));
  EXPECT_FALSE(Refusal("metrics_address: 127.0.0.1\n").ok());
  EXPECT_TRUE(Refusal("metrics_address: \"\"\n").ok());
  EXPECT_THAT(std::string(Refusal("log_level: loud\n").message()), HasSubstr("debug, info"));
  EXPECT_THAT(std::string(Refusal("require_tokens: perhaps\n").message()), HasSubstr("true or"));
  EXPECT_THAT(std::string(Refusal("listen: a:1\nlisten: b:1\n").message()), HasSubstr("twice"));
  EXPECT_THAT(std::string(Refusal("listen: [a:1, b:1]\n").message()), HasSubstr("one value"));
  EXPECT_THAT(std::string(Refusal("listen: {a: 1}\n").message()), HasSubstr("not a value"));
  EXPECT_THAT(std::string(Refusal("listen: [a, b\n").message()), HasSubstr("not YAML"));
  EXPECT_THAT(std::string(Refusal("just words").message()), HasSubstr("KEY: VALUE"));
  EXPECT_THAT(std::string(LoadSettings({}, {{"ELECTRAD_THREADS", "x"}}).status().message()),
              HasSubstr("ELECTRAD_THREADS"));
  EXPECT_EQ(LoadSettings({{"config", {"/none/such"}}}, {}).status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_FALSE(Refusal(std::string(2 << 20, '#')).ok());
}

TEST_F(SettingsTest, AnEmptyFileSaysNothing) {
  EXPECT_TRUE(Refusal("").ok());
  EXPECT_TRUE(Refusal("# nothing\n").ok());
}

// Kubernetes makes ELECTRAD_PORT from a service of this name: reported, but not an error.
TEST_F(SettingsTest, VariablesThatMeanNothingAreNamed) {
  const auto loaded =
      LoadSettings({}, {{"ELECTRAD_PORT", "tcp://10.0.0.1:50551"}, {"ELECTRAD_LISTEN", "a:1"}});
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_THAT(loaded->unknown_variables, ElementsAre("ELECTRAD_PORT"));
}

}  // namespace
}  // namespace electra::server
