// The identity of the client: kept credentials, TLS or not, and the commands about them.
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "client/rpc/connection.h"
#include "client/settings/credentials.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/fake_server.h"
#include "tests/client/rig.h"
#include "tests/temporary_folder.h"

namespace electra::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kPem[] = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n";

class AccessTest : public ::testing::Test {
 protected:
  AccessTest() {
    rig_.server = server_.address();
    rig_.variables["XDG_CONFIG_HOME"] = folder_.path().string();
    rig_.secret = server_.access.good + "\n";
    server_.access.caller.set_role(v1::SUBMITTER);
  }

  std::filesystem::path File() const { return folder_.path() / "electra" / "credentials.json"; }

  CredentialsFile Credentials() { return CredentialsFile(rig_.environment.variable); }

  electra::TemporaryFolder folder_;
  FakeServer server_;
  ClientRig rig_;
};

TEST_F(AccessTest, LoginKeepsAGoodTokenForItsOwnerAlone) {
  const mode_t before = umask(0);  // the mode is the client's doing
  EXPECT_EQ(rig_.Run({"login"}), ExitCode::kDone);
  umask(before);
  EXPECT_THAT(rig_.out.str(), HasSubstr("Logged in to " + server_.address() + " as submitter"));
  EXPECT_THAT(rig_.prompts, ElementsAre("Token for " + server_.address() + ": "));
  struct stat status = {};
  ASSERT_EQ(stat(File().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  ASSERT_EQ(stat(File().parent_path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700u);

  // Calls show it from now on, until it is forgotten.
  EXPECT_EQ(Credentials().Find(server_.address())->token, server_.access.good);
  EXPECT_EQ(Credentials().Find("other:1")->token, "");
  EXPECT_EQ(rig_.Run({"logout"}), ExitCode::kDone);
  EXPECT_EQ(Credentials().Find(server_.address())->token, "");
}

TEST_F(AccessTest, ABadTokenIsNotKept) {
  rig_.secret = "electra_0123456789ab_bad";
  EXPECT_EQ(rig_.Run({"login"}), ExitCode::kRefused);
  EXPECT_EQ(rig_.err.str(), "electra: the token is not one that this server gave\n");
  rig_.secret = "a b\x07";
  EXPECT_EQ(rig_.Run({"login"}), ExitCode::kUsage);
  EXPECT_FALSE(std::filesystem::exists(File()));
}

TEST_F(AccessTest, TheVariableWinsOverWhatIsKept) {
  ASSERT_TRUE(Credentials().Save(server_.address(), {.token = "kept"}).ok());
  const auto authorization = [&] {
    Connection connection({.target = server_.address(),
                           .interruption = &rig_.interruption,
                           .security = {.token = Credentials().Find(server_.address())->token}});
    v1::Caller caller;
    connection.Call(v1::GetCallerRequest(), &caller);
    return server_.access.authorizations.back();
  };
  EXPECT_EQ(authorization(), "Bearer kept");
  rig_.variables["ELECTRA_TOKEN"] = "variable";
  EXPECT_EQ(rig_.Run({"--tls", "status"}), ExitCode::kNoServer);  // the fake speaks no TLS
  EXPECT_EQ(rig_.Run({"status"}), ExitCode::kDone);
}

TEST_F(AccessTest, AFileThatOthersCanReadIsRefused) {
  ASSERT_TRUE(Credentials().Save(server_.address(), {.token = "secret"}).ok());
  ASSERT_EQ(chmod(File().c_str(), 0640), 0);
  EXPECT_EQ(rig_.Run({"status"}), ExitCode::kUsage);
  EXPECT_THAT(rig_.err.str(), HasSubstr("other users can read"));
  ASSERT_EQ(chmod(File().c_str(), 0600), 0);
  for (const char* damaged : {"", "[", "[]", "{}", R"({"servers": 3})"}) {
    std::ofstream(File()) << damaged;
    EXPECT_FALSE(Credentials().Find(server_.address()).ok()) << damaged;
  }
  std::ofstream(File()) << R"({"servers": {"a:1": {"token": 5}, "b:1": []}})";
  EXPECT_EQ(Credentials().Find("a:1")->token, "");
  EXPECT_EQ(Credentials().Find("b:1")->token, "");
}

TEST_F(AccessTest, AllOfAnAccessIsKept) {
  const Access access{.transport = Transport::kTls,
                      .ca = "/ca.pem",
                      .certificate = "/ann.pem",
                      .key = "/ann.key",
                      .token = "secret"};
  ASSERT_TRUE(Credentials().Save("gpu1:1", access).ok());
  ASSERT_TRUE(Credentials().Save("gpu2:1", {.transport = Transport::kPlain}).ok());
  const Access found = *Credentials().Find("gpu1:1");
  EXPECT_EQ(found.transport, Transport::kTls);
  EXPECT_EQ(found.ca + found.certificate + found.key + found.token,
            "/ca.pem/ann.pem/ann.keysecret");
  EXPECT_EQ(Credentials().Find("gpu2:1")->transport, Transport::kPlain);
}

TEST_F(AccessTest, ATokenIsNeverSentInPlainTextToOthers) {
  const Access token{.token = "secret"};
  EXPECT_TRUE(MakeSecurity("gpu1:50551", token)->tls);
  EXPECT_FALSE(MakeSecurity("127.0.0.1:50551", token)->tls);
  EXPECT_FALSE(MakeSecurity("[::1]:50551", token)->tls);
  EXPECT_TRUE(MakeSecurity("127.0.0.1.example.com:50551", token)->tls);
  EXPECT_FALSE(MakeSecurity("gpu1:50551", {.transport = Transport::kPlain})->tls);
  EXPECT_THAT(
      std::string(MakeSecurity("gpu1:50551", {.transport = Transport::kPlain, .token = "secret"})
                      .status()
                      .message()),
      HasSubstr("refusing to send a token to gpu1:50551 in plain text"));
  const TemporaryFile pem("ca.pem", kPem);
  EXPECT_TRUE(MakeSecurity("127.0.0.1:50551", {.ca = pem.path()})->tls);
  EXPECT_EQ(MakeSecurity("gpu1:50551", {.ca = pem.path()})->ca, kPem);
  const TemporaryFile text("ca.txt", "hello");
  EXPECT_FALSE(MakeSecurity("gpu1:50551", {.ca = text.path()}).ok());
  EXPECT_FALSE(MakeSecurity("gpu1:50551", {.certificate = pem.path()}).ok());
}

TEST_F(AccessTest, ANewTokenAloneIsOnStandardOutput) {
  server_.access.token.set_name("tokens/0123456789ab");
  EXPECT_EQ(rig_.Run({"token", "create", "--role", "submitter", "--name", "ann", "--expires", "12h",
                      "--stored-bytes", "2GB"}),
            ExitCode::kDone);
  EXPECT_EQ(rig_.out.str(), server_.access.good + "\n");
  EXPECT_THAT(rig_.err.str(), HasSubstr("It is not shown again"));
  const v1::CreateTokenRequest& request = server_.access.created.front();
  EXPECT_EQ(request.role(), v1::SUBMITTER);
  EXPECT_EQ(request.display_name(), "ann");
  EXPECT_EQ(request.expire_time().seconds(), absl::ToUnixSeconds(rig_.now) + 12 * 3600);
  EXPECT_EQ(request.limits().stored_bytes(), int64_t{2} << 30);
  EXPECT_EQ(request.limits().streams(), 0);

  EXPECT_EQ(rig_.Run({"token", "create", "--role", "viewer", "--expires", "0"}), ExitCode::kDone);
  EXPECT_FALSE(server_.access.created.back().has_expire_time());
  EXPECT_FALSE(server_.access.created.back().has_ttl());
}

TEST_F(AccessTest, HowLongATokenIsGoodIsTheServersToSayUnlessAsked) {
  server_.access.token.mutable_expire_time()->set_seconds(1'800'000'000);
  EXPECT_EQ(rig_.Run({"token", "create", "--role", "viewer"}), ExitCode::kDone);
  const v1::CreateTokenRequest& request = server_.access.created.front();
  EXPECT_TRUE(request.has_ttl());
  EXPECT_EQ(request.ttl().seconds(), 0);
  // For a server that does not know ttl.
  EXPECT_EQ(request.expire_time().seconds(), absl::ToUnixSeconds(rig_.now) + 90 * 86400);
  EXPECT_THAT(rig_.err.str(), HasSubstr("viewer, until 2027-01-15T08:00:00Z"));
}

TEST_F(AccessTest, TokensAreListed) {
  server_.access.token.set_name("tokens/0123456789ab");
  server_.access.token.set_role(v1::ADMIN);
  EXPECT_EQ(rig_.Run({"token", "list"}), ExitCode::kDone);
  EXPECT_THAT(rig_.out.str(), HasSubstr("tokens/0123456789ab\t\tadmin"));
}

}  // namespace
}  // namespace electra::client
