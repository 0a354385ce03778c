#include "server/process/token_command.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <map>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "core/base/safe_text.h"
#include "core/base/status_macros.h"
#include "server/access/token_admin.h"
#include "server/base/clock.h"
#include "server/base/data_dir.h"
#include "server/store/audits.h"
#include "server/store/database.h"
#include "server/store/tokens.h"

namespace electra::server {
namespace {

namespace fs = std::filesystem;

struct CreateOptions {
  std::string name;
  std::string role;
  std::string certificate;
  int64_t expires_in = kDefaultLifetime;  // seconds; 0: never
  TokenLimits limits;
};

// The folder's lock keeps a daemon away while this works.
class OfflineStore {
 public:
  static absl::StatusOr<std::unique_ptr<OfflineStore>> Open(const fs::path& root) {
    absl::StatusOr<DataDir> data_dir = DataDir::Open(root);
    if (absl::IsFailedPrecondition(data_dir.status())) {
      return absl::FailedPreconditionError(
          absl::StrCat(std::string(data_dir.status().message()),
                       ". While it runs, an admin's `electra token` does the same"));
    }
    RETURN_IF_ERROR(data_dir.status());
    ASSIGN_OR_RETURN(std::unique_ptr<Database> database, Database::Open(data_dir->database()));
    return std::unique_ptr<OfflineStore>(
        new OfflineStore(*std::move(data_dir), std::move(database)));
  }

  Database& database() { return *database_; }

 private:
  OfflineStore(DataDir data_dir, std::unique_ptr<Database> database)
      : data_dir_(std::move(data_dir)), database_(std::move(database)) {}

