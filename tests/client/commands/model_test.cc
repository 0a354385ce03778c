#include <filesystem>
#include <fstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/fake_server.h"
#include "tests/client/rig.h"
#include "tests/temporary_folder.h"

namespace electra::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// SHA-256 of "weights".
constexpr char kDigest[] = "9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c";

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

class ModelTest : public ::testing::Test {
 protected:
  ModelTest() { rig_.server = server_.address(); }

  std::string Directory(const std::string& name, const std::vector<std::string>& files) {
    const std::filesystem::path directory = folder_.path() / name;
    std::filesystem::create_directories(directory);
    for (const std::string& file : files) std::ofstream(directory / file) << "bytes of " << file;
    return directory.string();
  }

  // The server sends one file of this name and digest that holds "weights".
  void Send(const std::string& name, const std::string& sha256) {
    v1::DownloadModelResponse file;
    file.mutable_file()->set_part(v1::DISCRIMINATOR);
    file.mutable_file()->set_file_name(name);
    file.mutable_file()->set_sha256(sha256);
    v1::DownloadModelResponse chunk;
    chunk.mutable_chunk()->set_data("weights");
    server_.models.download = {file, chunk};
  }

  ExitCode Download(std::vector<std::string> more) {
    std::vector<std::string> arguments = {"model", "download", "7f3a", Out().string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return rig_.Run(arguments);
  }

  std::filesystem::path Out() const { return folder_.path() / "out"; }
  // The entries in the outer folder, except the test's own.
  size_t Entries() const {
    return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(folder_.path()),
                                             std::filesystem::directory_iterator()));
  }

  TemporaryFolder folder_;
  FakeServer server_;
  ClientRig rig_;
};

TEST_F(ModelTest, ImportSendsWhatAModelIsAndNothingElse) {
  const std::string discriminator =
      Directory("d", {"config.json", "model.safetensors", "pytorch_model.bin", "notes.py"});
  const std::string generator = Directory("g", {"config.json", "pytorch_model.bin", "vocab.txt"});
  EXPECT_EQ(rig_.Run({"model", "import", "mine", "--discriminator", discriminator, "--generator",
                      generator}),
            ExitCode::kDone)
      << rig_.err.str();
  EXPECT_EQ(rig_.out.str(), "models/mine\n");
  EXPECT_THAT(rig_.err.str(), HasSubstr("a note"));
  std::vector<std::string> names;
  for (const auto& [file, bytes] : server_.models.imported) {
    names.push_back(v1::ModelPart_Name(file.part()) + " " + file.file_name());
    EXPECT_EQ(bytes, "bytes of " + file.file_name());
    EXPECT_EQ(file.size_bytes(), static_cast<int64_t>(bytes.size()));
  }
  EXPECT_THAT(names, ElementsAre("DISCRIMINATOR config.json", "DISCRIMINATOR model.safetensors",
                                 "GENERATOR config.json", "GENERATOR vocab.txt",
                                 "GENERATOR pytorch_model.bin"));
}

TEST_F(ModelTest, ServerPathsAreNotReadHere) {
  EXPECT_EQ(rig_.Run({"model", "import", "mine", "--server-path", "--discriminator", "/models/d"}),
            ExitCode::kDone);
  EXPECT_EQ(server_.models.imports.front().server_paths().discriminator(), "/models/d");
  EXPECT_TRUE(server_.models.imported.empty());
}

TEST_F(ModelTest, ADirectoryThatIsNoModelIsRefusedBeforeTheServerIsAsked) {
  EXPECT_EQ(rig_.Run({"model", "import", "mine", "--discriminator", Directory("d", {"vocab.txt"})}),
            ExitCode::kUsage);
  EXPECT_THAT(rig_.err.str(), HasSubstr("config.json"));
  EXPECT_EQ(rig_.Run({"model", "import", "mine", "--discriminator",
                      Directory("e", {"config.json", "tf_model.h5"})}),
            ExitCode::kUsage);
  EXPECT_THAT(rig_.err.str(), HasSubstr("model.safetensors"));
  EXPECT_TRUE(server_.models.imports.empty());
}

TEST_F(ModelTest, ADownloadTakesItsPlaceWhenItIsWhole) {
  Send("model.safetensors", kDigest);
  EXPECT_EQ(Download({"--part", "discriminator"}), ExitCode::kDone) << rig_.err.str();
  EXPECT_EQ(ReadFile(Out() / "model.safetensors"), "weights");
  EXPECT_EQ(server_.models.downloads.front().name(), "jobs/7f3a");
  EXPECT_EQ(Entries(), 1u);

  std::filesystem::remove_all(Out());
  EXPECT_EQ(Download({}), ExitCode::kDone) << rig_.err.str();
  EXPECT_EQ(ReadFile(Out() / "discriminator/model.safetensors"), "weights");
}

