#include "server/store/audits.h"

#include <SQLiteCpp/Statement.h>

#include "server/base/clock.h"

namespace electra::server {

int64_t InsertAudit(Transaction& transaction, const AuditRow& audit) {
  SQLite::Statement insert(
      transaction.connection(),
      "INSERT INTO audits (time, token, peer, method, resource) VALUES (?, ?, ?, ?, ?)");
  insert.bind(1, NowMicros());
  insert.bind(2, audit.token);
  insert.bind(3, audit.peer);
  insert.bind(4, audit.method);
  insert.bind(5, audit.resource);
  insert.exec();
  return transaction.connection().getLastInsertRowid();
}

void CompleteAudit(Transaction& transaction, int64_t id, std::string_view outcome,
                   std::string_view resource) {
  SQLite::Statement update(transaction.connection(),
                           "UPDATE audits SET outcome = ?1, resource = CASE ?2 WHEN '' THEN "
                           "resource ELSE ?2 END WHERE id = ?3");
  update.bind(1, std::string(outcome));
  update.bind(2, std::string(resource));
  update.bind(3, id);
  update.exec();
}

}  // namespace electra::server
