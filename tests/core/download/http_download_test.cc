#include "core/download/http_download.h"

#include <gmock/gmock.h>

namespace electra {
namespace {

TEST(HttpDownloadTest, AnEndpointIsHttpsOrThisMachine) {
  for (const char* good : {"https://hub.example", "https://hub.example:8443/mirror",
                           "http://127.0.0.1:8080", "http://localhost:1", "http://[::1]:8080"}) {
    EXPECT_TRUE(CheckEndpoint("hub_endpoint", good).ok()) << good;
  }
  for (const char* bad : {"hub.example", "http://hub.example", "ftp://127.0.0.1", "file:///etc",
                          "https://", "https://user:word@hub.example", "https://hub.example?x",
                          "https://hub.example#x", "http://127.0.0.1.hub.example"}) {
    EXPECT_FALSE(CheckEndpoint("hub_endpoint", bad).ok()) << bad;
  }
}

TEST(HttpDownloadTest, TextIsEncodedForOnePartOfAPath) {
  EXPECT_EQ(PercentEncoded("refs/pr/1"), "refs%2Fpr%2F1");
  EXPECT_EQ(PercentEncoded("v1.0-a_b~"), "v1.0-a_b~");
  EXPECT_EQ(PercentEncoded("?\xEA"), "%3F%EA");
}

}  // namespace
}  // namespace electra