TEST_F(ModelTest, ADamagedDownloadLeavesNothing) {
  Send("model.safetensors", std::string(64, '0'));
  EXPECT_NE(Download({}), ExitCode::kDone);
  EXPECT_THAT(rig_.err.str(), HasSubstr("SHA-256"));
  EXPECT_EQ(Entries(), 0u);
}

TEST_F(ModelTest, AServerCannotNameAPlaceElsewhere) {
  for (const char* name : {"../escaped", "/tmp/escaped", "..", ".ssh", "a/b", ""}) {
    Send(name, kDigest);
    EXPECT_NE(Download({}), ExitCode::kDone) << name;
    EXPECT_EQ(Entries(), 0u) << name;
  }
}

TEST_F(ModelTest, AFolderWithSomethingInItIsNotTouched) {
  Directory("out", {"mine.txt"});
  Send("model.safetensors", kDigest);
  EXPECT_EQ(Download({}), ExitCode::kUsage);
  EXPECT_TRUE(std::filesystem::exists(Out() / "mine.txt"));
  EXPECT_TRUE(server_.models.downloads.empty());
}

TEST_F(ModelTest, NamesOfTheHubAreFetchedByTheServer) {
  EXPECT_EQ(rig_.Run({"model", "import", "mine", "--discriminator", "hf:org/small-discriminator",
                      "--generator", "hf:org/small-generator@v1"}),
            ExitCode::kDone)
      << rig_.err.str();
  EXPECT_EQ(rig_.out.str(), "models/mine\n");
  EXPECT_THAT(rig_.err.str(), HasSubstr("a note"));
  ASSERT_EQ(server_.models.fetches.size(), 1);
  EXPECT_EQ(server_.models.fetches[0].name(), "models/mine");
  EXPECT_EQ(server_.models.fetches[0].discriminator(), "hf:org/small-discriminator");
  EXPECT_EQ(server_.models.fetches[0].generator(), "hf:org/small-generator@v1");
  EXPECT_TRUE(server_.models.imports.empty());
}

TEST_F(ModelTest, FetchesShowTheirProgress) {
  rig_.UseTerminal(80);
  EXPECT_EQ(rig_.Run({"model", "import", "mine", "--discriminator", "hf:org/small"}),
            ExitCode::kDone);
  EXPECT_THAT(rig_.err.str(), HasSubstr("asking the hub for hf:org/small"));
}

TEST_F(ModelTest, WhereTheServerHasNoHubTheCacheOfThisMachineIsSent) {
  const std::string commit(40, 'c');
  const std::string repository = "hub/models--org--small";
  Directory(repository + "/snapshots/" + commit, {"config.json", "model.safetensors"});
  Directory(repository + "/refs", {});
  std::ofstream(folder_.path() / repository / "refs/main") << commit;
  rig_.variables["HF_HOME"] = folder_.path().string();
  for (const char* reason : {"HUB_OFF", "HUB_UNREACHABLE"}) {
    server_.models.fetch_refusal = reason;
    EXPECT_EQ(rig_.Run({"model", "import", "mine", "--discriminator", "hf:org/small"}),
              ExitCode::kDone)
        << rig_.err.str();
    ASSERT_FALSE(server_.models.imports.empty());
    EXPECT_THAT(server_.models.imports.back().sources(), ElementsAre("hf:org/small@" + commit));
    server_.models.imports.clear();
  }
  // After an answer of the hub, the cache is not tried.
  server_.models.fetch_refusal = "HUB_GATED";
  EXPECT_EQ(rig_.Run({"model", "import", "mine", "--discriminator", "hf:org/small"}),
            ExitCode::kRefused);
  EXPECT_TRUE(server_.models.imports.empty());
}

TEST_F(ModelTest, WhatIsInNoCacheEitherSaysHowToGetIt) {
  server_.models.fetch_refusal = "HUB_OFF";
  rig_.variables["HF_HOME"] = folder_.path().string();
  EXPECT_EQ(rig_.Run({"model", "import", "mine", "--discriminator", "hf:org/small"}),
            ExitCode::kRefused);
  EXPECT_THAT(rig_.err.str(), HasSubstr("hf download"));
}

TEST_F(ModelTest, NamesOfTheHubAreCheckedBeforeTheServerIsAsked) {
  EXPECT_EQ(rig_.Run({"model", "import", "mine", "--discriminator", "hf:../etc"}),
            ExitCode::kUsage);
  EXPECT_EQ(rig_.Run({"model", "import", "mine", "--discriminator", "hf:org/a", "--generator",
                      folder_.path().string()}),
            ExitCode::kUsage);
  EXPECT_EQ(rig_.Run({"model", "import", "mine", "--discriminator", "hf:org/a", "--server-path"}),
            ExitCode::kUsage);
  EXPECT_TRUE(server_.models.fetches.empty());
}

}  // namespace
}  // namespace electra::client
