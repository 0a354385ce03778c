// The message to a webhook about a job: a sentence under the names that Slack ("text") and Discord
// ("content") read, and the same as fields for programs.
//
// Pure functions.
#pragma once

#include <string>

#include "server/jobs/view.h"
#include "server/store/notifications.h"

namespace electra::server {

// A JSON object. Names that users chose are harmless: neither Slack nor Discord takes them for a
// mention, and no terminal acts upon them.
std::string NotificationJson(const NotificationRow& notification, const JobView& job);

}  // namespace electra::server
