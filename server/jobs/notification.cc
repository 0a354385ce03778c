#include "server/jobs/notification.h"

#include <optional>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "absl/time/time.h"
#include "core/base/safe_text.h"
#include "core/base/utf8.h"
#include "nlohmann/json.hpp"
#include "server/store/job_state.h"

namespace electra::server {
namespace {

// Discord takes 2000 characters.
constexpr size_t kLongestReason = 1000;  // bytes

std::string_view Verb(v1::JobState state) {
  switch (state) {
    case v1::SUCCEEDED:
      return "succeeded";
    case v1::FAILED:
      return "failed";
    case v1::CANCELLED:
      return "was cancelled";
    default:
      return "is paused";
  }
}

std::string Sentence(const NotificationRow& notification, const JobView& job) {
  std::string text = absl::StrCat("electra: job ", job.row.name);
  if (!job.row.display_name.empty()) absl::StrAppend(&text, " (", job.row.display_name, ")");
  absl::StrAppend(&text, " ", std::string(Verb(notification.state)));
  if (job.row.total_steps > 0) {
    absl::StrAppend(&text, " at step ", notification.step, " of ", job.row.total_steps);
  }
  if (const auto& best = job.run.best_evaluation; best) {
    absl::StrAppend(&text, absl::StrFormat(", best evaluation loss %.4f at step %d",
                                           best->combined_loss(), best->step()));
  }
  if (!notification.reason.text().empty()) {
    absl::StrAppend(&text, ": ",
                    std::string(Utf8Beginning(notification.reason.text(), kLongestReason)));
  }
  return EscapeActive(text);
}

nlohmann::ordered_json LossOf(const std::optional<v1::Evaluation>& evaluation) {
  if (!evaluation) return nullptr;
  return {{"step", evaluation->step()}, {"combined_loss", evaluation->combined_loss()}};
}

}  // namespace

std::string NotificationJson(const NotificationRow& notification, const JobView& job) {
  const std::string sentence = Sentence(notification, job);
  const nlohmann::ordered_json message = {
      // Slack reads <!channel> as a call to everybody.
      {"text", absl::StrReplaceAll(sentence, {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}})},
      {"content", sentence},
      {"allowed_mentions", {{"parse", nlohmann::ordered_json::array()}}},
      // The same for each attempt to send it.
      {"id", absl::StrCat("jobs/", job.row.name, "/", notification.sequence)},
      {"time", absl::FormatTime(absl::RFC3339_sec, absl::FromUnixMicros(notification.created_at),
                                absl::UTCTimeZone())},
      {"job", absl::StrCat("jobs/", job.row.name)},
      {"display_name", job.row.display_name},
      {"state", std::string(JobStateName(notification.state))},
      {"reason", notification.reason.text()},
      {"code", notification.reason.code()},
      {"args", notification.reason.args()},
      {"step", notification.step},
      {"total_steps", job.row.total_steps},
      {"model", absl::StrCat("models/", job.row.model)},
      {"corpus", job.row.corpus_file_name},
      {"first_evaluation", LossOf(job.run.first_evaluation)},
      {"best_evaluation", LossOf(job.run.best_evaluation)},
      {"last_evaluation", LossOf(job.run.last_evaluation)}};
  return message.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace electra::server
