#include "client/views/footer.h"

#include "absl/strings/substitute.h"
#include "client/text/format.h"
#include "client/text/row.h"

namespace electra::client {

std::string RenderFooter(const std::string& server, const std::optional<LostConnection>& lost,
                         const FooterOptions& options) {
  const Labels& labels = LabelsFor(options.language);
  Row row(options.columns, options.color);
  if (lost) {
    const std::string where =
        lost->step > 0 ? absl::Substitute(labels.connection_lost_at, FormatCount(lost->step))
                       : labels.connection_lost;
    row.Add({where, Style::kSuspected});
    row.AddPart(" · ", {absl::Substitute(labels.reaching_again, server), Style::kSuspected});
  } else {
    row.Add({absl::Substitute(labels.connected_to, server), Style::kFaint});
  }
  row.AddPart(" · ", {labels.key_leaves, Style::kFaint});
  return row.text();
}

}  // namespace electra::client
