#include "client/browser/gate.h"

#include "gtest/gtest.h"

namespace electra::client {
namespace {

const Gate kGate(8080, "secret");

TEST(GateTest, TheTokenLetsIn) {
  EXPECT_EQ(kGate.Judge({.host = "127.0.0.1:8080", .token = "secret", .cookies = ""}),
            Verdict::kEnter);
  EXPECT_EQ(kGate.Judge({.host = "127.0.0.1:8080", .token = "secreT", .cookies = ""}),
            Verdict::kNoToken);
  EXPECT_EQ(kGate.Judge({.host = "127.0.0.1:8080", .token = "secret2", .cookies = ""}),
            Verdict::kNoToken);
  EXPECT_EQ(kGate.Judge({.host = "127.0.0.1:8080", .token = "", .cookies = ""}), Verdict::kNoToken);
}

TEST(GateTest, TheCookieIsTheTokenFromThenOn) {
  const auto judged = [](const std::string& cookies) {
    return kGate.Judge({.host = "localhost:8080", .token = "", .cookies = cookies});
  };
  EXPECT_EQ(judged("electra_8080=secret"), Verdict::kServe);
  EXPECT_EQ(judged("a=b; electra_8080=secret ;c"), Verdict::kServe);
  EXPECT_EQ(judged("electra_8081=secret"), Verdict::kNoToken);
  EXPECT_EQ(judged("electra_8080=secre"), Verdict::kNoToken);
  EXPECT_EQ(judged("electra_8080"), Verdict::kNoToken);
  EXPECT_EQ(kGate.Cookie(), "electra_8080=secret; Path=/; HttpOnly; SameSite=Strict");
}

TEST(GateTest, ANameThatIsMadeToPointHereLeadsNowhere) {
  for (const char* host : {"evil.example:8080", "127.0.0.1", "127.0.0.1:8081", "", "localhost",
                           "127.0.0.1:8080.evil.example"}) {
    EXPECT_EQ(kGate.Judge({.host = host, .token = "secret", .cookies = "electra_8080=secret"}),
              Verdict::kWrongHost)
        << host;
  }
}

}  // namespace
}  // namespace electra::client
