// Table audits: who changed what. Statements throw SQLite::Exception, which Database turns into a
// status.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "server/store/database.h"

namespace electra::server {

struct AuditRow {
  std::string token;  // public id; empty: the daemon needs none
  std::string peer;
  std::string method;
  std::string resource;  // as far as known
};

// Records a call that is about to run; returns the row's id.
int64_t InsertAudit(Transaction& transaction, const AuditRow& audit);

// The call ended: "OK", or the code of the error. An empty `resource` keeps the row's.
void CompleteAudit(Transaction& transaction, int64_t id, std::string_view outcome,
                   std::string_view resource);

}  // namespace electra::server
