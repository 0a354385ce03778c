#include "server/access/caller.h"

namespace electra::server {

std::vector<LogField> LogFieldsOf(const CallContext& call) {
  std::vector<LogField> fields = {{"request", call.request_id}};
  if (call.trace) {
    fields.emplace_back("trace_id", call.trace->trace_id);
    fields.emplace_back("span_id", call.trace->span_id);
  }
  return fields;
}

}  // namespace electra::server
