#include "client/settings/proxy.h"

#include <map>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace electra::client {
namespace {

class ProxyTest : public ::testing::Test {
 protected:
  Proxy Of(const std::string& server) {
    return ProxyFor(server, [this](const std::string& name) -> std::optional<std::string> {
      const auto found = variables_.find(name);
      return found == variables_.end() ? std::nullopt : std::optional(found->second);
    });
  }

  bool IsDirect(const std::string& server, const std::string& no_proxy) {
    variables_["no_proxy"] = no_proxy;
    return Of(server).uri.empty();
  }

  std::map<std::string, std::string> variables_ = {{"http_proxy", "http://proxy:3128"}};
};

TEST_F(ProxyTest, TheVariableThatCountsIsNamed) {
  EXPECT_EQ(Of("gpu1:50551").variable, "http_proxy");
  variables_["https_proxy"] = "http://other:1";
  EXPECT_EQ(Of("gpu1:50551").variable, "https_proxy");
  variables_["grpc_proxy"] = "";  // none, whatever the others say
  EXPECT_EQ(Of("gpu1:50551").uri, "");
  variables_["grpc_proxy"] = "socks5://other:1";
  EXPECT_EQ(Of("gpu1:50551").uri, "");
}

TEST_F(ProxyTest, ThisMachineIsReachedDirectly) {
  EXPECT_EQ(Of("localhost:50551").uri, "");
  EXPECT_EQ(Of("[::1]:50551").uri, "");
  EXPECT_EQ(Of("unix:/run/electrad.socket").uri, "");
}

TEST_F(ProxyTest, NamesAddressesAndNetworksAreExempt) {
  EXPECT_TRUE(IsDirect("gpu1.example.org:50551", "example.com, .example.org"));
  EXPECT_TRUE(IsDirect("gpu1:50551", "*"));
  EXPECT_TRUE(IsDirect("192.0.2.7:50551", "192.0.2.7"));
  EXPECT_TRUE(IsDirect("192.0.2.7:50551", "10.0.0.0/8,192.0.2.0/24"));
  EXPECT_TRUE(IsDirect("192.0.2.7:50551", "192.0.2.4/30"));
  EXPECT_TRUE(IsDirect("[fd00::7]:50551", "fd00::/8"));
  EXPECT_TRUE(IsDirect("192.0.2.7:50551", "0.0.0.0/0"));
  EXPECT_FALSE(IsDirect("192.0.2.8:50551", "192.0.2.4/30"));
  EXPECT_FALSE(IsDirect("192.0.2.7:50551", "fd00::/8"));
  for (const char* wrong : {"", ",", "192.0.2.0/33", "192.0.2.0/", "192.0.2.0/x", "/24"}) {
    EXPECT_FALSE(IsDirect("192.0.2.7:50551", wrong)) << wrong;
  }
}

TEST_F(ProxyTest, AMessageShowsNoPassword) {
  variables_["http_proxy"] = "http://ann:secret@proxy:3128/";
  EXPECT_EQ(ProxyAddress(Of("gpu1:50551")), "proxy:3128");
}

}  // namespace
}  // namespace electra::client
