#include "client/rpc/failure.h"

#include "gmock/gmock.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "gtest/gtest.h"
#include "tests/client/fake_server.h"
#include "tests/client/rig.h"

namespace electra::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

Failure Of(const grpc::Status& status) {
  return CallFailure(status, {.target = "gpu1:50551", .timeout = absl::Seconds(30)},
                     Language::kEnglish);
}

// The sentence about a connection that gRPC gave up with this cause.
std::string Sentence(const std::string& cause, Reach reach) {
  reach.target = "gpu1:50551";
  reach.timeout = absl::Seconds(30);
  return CallFailure(
             {grpc::StatusCode::UNAVAILABLE,
              "failed to connect to all addresses; last error: UNKNOWN: ipv4:192.0.2.7:1: " +
                  cause},
             reach, Language::kEnglish)
      .sentence;
}

TEST(Failure, ConnectionThatFailsIsNoServer) {
  const Failure failure =
      Of({grpc::StatusCode::UNAVAILABLE,
          "failed to connect to all addresses; last error: UNKNOWN: ipv4:127.0.0.1:1: Failed to "
          "connect to remote host: Connection refused"});
  EXPECT_EQ(failure.exit_code, ExitCode::kNoServer);
  EXPECT_THAT(failure.sentence, HasSubstr("no server at gpu1:50551 (Connection refused)"));
  EXPECT_THAT(failure.sentence, HasSubstr("ELECTRA_SERVER"));
}

TEST(Failure, ANameThatDoesNotResolveIsNamed) {
  const Failure failure =
      Of({grpc::StatusCode::UNAVAILABLE,
          "DNS resolution failed for gpu1:50551: C-ares status is not ARES_SUCCESS qtype=A "
          "name=gpu1 is_balancer=0: Domain name not found"});
  EXPECT_THAT(failure.sentence, HasSubstr("the name of the server gpu1:50551 does not resolve"));
  EXPECT_THAT(failure.sentence, HasSubstr("ELECTRA_SERVER"));
}

TEST(Failure, TlsThatOneSideDoesNotSpeakIsSaidSo) {
  EXPECT_THAT(Sentence("Ssl handshake failed: SSL_ERROR_SSL: error:0A00010B:SSL routines::wrong "
                       "version number",
                       {.tls = true}),
              HasSubstr("the server at gpu1:50551 does not use TLS; start electrad with"));
  EXPECT_THAT(Sentence("Socket closed", {.speaks_tls = [] { return true; }}),
              HasSubstr("the server at gpu1:50551 uses TLS, but this call does not; omit "
                        "--insecure, and set the CA of its certificate with --ca or ELECTRA_CA"));
  EXPECT_THAT(Sentence("Socket closed", {}), HasSubstr("no server at gpu1:50551 (Socket closed)"));
}

TEST(Failure, ACertificateThatIsNotTrustedNamesTheOption) {
  EXPECT_THAT(Sentence("Ssl handshake failed: SSL_ERROR_SSL: error:0A000086:SSL "
                       "routines::certificate verify failed",
                       {.tls = true}),
              HasSubstr("is not trusted (error:0A000086:SSL routines::certificate verify failed); "
                        "set its CA with --ca or ELECTRA_CA"));
  EXPECT_THAT(Sentence("Peer name gpu1 is not in peer certificate", {.tls = true}),
              HasSubstr("is for another name"));
}

TEST(Failure, AProxyInTheWayIsNamedWithItsVariable) {
  const Proxy proxy = {.variable = "http_proxy", .uri = "http://ann:secret@proxy:3128"};
  const std::string refused =
      Sentence("Failed to connect to remote host: Connection refused", {.proxy = proxy});
  EXPECT_THAT(refused, HasSubstr("cannot reach the server at gpu1:50551 through the proxy "
                                 "proxy:3128, which is set in http_proxy (Connection refused)"));
  EXPECT_THAT(refused, HasSubstr("no_proxy=gpu1"));
  const Failure silent = CallFailure(
      {grpc::StatusCode::DEADLINE_EXCEEDED, "Deadline Exceeded"},
      {.target = "gpu1:50551", .timeout = absl::Seconds(30), .proxy = proxy}, Language::kEnglish);
  EXPECT_THAT(silent.sentence,
              HasSubstr("within 30s through the proxy proxy:3128, which is set in http_proxy"));
}

TEST(Failure, ServerThatIsLeavingIsNoServer) {
  const Failure failure = Of({grpc::StatusCode::UNAVAILABLE, "shutting down"});
  EXPECT_EQ(failure.exit_code, ExitCode::kNoServer);
  EXPECT_THAT(failure.sentence, HasSubstr("not available: shutting down"));
}

TEST(Failure, SilenceIsNoServer) {
  const Failure failure = Of({grpc::StatusCode::DEADLINE_EXCEEDED, "Deadline Exceeded"});
  EXPECT_EQ(failure.exit_code, ExitCode::kNoServer);
  EXPECT_THAT(failure.sentence, HasSubstr("did not answer within 30s"));
}

TEST(Failure, RefusalKeepsTheServersSentence) {
  const Failure failure = Of({grpc::StatusCode::NOT_FOUND, "there is no job 7f3a"});
  EXPECT_EQ(failure.exit_code, ExitCode::kRefused);
  EXPECT_EQ(failure.sentence, "there is no job 7f3a");
}

