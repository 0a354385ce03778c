#include "client/views/footer.h"

#include "absl/strings/substitute.h"
#include "client/text/row.h"

namespace electra::client {
namespace {

std::string LostText(const std::string& server, const LostConnection& lost,
                     const FooterOptions& options) {
  const Labels& labels = LabelsFor(options.language);
  const absl::Duration pause = lost.retry_at - options.now;
  if (pause <= absl::ZeroDuration()) {
    return absl::Substitute(labels.connecting_again, server, lost.attempt);
  }
  return absl::Substitute(labels.connection_lost, server,
                          absl::ToInt64Seconds(absl::Ceil(pause, absl::Seconds(1))), lost.attempt);
}

}  // namespace

std::string RenderFooter(const std::string& server, const std::optional<LostConnection>& lost,
                         const FooterOptions& options) {
  const Labels& labels = LabelsFor(options.language);
  Row row(options.columns, options.color);
  if (lost) {
    row.Add({LostText(server, *lost, options), Style::kSuspected});
  } else {
    row.Add({absl::Substitute(labels.connected_to, server), Style::kFaint});
  }
  row.AddPart(" · ", {labels.key_leaves, Style::kFaint});
  return row.text();
}

}  // namespace electra::client
