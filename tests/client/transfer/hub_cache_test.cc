#include "client/transfer/hub_cache.h"

#include <filesystem>
#include <fstream>
#include <map>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/temporary_folder.h"

namespace electra::client {
namespace {

namespace fs = std::filesystem;

const std::string kCachedCommit(40, 'c');

class HubCacheTest : public ::testing::Test {
 protected:
  // A repository as huggingface_hub lays it out.
  void Add(const std::string& folder, const std::string& commit = kCachedCommit) {
    const fs::path repository = folder_.path() / folder;
    fs::create_directories(repository / "refs");
    fs::create_directories(repository / "blobs");
    fs::create_directories(repository / "snapshots" / commit);
    std::ofstream(repository / "refs" / "main") << commit;
    std::ofstream(repository / "blobs" / "abc") << "{}";
    fs::create_symlink("../../blobs/abc", repository / "snapshots" / commit / "config.json");
  }
  std::optional<CachedRepository> Find(const HubName& name) const {
    return FindInHubCache(folder_.path().string(), name);
  }

  TemporaryFolder folder_;
};

TEST_F(HubCacheTest, ARevisionIsARefOrACommit) {
  Add("models--org--small");
  const auto by_branch = Find({"org/small", ""});
  ASSERT_TRUE(by_branch);
  EXPECT_EQ(by_branch->source, "hf:org/small@" + kCachedCommit);
  EXPECT_TRUE(fs::exists(fs::path(by_branch->directory) / "config.json"));
  EXPECT_EQ(Find({"org/small", kCachedCommit})->directory, by_branch->directory);
  EXPECT_FALSE(Find({"org/small", "v1"}));
  EXPECT_FALSE(Find({"org/small", std::string(40, 'd')}));
  EXPECT_FALSE(Find({"org/other", ""}));
}

TEST_F(HubCacheTest, ARefThatIsNoCommitLeadsNowhere) {
  Add("models--org--small");
  std::ofstream(folder_.path() / "models--org--small/refs/main") << "../../../etc";
  EXPECT_FALSE(Find({"org/small", ""}));
}

TEST_F(HubCacheTest, APairMayLackItsGenerator) {
  const std::string cache = folder_.path().string();
  EXPECT_FALSE(FindPairInHubCache(cache, {"org/small", ""}));
  Add("models--org--small-discriminator");
  EXPECT_FALSE(FindPairInHubCache(cache, {"org/small", ""})->generator);
  Add("models--org--small-generator");
  EXPECT_TRUE(FindPairInHubCache(cache, {"org/small", ""})->generator);
  Add("models--org--plain");
  EXPECT_EQ(FindPairInHubCache(cache, {"org/plain", ""})->discriminator.source,
            "hf:org/plain@" + kCachedCommit);
}

TEST_F(HubCacheTest, TheCacheIsWhereHuggingFaceHasIt) {
  std::map<std::string, std::string> variables;
  const auto folder = [&] {
    return HubCacheFolder([&](const std::string& name) -> std::optional<std::string> {
      const auto found = variables.find(name);
      return found == variables.end() ? std::nullopt : std::optional(found->second);
    });
  };
  EXPECT_EQ(folder(), "");
  variables["HOME"] = "/home/kim";
  EXPECT_EQ(folder(), "/home/kim/.cache/huggingface/hub");
  variables["XDG_CACHE_HOME"] = "/cache";
  EXPECT_EQ(folder(), "/cache/huggingface/hub");
  variables["HF_HOME"] = "/hf";
  EXPECT_EQ(folder(), "/hf/hub");
  variables["HF_HUB_CACHE"] = "/hub";
  EXPECT_EQ(folder(), "/hub");
}

}  // namespace
}  // namespace electra::client
