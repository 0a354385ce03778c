#include "core/base/host_port.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace electra {
namespace {

using ::testing::HasSubstr;

TEST(HostPortTest, HostsAreNamesAndAddresses) {
  const auto name = ParseHostPort("gpu-node.example:50551");
  ASSERT_TRUE(name.ok()) << name.status();
  EXPECT_EQ(name->host, "gpu-node.example");
  EXPECT_EQ(name->port, 50551);
  EXPECT_EQ(ParseHostPort("[::1]:0")->host, "::1");
  EXPECT_EQ(ParseHostPort("0.0.0.0:65535")->port, 65535);
}

TEST(HostPortTest, APortOutOfRangeIsNotTakenForAnother) {
  for (const char* text : {"127.0.0.1:70000", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:",
                           "127.0.0.1", "127.0.0.1:http", "127.0.0.1:1 ", "127.0.0.1:+1", ":1",
                           "::1:50551", "a b:1", "[]:1", "127.0.0.1:99999999999999999999"}) {
    const absl::Status status = ParseHostPort(text).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_THAT(std::string(status.message()), HasSubstr(text));
  }
}

}  // namespace
}  // namespace electra
