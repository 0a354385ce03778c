#include "client/rpc/await_server.h"

#include "absl/time/time.h"
#include "client/i18n/phrases.h"
#include "client/rpc/no_server.h"
#include "client/settings/target.h"
#include "client/text/visible_text.h"

namespace electra::client {
namespace {

constexpr absl::Duration kLongest = absl::Seconds(10);
constexpr absl::Duration kPause = absl::Milliseconds(250);

}  // namespace

grpc::Status AwaitServer(Environment& environment, const Connection& connection, Language language,
                         const std::function<grpc::Status()>& call) {
  grpc::Status status = call();
  if (!IsThisMachine(connection.target())) return status;
  for (absl::Duration waited; IsRefused(status) && waited < kLongest; waited += kPause) {
    if (environment.interruption->triggered()) return status;
    if (waited == absl::ZeroDuration()) {
      const Bilingual what = Say(kPhrases.waiting_for_server, Visible(connection.target()));
      *environment.err.stream << "electra: " << what.In(language) << std::endl;
    }
    environment.wait(kPause);
    status = call();
  }
  return status;
}

}  // namespace electra::client
