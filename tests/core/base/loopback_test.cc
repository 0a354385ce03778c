#include "core/base/loopback.h"

#include <gtest/gtest.h>

namespace electra {
namespace {

TEST(Loopback, IsAnAddressAndNotAName) {
  for (const char* address :
       {"unix:/run/electrad.sock", "127.0.0.1:1", "127.1.2.3:1", "[::1]:1", "localhost:1"}) {
    EXPECT_TRUE(IsLoopbackAddress(address)) << address;
  }
  for (const char* address : {"127.0.0.1.example.com:1", "0.0.0.0:1", "[::]:1", "10.0.0.1:1",
                              "128.0.0.1:1", "localhost.example.com:1", ":1", ""}) {
    EXPECT_FALSE(IsLoopbackAddress(address)) << address;
  }
}

}  // namespace
}  // namespace electra
