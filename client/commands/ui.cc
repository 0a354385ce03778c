#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "client/browser/site.h"
#include "client/commands/commands.h"
#include "client/environment/child.h"
#include "client/files/user_file.h"
#include "client/i18n/phrases.h"
#include "client/rpc/json_output.h"
#include "nlohmann/json.hpp"

namespace electra::client {
namespace {

struct UiOptions {
  int32_t port = 0;  // a free one
  bool opens = true;
};

// The page that leads to the address. A browser gets its name, because every user of a machine can
// read the arguments of a process, and the address holds the token. Removed at the end.
class Doorway {
 public:
  Doorway(const std::string& folder, const std::string& url)
      : path_(absl::StrCat(folder, "/electra/ui-", getpid(), ".html")) {
    const std::string page = absl::StrCat(
        "<!doctype html><meta charset=\"utf-8\"><meta name=\"referrer\" content=\"no-referrer\">"
        "<meta http-equiv=\"refresh\" content=\"0; url=",
        url, "\"><title>electra</title>\n");
    is_there_ = WriteUserFile(path_, page).ok();
  }
  ~Doorway() {
    std::error_code ignored;
    if (is_there_) std::filesystem::remove(path_, ignored);
  }
  Doorway(const Doorway&) = delete;
  Doorway& operator=(const Doorway&) = delete;

  // Does not wait: some ways to open a page last as long as the browser. Uses a session of its own,
  // so that the browser survives the end of this command.
  void Open() const {
    if (!is_there_) return;
    // Without a browser, the printed address remains.
    (void)StartChild({"xdg-open", path_},
                     {.in = "/dev/null", .out = "/dev/null", .err = "/dev/null", .is_apart = true});
  }

 private:
  const std::string path_;
  bool is_there_ = false;
};

// Only where there is a screen and a private folder of the user.
std::unique_ptr<Doorway> MakeDoorway(const Environment& environment, const std::string& url) {
  const auto has = [&](const char* name) {
    return !environment.variable(name).value_or("").empty();
  };
  if (!has("DISPLAY") && !has("WAYLAND_DISPLAY")) return nullptr;
  if (!has("XDG_RUNTIME_DIR")) return nullptr;
  return std::make_unique<Doorway>(*environment.variable("XDG_RUNTIME_DIR"), url);
}

ExitCode RunUi(CommandContext& context, const UiOptions& options) {
  Site site({.connection = context.connection,
             .environment = context.environment,
             .language = context.language});
  if (const absl::Status status = site.Bind(options.port); !status.ok()) {
    return context.Fail(status);
  }
  if (context.format == OutputFormat::kJson) {
    WriteJsonLine(context.out(), nlohmann::json{{"url", site.url()}});
  } else {
    context.out() << absl::Substitute(kPhrases.ui_address.In(context.language), site.url())
                  << std::endl;
  }
  std::unique_ptr<Doorway> doorway;
  if (options.opens) doorway = MakeDoorway(context.environment, site.url());
  if (doorway) doorway->Open();  // the port waits for connections already
  site.Serve();
  return ExitCode::kInterrupted;
}

}  // namespace

void AddUi(Command& parent) {
  auto options = std::make_shared<UiOptions>();
  Command command = parent.AddCommand("ui", "Follow jobs in a browser on this machine");
  command.AddOption("--port", options->port, "Port on 127.0.0.1 (default: a free one)")
      .ValueName("N")
      .Between(1, 65535);
  command.AddFlag(
      "--no-open", [options] { options->opens = false; }, "Print the address only");
  command.Footer(
      "Example:\n"
      "  electra ui\n"
      "  electra --server gpu1:50551 ui --no-open --port 8080\n\n"
      "The address holds a token: whoever has it sees the jobs for as long as the command runs.\n"
      "Ctrl-C ends it. To see the pages from another machine, forward the port:\n"
      "  ssh -L 8080:127.0.0.1:8080 HOST");
  command.Runs([options](CommandContext& context) { return RunUi(context, *options); });
}

}  // namespace electra::client
