#include "client/rpc/server_return.h"

#include "electra/v1/daemon.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/fake_server.h"
#include "tests/client/rig.h"

namespace electra::client {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Le;
using ::testing::SizeIs;

constexpr absl::Duration kPause = absl::Seconds(30);
constexpr absl::Duration kHalfASecond = absl::Milliseconds(500);

class ServerReturnTest : public ::testing::Test {
 protected:
  ServerReturnTest()
      : connection_({.target = server_.address(), .interruption = &rig_.interruption}) {
    EXPECT_TRUE(Call().ok());
  }

  grpc::Status Call() {
    v1::DaemonStatus status;
    return connection_.Call(v1::GetStatusRequest(), &status);
  }

  void Lose() {
    server_.Stop();
    EXPECT_EQ(Call().error_code(), grpc::StatusCode::UNAVAILABLE);
  }

  FakeServer server_;
  ClientRig rig_;
  Connection connection_;
};

TEST_F(ServerReturnTest, EndsThePause) {
  Lose();
  rig_.environment.wait = [this](absl::Duration pause) {
    rig_.waits.push_back(pause);
    if (rig_.waits.size() == 5) server_.Start();
  };
  EXPECT_TRUE(AwaitReturn(connection_, rig_.environment, absl::Hours(1)));
  EXPECT_GE(rig_.waits.size(), 5u);
  EXPECT_THAT(rig_.waits, Each(Le(kHalfASecond)));
  EXPECT_TRUE(Call().ok());
}

TEST_F(ServerReturnTest, WithoutItThePauseIsAsLongAsItIs) {
  Lose();
  EXPECT_FALSE(AwaitReturn(connection_, rig_.environment, absl::Seconds(2)));
  EXPECT_THAT(rig_.waits, SizeIs(4));
  EXPECT_THAT(rig_.waits, Each(Le(kHalfASecond)));
}

TEST_F(ServerReturnTest, AServerThatIsThereIsLeftInPeace) {
  EXPECT_FALSE(AwaitReturn(connection_, rig_.environment, kPause));
  EXPECT_THAT(rig_.waits, ElementsAre(kPause));
}

TEST_F(ServerReturnTest, NobodyWaitsWhoWantsToLeave) {
  Lose();
  rig_.environment.wait = [this](absl::Duration pause) {
    rig_.waits.push_back(pause);
    rig_.interruption.Trigger();
  };
  EXPECT_FALSE(AwaitReturn(connection_, rig_.environment, kPause));
  EXPECT_THAT(rig_.waits, SizeIs(1));
}

}  // namespace
}  // namespace electra::client