TEST(Failure, FieldViolationsBecomeLines) {
  const Failure failure = Of(BadRequestStatus(
      "2 hyperparameters are wrong",
      {{"hyperparameters.epochs", "-1 is below 1"}, {"", "something as a whole"}}));
  EXPECT_EQ(failure.exit_code, ExitCode::kRefused);
  EXPECT_THAT(failure.details,
              ElementsAre("hyperparameters.epochs: -1 is below 1", "something as a whole"));
}

TEST(Failure, WithoutMessageTheReasonSpeaks) {
  google::rpc::ErrorInfo info;
  info.set_reason("CORPUS_IN_USE");
  google::rpc::Status details;
  details.add_details()->PackFrom(info);
  EXPECT_EQ(Of({grpc::StatusCode::FAILED_PRECONDITION, "", details.SerializeAsString()}).sentence,
            "CORPUS_IN_USE");
  EXPECT_THAT(Of({grpc::StatusCode::INTERNAL, ""}).sentence, HasSubstr("answered INTERNAL"));
}

TEST(Failure, KoreanSaysWhatKindOfRefusalItIs) {
  const auto in_korean = [](const grpc::Status& status) {
    return CallFailure(status, {.target = "gpu1:50551", .timeout = absl::Seconds(30)},
                       Language::kKorean)
        .sentence;
  };
  EXPECT_EQ(in_korean({grpc::StatusCode::NOT_FOUND, "there is no job \"7f3a\""}),
            "찾을 수 없음: there is no job \"7f3a\"");
  EXPECT_EQ(in_korean({grpc::StatusCode::DEADLINE_EXCEEDED, ""}),
            "gpu1:50551 서버가 30s 안에 응답하지 않았습니다. --timeout으로 더 기다릴 수 있습니다");
  EXPECT_THAT(in_korean({grpc::StatusCode::UNAVAILABLE, "failed to connect: refused"}),
              HasSubstr("gpu1:50551에 서버가 없습니다 (refused)"));
}

// A refusal with a code and values, and with such problems.
grpc::Status Coded(const std::string& message, const google::rpc::ErrorInfo& info,
                   const std::vector<std::string>& problems) {
  google::rpc::BadRequest bad_request;
  for (const std::string& problem : problems) {
    bad_request.add_field_violations()->set_description(problem);
  }
  google::rpc::Status details;
  details.add_details()->PackFrom(info);
  if (!problems.empty()) details.add_details()->PackFrom(bad_request);
  return {grpc::StatusCode::INVALID_ARGUMENT, message, details.SerializeAsString()};
}

google::rpc::ErrorInfo DeviceFailed() {
  google::rpc::ErrorInfo info;
  info.set_domain("electra");
  info.set_reason("DEVICE_FAILED");
  (*info.mutable_metadata())["error"] = "CUDA error";
  return info;
}

Failure InKorean(const grpc::Status& status) {
  return CallFailure(status, {.target = "gpu1:50551", .timeout = absl::Seconds(30)},
                     Language::kKorean);
}

TEST(Failure, ACodeIsSaidInTheUsersLanguage) {
  const grpc::Status status = Coded("its device failed: CUDA error", DeviceFailed(), {});
  EXPECT_EQ(InKorean(status).sentence, "장치에 오류가 났습니다: CUDA error");
  EXPECT_EQ(Of(status).sentence, "its device failed: CUDA error");
  google::rpc::ErrorInfo foreign = DeviceFailed();
  foreign.set_domain("a proxy");
  EXPECT_EQ(InKorean(Coded("its device failed", foreign, {})).sentence,
            "잘못된 요청: its device failed");
}

TEST(Failure, EachProblemIsSaidByItsOwnCode) {
  google::rpc::ErrorInfo info = DeviceFailed();
  (*info.mutable_metadata())["violations.2.code"] = "DEVICE_FAILED";
  (*info.mutable_metadata())["violations.2.error"] = "out of power";
  const Failure failure =
      InKorean(Coded("its device failed: CUDA error (and 2 more)", info,
                     {"its device failed: CUDA error", "without a code", "its device failed"}));
  EXPECT_EQ(failure.sentence, "장치에 오류가 났습니다: CUDA error (그 밖에 2건)");
  EXPECT_THAT(failure.details, ElementsAre("장치에 오류가 났습니다: CUDA error", "without a code",
                                           "장치에 오류가 났습니다: out of power"));
}

TEST(Failure, MalformedDetailsAreIgnored) {
  const Failure failure =
      Of({grpc::StatusCode::INVALID_ARGUMENT, "no", std::string("\xff\xff\x01garbage")});
  EXPECT_EQ(failure.sentence, "no");
  EXPECT_TRUE(failure.details.empty());
}

TEST(Failure, ReportIsMadeVisible) {
  ClientRig rig;
  const ExitCode code = Report(rig.environment.err, {.exit_code = ExitCode::kRefused,
                                                     .sentence = "bad\x1b[31m name\nelectra: fine",
                                                     .details = {"field: \x07\u202e"}});
  EXPECT_EQ(code, ExitCode::kRefused);
  EXPECT_EQ(rig.err.str(), "electra: bad␛[31m name␊electra: fine\n  field: ␇<U+202E>\n");
  EXPECT_THAT(rig.err.str(), Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace electra::client
