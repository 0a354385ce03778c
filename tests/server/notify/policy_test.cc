// Which webhooks the daemon posts to.
#include "server/notify/policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/base/webhook_url.h"

namespace electra::server {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(WebhookUrlTest, AnOriginIsSchemeHostAndPort) {
  for (const auto& [url, origin] : {
           std::pair{"https://hooks.slack.com/services/T0/B1/secret", "https://hooks.slack.com"},
           {"HTTPS://Hooks.Slack.COM:443/x", "https://hooks.slack.com"},
           {"https://chat.example.com:8443?key=x", "https://chat.example.com:8443"},
           {"http://127.0.0.1:8080/x", "http://127.0.0.1:8080"},
           {"http://[::1]:80/", "http://[::1]"},
       }) {
    const auto found = WebhookOrigin(url);
    ASSERT_TRUE(found.ok()) << url << ": " << found.status();
    EXPECT_EQ(*found, origin);
  }
}

TEST(WebhookUrlTest, WhatTwoProgramsCouldReadDifferentlyIsRefused) {
  for (const char* url :
       {"", "hooks.slack.com/x", "ftp://a/x", "file:///etc/passwd", "https://", "https:///x",
        "https://ann:secret@a/x", "https://a\\@b/x", "https://a b/x", "https://a/\n",
        "https://a:0/", "https://a:99999/", "https://a:b/", "https://a%2eb/", "https://a,b/",
        "https://\xEA\xB0\x80/"}) {
    const auto found = WebhookOrigin(url);
    EXPECT_EQ(found.status().code(), absl::StatusCode::kInvalidArgument) << url;
    EXPECT_THAT(std::string(found.status().message()), Not(HasSubstr("secret")));
  }
  EXPECT_THAT(std::string(WebhookOrigin("https://a/" + std::string(2048, 'x')).status().message()),
              HasSubstr("2058 bytes: at most 2048"));
}

TEST(NotificationPolicyTest, OnlyHostsOfTheListMayBeNamed) {
  NotificationPolicy policy;
  EXPECT_FALSE(policy.Check("https://hooks.slack.com/x").ok());
  ASSERT_TRUE(policy
                  .Set("https://alerts.example.com/all",
                       {"hooks.slack.com", "*.Example.com:8443", "http://127.0.0.1:9000"})
                  .ok());
  for (const char* url : {"https://hooks.slack.com/services/x", "https://a.b.example.com:8443/",
                          "http://127.0.0.1:9000/hook"}) {
    EXPECT_TRUE(policy.Check(url).ok()) << url;
  }
  for (const char* url :
       {"http://hooks.slack.com/", "https://hooks.slack.com:8443/", "https://hooks.slack.com.evil/",
        "https://example.com:8443/", "https://evilexample.com:8443/", "https://a.example.com/",
        "https://127.0.0.1:9000/", "http://127.0.0.1:9001/", "http://127.0.0.2:9000/",
        "https://alerts.example.com/all"}) {
    EXPECT_EQ(policy.Check(url).code(), absl::StatusCode::kPermissionDenied) << url;
  }
  // Errors do not show the rest of the URL.
  EXPECT_THAT(std::string(policy.Check("https://evil.example/T0/secret").message()),
              Not(HasSubstr("secret")));
}

TEST(NotificationPolicyTest, AnEntryThatMeansNothingChangesNothing) {
  NotificationPolicy policy;
  ASSERT_TRUE(policy.Set("", {"a.example"}).ok());
  for (const char* entry : {"", "*", "*.", "a.example/path", "ftp://a", "a b", "a:0", "https://"}) {
    EXPECT_EQ(policy.Set("", {entry}).code(), absl::StatusCode::kInvalidArgument) << entry;
  }
  EXPECT_FALSE(policy.Set("not a URL", {}).ok());
  EXPECT_TRUE(policy.Check("https://a.example/x").ok());
}

}  // namespace
}  // namespace electra::server