  DataDir data_dir_;
  std::unique_ptr<Database> database_;
};

absl::Status Audit(Database& database, const std::string& method, const std::string& token) {
  return database.Write([&](Transaction& transaction) {
    const int64_t id = InsertAudit(transaction, {.token = "",
                                                 .peer = "electrad token",
                                                 .method = method,
                                                 .resource = absl::StrCat("tokens/", token)});
    CompleteAudit(transaction, id, "OK", "");
    return absl::OkStatus();
  });
}

std::string When(int64_t micros) {
  if (micros == 0) return "never";
  return absl::FormatTime("%Y-%m-%d %H:%M", absl::FromUnixMicros(micros), absl::LocalTimeZone());
}

// Only the secret on stdout, for $(electrad token create ...).
absl::Status Create(const fs::path& data_dir, const CreateOptions& options) {
  ASSIGN_OR_RETURN(const std::unique_ptr<OfflineStore> store, OfflineStore::Open(data_dir));
  const int64_t expires =
      options.expires_in == 0 ? 0 : NowMicros() + options.expires_in * 1'000'000;
  ASSIGN_OR_RETURN(const NewToken token,
                   CreateToken(store->database(), {.display_name = options.name,
                                                   .role = ParseRole(options.role),
                                                   .certificate = options.certificate,
                                                   .limits = options.limits,
                                                   .expires_at = expires}));
  RETURN_IF_ERROR(Audit(store->database(), "electrad token create", token.row.name));
  std::cerr << "token " << token.row.name << ", " << options.role << ", expires "
            << When(token.row.expires_at)
            << (token.secret.empty() ? ""
                                     : "; this is the only time that it is shown, "
                                       "`electra login` keeps it")
            << "\n";
  if (!token.secret.empty()) std::cout << token.secret << std::endl;
  return absl::OkStatus();
}

// Fields with tabs between them. A name may be older than the check of new ones.
absl::Status List(const fs::path& data_dir, Cells cells) {
  ASSIGN_OR_RETURN(const std::unique_ptr<OfflineStore> store, OfflineStore::Open(data_dir));
  return store->database().Read([cells](Reader& reader) {
    for (const TokenRow& row : ListTokens(reader, 0, std::numeric_limits<int>::max())) {
      std::cout << row.name << "\t" << RoleName(row.role) << "\t"
                << Cell(EscapeActive(row.display_name), cells) << "\t"
                << (row.revoked_at != 0 ? "revoked " + When(row.revoked_at)
                                        : "expires " + When(row.expires_at))
                << (row.certificate.empty() ? "" : "\tcertificate " + EscapeActive(row.certificate))
                << "\n";
    }
    return absl::OkStatus();
  });
}

absl::Status Revoke(const fs::path& data_dir, const std::string& name) {
  ASSIGN_OR_RETURN(const std::unique_ptr<OfflineStore> store, OfflineStore::Open(data_dir));
  ASSIGN_OR_RETURN(const TokenRow token, RevokeToken(store->database(), name));
  RETURN_IF_ERROR(Audit(store->database(), "electrad token revoke", token.name));
  std::cout << "revoked " << token.name << "\n";
  return absl::OkStatus();
}

void AddCreate(CLI::App& token, TokenCommand& command) {
  auto options = std::make_shared<CreateOptions>();
  CLI::App* create = token.add_subcommand("create", "Create a token and print it, once");
  create
      ->add_option("--role", options->role,
                   "viewer: reads everything; submitter: also uploads, submits and changes its own "
                   "resources; admin: changes everything")
      ->check(CLI::IsMember({"viewer", "submitter", "admin"}))
      ->required();
  create->add_option("--name", options->name, "Name of its owner, for people")->type_name("TEXT");
  create
      ->add_option("--expires", options->expires_in,
                   "Time until it expires, such as 12h, 90d, 52w; 0: never; default 90d")
      ->transform(CLI::AsNumberWithUnit(
          std::map<std::string, int64_t>{{"h", 3600}, {"d", 86400}, {"w", 7 * 86400}}))
      ->check(CLI::Range(int64_t{0}, int64_t{100} * 366 * 86400))
      ->type_name("TIME");
  create
      ->add_option("--certificate", options->certificate,
                   "Common name of client certificates, instead of a secret")
      ->type_name("NAME");
  create
      ->add_option("--queued-jobs", options->limits.queued_jobs,
                   "Maximum number of its jobs in the queue")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  create
      ->add_option("--stored-bytes", options->limits.stored_bytes,
                   "Limit on its stored bytes, such as 20GB")
      ->transform(CLI::AsSizeValue(/*kb_is_1000=*/false))
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  create
      ->add_option("--requests-per-second", options->limits.requests_per_second,
                   "Limit on its calls per second; twice as many in a burst")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  create
      ->add_option("--streams", options->limits.streams,
                   "Limit on its simultaneous uploads and watchers")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  create->footer(
      "Example:\n"
      "  electrad token create --data-dir /srv/electrad --name ann --role admin --expires 52w");
  create->callback([options, &command] {
    command.run = [options](const fs::path& data_dir) { return Create(data_dir, *options); };
  });
}

}  // namespace

void AddTokenCommand(CLI::App& app, TokenCommand& command) {
  CLI::App* token =
      app.add_subcommand("token", "Create, list or revoke tokens while the daemon does not run");
  AddCreate(*token, command);
  CLI::App* list = token->add_subcommand("list", "List all tokens, newest first");
  auto cells = std::make_shared<Cells>(Cells::kSafe);
  list->add_flag_callback(
      "--raw-cells", [cells] { *cells = Cells::kRaw; },
      "Do not put an apostrophe before names that a spreadsheet would take for formulas");
  list->callback([cells, &command] {
    command.run = [cells](const fs::path& data_dir) { return List(data_dir, *cells); };
  });
  auto name = std::make_shared<std::string>();
  CLI::App* revoke = token->add_subcommand("revoke", "Revoke a token");
  revoke->add_option("TOKEN", *name, "Its id, or any unique beginning of it")->required();
  revoke->callback([name, &command] {
    command.run = [name](const fs::path& data_dir) { return Revoke(data_dir, *name); };
  });
  token->require_subcommand(1);
  token->fallthrough();
  for (CLI::App* sub : token->get_subcommands({})) sub->fallthrough();
}

}  // namespace electra::server
