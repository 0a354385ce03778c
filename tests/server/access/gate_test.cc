// The gate with a clock of the test's own.
#include "server/access/gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "electra/v1/job.pb.h"
#include "server/access/token.h"
#include "server/access/token_admin.h"
#include "tests/temporary_folder.h"

namespace electra::server {
namespace {

using ::testing::HasSubstr;

class GateTest : public ::testing::Test {
 protected:
  GateTest()
      : database_(*Database::Open(folder_.path() / "electrad.db")),
        gate_({.demands_tokens = true, .now_micros = [this] { return now_; }}) {}

  NewToken Create(const TokenRow& wanted) {
    const absl::StatusOr<NewToken> token = CreateToken(*database_, wanted);
    EXPECT_TRUE(token.ok()) << token.status();
    gate_.Add(token->row);
    return *token;
  }

  static Credentials With(const std::string& secret) {
    return {.authorization = {"Bearer " + secret}};
  }

  absl::StatusCode Code(const Credentials& credentials) {
    return gate_.Admit(credentials, policy_).status().code();
  }

  const MethodPolicy policy_ = PolicyFor(*v1::GetJobRequest::descriptor());
  TemporaryFolder folder_;
  std::unique_ptr<Database> database_;
  int64_t now_ = NowForTest();
  Gate gate_;

