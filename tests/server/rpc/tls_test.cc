// TLS, client certificates, and which addresses are served without them.
#include "server/rpc/tls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "tests/server/access_rig.h"
#include "tests/server/rpc/test_certificates.h"

namespace electra::server {
namespace {

using ::testing::HasSubstr;

class TlsTest : public AccessTest {
 protected:
  TlsTest() : authority_("first"), server_(authority_.Issue("server")) {
    options_.tls = {.certificate = Path("server.pem"),
                    .key = Path("server.key"),
                    .client_ca = Path("clients.pem"),
                    .refresh = absl::Seconds(1)};
    WriteFile(Path("server.pem"), server_.certificate);
    WriteFile(Path("server.key"), server_.key);
    WriteFile(Path("clients.pem"), authority_.certificate());
  }

  std::string Path(const std::string& name) const { return (files_.path() / name).string(); }

  void Connect(const std::string& ca, const PemPair& client = {}) {
    channel_ = grpc::CreateChannel(daemon_->address(),
                                   grpc::SslCredentials({.pem_root_certs = ca,
                                                         .pem_private_key = client.key,
                                                         .pem_cert_chain = client.certificate}));
  }

  grpc::Status GetCaller(const std::string& token, v1::Caller* caller) {
    return Call(token, &v1::AccessService::Stub::GetCaller, v1::GetCallerRequest(), caller);
  }

  TemporaryFolder files_;
  TestAuthority authority_;
  PemPair server_;
  DaemonOptions options_;
};

TEST_F(TlsTest, TlsDemandsTokensOrKnownCertificates) {
  const std::string token = Create({.role = v1::VIEWER});
  Create({.role = v1::SUBMITTER, .certificate = "ann"});
  Start(options_);
  v1::Caller caller;
  EXPECT_EQ(GetCaller(token, &caller).error_code(), grpc::StatusCode::UNAVAILABLE);  // plain text

  Connect(authority_.certificate());
  EXPECT_EQ(Reason(GetCaller("", &caller)), "TOKEN_MISSING");
  EXPECT_TRUE(GetCaller(token, &caller).ok());
  EXPECT_EQ(caller.role(), v1::VIEWER);

  Connect(authority_.certificate(), authority_.Issue("ann"));
  EXPECT_TRUE(GetCaller("", &caller).ok());
  EXPECT_EQ(caller.role(), v1::SUBMITTER);
  Connect(authority_.certificate(), authority_.Issue("bob"));
  EXPECT_EQ(Reason(GetCaller("", &caller)), "CERTIFICATE_UNKNOWN");

  const TestAuthority stranger("stranger");
  Connect(authority_.certificate(), stranger.Issue("ann"));
  EXPECT_EQ(GetCaller("", &caller).error_code(), grpc::StatusCode::UNAVAILABLE);
  Connect(stranger.certificate());
  EXPECT_EQ(GetCaller(token, &caller).error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(TlsTest, CertificatesAreTakenWithoutARestart) {
  const std::string token = Create({.role = v1::VIEWER});
  Start(options_);
  const TestAuthority second("second");
  const PemPair replaced = second.Issue("server");
  WriteFile(Path("server.key"), replaced.key);
  WriteFile(Path("server.pem"), replaced.certificate);
  Connect(second.certificate());  // tries until the daemon shows the new one
  EXPECT_TRUE(
      channel_->WaitForConnected(std::chrono::system_clock::now() + std::chrono::seconds(60)));
  v1::Caller caller;
  EXPECT_TRUE(GetCaller(token, &caller).ok());
}

TEST_F(TlsTest, AClientCaIsReplacedWithoutARestart) {
  Create({.role = v1::SUBMITTER, .certificate = "ann"});
  Start(options_);
  const TestAuthority second("second");
  WriteFile(Path("clients.pem"), second.certificate());
  // The new one's certificates are accepted as soon as the file was read.
  Connect(authority_.certificate(), second.Issue("ann"));
  const auto deadline = std::chrono::system_clock::now() + std::chrono::seconds(60);
  grpc::ClientContext context;
  context.set_wait_for_ready(true);
  context.set_deadline(deadline);
  v1::Caller caller;
  const auto stub = v1::AccessService::NewStub(channel_);
  EXPECT_TRUE(stub->GetCaller(&context, {}, &caller).ok());
  EXPECT_EQ(caller.role(), v1::SUBMITTER);
  // And certificates of the old one are no longer accepted.
  Connect(authority_.certificate(), authority_.Issue("ann"));
  EXPECT_EQ(GetCaller("", &caller).error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(TlsTest, FilesThatCannotWorkAreRefusedAtTheStart) {
  const auto error = [&](const TlsOptions& tls) {
    return std::string(MakeServerCredentials(tls).status().message());
  };
  WriteFile(Path("other.key"), authority_.Issue("other").key);
  WriteFile(Path("no.pem"), "hello\n");
  const TlsOptions good = options_.tls;
  EXPECT_EQ(error(good), "");
  TlsOptions wrong = good;
  wrong.key = Path("other.key");
  EXPECT_THAT(error(wrong), HasSubstr("is not the key of"));
  wrong.key = Path("absent.key");
  EXPECT_THAT(error(wrong), HasSubstr("cannot be read"));
  wrong.key.clear();
  EXPECT_THAT(error(wrong), HasSubstr("--tls-key is missing"));
  wrong = good;
  wrong.certificate = Path("no.pem");
  EXPECT_THAT(error(wrong), HasSubstr("holds no certificate"));
  wrong = good;
  wrong.client_ca = Path("no.pem");
  EXPECT_THAT(error(wrong), HasSubstr("--tls-client-ca"));
  EXPECT_THAT(error({.client_ca = Path("clients.pem")}), HasSubstr("needs --tls-cert"));
}

}  // namespace
}  // namespace electra::server