 private:
  static int64_t NowForTest() { return absl::ToUnixMicros(absl::Now()); }
};

TEST_F(GateTest, OnlyTheWholeSecretOpens) {
  const NewToken token = Create({.role = v1::VIEWER});
  EXPECT_EQ(Code(With(token.secret)), absl::StatusCode::kOk);
  std::string other = token.secret;
  other.back() = other.back() == 'A' ? 'B' : 'A';
  for (const std::string& wrong :
       {other, token.secret.substr(1), token.secret + "A", std::string("electra_"), std::string(),
        MakeTokenText(token.row.name), MakeTokenText("0123456789ab")}) {
    EXPECT_EQ(Code(With(wrong)), absl::StatusCode::kUnauthenticated) << wrong;
  }
  EXPECT_EQ(Code({}), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(Code({.authorization = {token.secret}}), absl::StatusCode::kUnauthenticated);
  const std::string header = "Bearer " + token.secret;
  EXPECT_EQ(Code({.authorization = {header, header}}), absl::StatusCode::kUnauthenticated);
}

TEST_F(GateTest, TheSecretIsNotStored) {
  const NewToken token = Create({.role = v1::ADMIN});
  // After "electra_ID_"; the secret may hold an underscore itself.
  const std::string secret =
      token.secret.substr(token.secret.find(token.row.name) + token.row.name.size() + 1);
  ASSERT_EQ(secret.size(), 43u);
  ASSERT_TRUE(database_
                  ->Read([&](Reader& reader) {
                    const TokenRow row = *FindToken(reader, token.row.name);
                    EXPECT_EQ(row.sha256, HashToken(token.secret));
                    return absl::OkStatus();
                  })
                  .ok());
  database_.reset();  // all of it is in the file now
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    EXPECT_EQ(bytes.find(secret), std::string::npos) << entry.path();
  }
}

TEST_F(GateTest, ATokenExpires) {
  const NewToken token = Create({.role = v1::VIEWER, .expires_at = now_ + 60'000'000});
  now_ += 59'999'999;
  auto permit = gate_.AdmitStream(With(token.secret), policy_);
  ASSERT_TRUE(permit.ok());
  EXPECT_TRUE(permit->Check().ok());
  now_ += 1;
  EXPECT_EQ(Code(With(token.secret)), absl::StatusCode::kUnauthenticated);
  EXPECT_THAT(std::string(permit->Check().message()), HasSubstr("has expired"));
}

TEST_F(GateTest, RequestsASecondAreLimitedWithABurst) {
  const NewToken token = Create({.role = v1::VIEWER, .limits = {.requests_per_second = 10}});
  for (int i = 0; i < 20; ++i) EXPECT_EQ(Code(With(token.secret)), absl::StatusCode::kOk) << i;
  EXPECT_EQ(Code(With(token.secret)), absl::StatusCode::kResourceExhausted);
  now_ += 100'000;
  EXPECT_EQ(Code(With(token.secret)), absl::StatusCode::kOk);
  EXPECT_EQ(Code(With(token.secret)), absl::StatusCode::kResourceExhausted);
  now_ -= 3600'000'000;  // a clock that jumps back neither gives nor takes
  EXPECT_EQ(Code(With(token.secret)), absl::StatusCode::kResourceExhausted);
  now_ += 100'000;
  EXPECT_EQ(Code(With(token.secret)), absl::StatusCode::kOk);
  // Another token does not use up the limits.
  Create({.role = v1::VIEWER});
  EXPECT_EQ(Code(With(token.secret)), absl::StatusCode::kResourceExhausted);
}

TEST_F(GateTest, ARevokedTokenOpensNothingThoughTheTableCannotBeRead) {
  const NewToken token = *CreateToken(*database_, gate_, {.role = v1::ADMIN});
  EXPECT_EQ(Code(With(token.secret)), absl::StatusCode::kOk);
  // Read connections are opened on demand; the write connection already has the file.
  std::filesystem::rename(folder_.path() / "electrad.db", folder_.path() / "elsewhere.db");
  EXPECT_TRUE(RevokeToken(*database_, gate_, token.row.name).ok());
  EXPECT_EQ(Code(With(token.secret)), absl::StatusCode::kUnauthenticated);
}

TEST_F(GateTest, StreamsAreCountedUntilTheyEnd) {
  const NewToken token = Create({.role = v1::VIEWER, .limits = {.streams = 2}});
  auto first = gate_.AdmitStream(With(token.secret), policy_);
  {
    const auto second = gate_.AdmitStream(With(token.secret), policy_);
    EXPECT_TRUE(second.ok());
    EXPECT_EQ(gate_.AdmitStream(With(token.secret), policy_).status().code(),
              absl::StatusCode::kResourceExhausted);
  }
  EXPECT_TRUE(gate_.AdmitStream(With(token.secret), policy_).ok());
}

TEST_F(GateTest, ACertificateStandsForAToken) {
  Create({.role = v1::SUBMITTER, .certificate = "ann"});
  const absl::StatusOr<Caller> ann = gate_.Admit({.certificate = "ann"}, policy_);
  ASSERT_TRUE(ann.ok());
  EXPECT_EQ(ann->role, v1::SUBMITTER);
  EXPECT_EQ(Code({.certificate = "bob"}), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(CreateToken(*database_, {.role = v1::ADMIN, .certificate = "ann"}).status().code(),
            absl::StatusCode::kAlreadyExists);
}

TEST_F(GateTest, WhatATokenMayBeIsChecked) {
  for (const TokenRow& wrong :
       {TokenRow{}, TokenRow{.display_name = std::string(201, 'a'), .role = v1::VIEWER},
        TokenRow{.role = v1::VIEWER, .certificate = std::string(65, 'a')},
        TokenRow{.role = v1::VIEWER, .limits = {.streams = -1}},
        TokenRow{.role = v1::VIEWER, .expires_at = 1},
        TokenRow{.role = static_cast<v1::Role>(7)}}) {
    EXPECT_EQ(CreateToken(*database_, wrong).status().code(), absl::StatusCode::kInvalidArgument);
  }
}

TEST(Policy, WhatTheTableLacksIsAnAdmins) {
  const MethodPolicy policy = PolicyFor(*v1::Job::descriptor());
  EXPECT_EQ(policy.role, v1::ADMIN);
  EXPECT_EQ(policy.effect, Effect::kChanges);
}

}  // namespace
}  // namespace electra::server
