#include "client/settings/settings.h"

#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "client/i18n/locale.h"
#include "client/settings/proxy.h"
#include "client/settings/target.h"
#include "client/text/format.h"
#include "client/text/visible_text.h"
#include "core/base/status_macros.h"
#include "core/base/trace_parent.h"

namespace electra::client {
namespace {

constexpr char kDefaultServer[] = "127.0.0.1:50551";
constexpr double kDefaultTimeout = 30;
constexpr double kLongestTimeout = 86400;

std::string Value(const Variables& variable, const char* name) {
  return variable(name).value_or("");
}

// The first that is not empty.
Sourced FirstOf(const std::vector<Sourced>& choices) {
  for (const Sourced& choice : choices) {
    if (!choice.value.empty()) return choice;
  }
  return {};
}

struct Files {
  const std::string path;
  const UserConfig config;
  const std::string name;  // of the context in use
  const Context context;

  Bilingual FromContext() const { return Say(kPhrases.from_context, Visible(name)); }
  Bilingual FromDefaults() const { return Say(kPhrases.from_defaults, Visible(path)); }
};

// A named context must exist; with a damaged file, it counts as missing too.
absl::StatusOr<Files> ReadFiles(const GlobalOptions& options, const Variables& variable) {
  const ConfigFile file(variable);
  ASSIGN_OR_RETURN(const UserConfig config, file.Read());
  std::string name = options.context;
  if (name.empty()) name = Value(variable, "ELECTRA_CONTEXT");
  if (name.empty()) name = config.context;
  // A server given directly has no context.
  const bool named_server =
      options.context.empty() &&
      (!options.server.empty() ||
       (!Value(variable, "ELECTRA_SERVER").empty() && Value(variable, "ELECTRA_CONTEXT").empty()));
  if (name.empty() || named_server) {
    return Files{.path = file.path(), .config = config, .name = "", .context = {}};
  }
  const auto found = config.contexts.find(name);
  if (found == config.contexts.end()) return NoSuchContext(config, name);
  return Files{.path = file.path(), .config = config, .name = name, .context = found->second};
}

Sourced ChooseLanguage(const GlobalOptions& options, const Variables& variable,
                       const Files& files) {
  const char* from_locale = LanguageFromEnvironment(variable) == Language::kKorean ? "ko" : "en";
  return FirstOf({{options.language, "--lang"},
                  {Value(variable, "ELECTRA_LANG"), "ELECTRA_LANG"},
                  {files.context.lang, files.FromContext()},
                  {files.config.defaults.lang, files.FromDefaults()},
                  {from_locale, kPhrases.from_locale}});
}

absl::Status ChooseTimeout(const GlobalOptions& options, const Variables& variable,
                           const Files& files, Settings* settings) {
  const auto text = [](const std::optional<double>& number) {
    return number ? FormatNumber(*number) : std::string();
  };
  settings->timeout = FirstOf({{text(options.timeout_seconds), "--timeout"},
                               {Value(variable, "ELECTRA_TIMEOUT"), "ELECTRA_TIMEOUT"},
                               {text(files.config.defaults.timeout), files.FromDefaults()},
                               {FormatNumber(kDefaultTimeout), kPhrases.built_in}});
  double seconds = 0;
  // False for NaN as well.
  const bool good = absl::SimpleAtod(settings->timeout.value, &seconds) && seconds > 0 &&
                    seconds <= kLongestTimeout;
  if (!good) {
    return InvalidArgument(kPhrases.bad_timeout, Visible(settings->timeout.value),
                           static_cast<int64_t>(kLongestTimeout));
  }
  settings->timeout_seconds = seconds;
  return absl::OkStatus();
}

// Options of this call win over the values that `electra login` stored for the server.
absl::StatusOr<Access> ChooseAccess(const GlobalOptions& options, const Settings& settings,
                                    const Variables& variable) {
  ASSIGN_OR_RETURN(Access access, CredentialsFile(variable).Find(settings.server.value));
  const Access& given = options.access;
  if (given.transport != Transport::kDefault) access.transport = given.transport;
  if (!settings.ca.value.empty()) access.ca = settings.ca.value;
  if (!given.certificate.empty() || !given.key.empty()) {
    access.certificate = given.certificate;
    access.key = given.key;
    access.token.clear();
  }
  const std::string token = Value(variable, "ELECTRA_TOKEN");
  if (!token.empty()) access.token = token;
  return access;
}

}  // namespace

absl::StatusOr<Settings> ResolveSettings(const GlobalOptions& options, const Variables& variable) {
  ASSIGN_OR_RETURN(const Files files, ReadFiles(options, variable));
  Settings settings;
  settings.context = files.name;
  const bool names_context =
      !options.context.empty() || !Value(variable, "ELECTRA_CONTEXT").empty();
  const Sourced from_variable = {names_context ? "" : Value(variable, "ELECTRA_SERVER"),
                                 "ELECTRA_SERVER"};
  settings.server = FirstOf({{options.server, "--server"},
                             from_variable,
                             {files.context.server, files.FromContext()},
                             {kDefaultServer, kPhrases.built_in}});
  RETURN_IF_ERROR(CheckTarget(settings.server.value));
  settings.language = ChooseLanguage(options, variable, files);
  if (settings.language.value != "ko" && settings.language.value != "en") {
    return InvalidArgument(kPhrases.no_such_language, Visible(settings.language.value));
  }
  settings.ca = FirstOf({{options.access.ca, "--ca"},
                         {Value(variable, "ELECTRA_CA"), "ELECTRA_CA"},
                         {files.context.ca, files.FromContext()}});
  settings.model = FirstOf({{Value(variable, "ELECTRA_MODEL"), "ELECTRA_MODEL"},
                            {files.config.defaults.model, files.FromDefaults()}});
  RETURN_IF_ERROR(ChooseTimeout(options, variable, files, &settings));
  settings.keepalive_seconds = options.keepalive_seconds;
  ASSIGN_OR_RETURN(settings.access, ChooseAccess(options, settings, variable));
  settings.proxy = ProxyFor(settings.server.value, variable);
  if (const auto trace = ParseTraceParent(Value(variable, "TRACEPARENT"))) {
    settings.trace_parent = trace->ToString();
  }
  return settings;
}

Language ResolveLanguage(const GlobalOptions& options, const Variables& variable) {
  absl::StatusOr<Files> files = ReadFiles(options, variable);
  const Files none{.path = "", .config = {}, .name = "", .context = {}};
  const Sourced language = ChooseLanguage(options, variable, files.ok() ? *files : none);
  return language.value == "ko" ? Language::kKorean : Language::kEnglish;
}

}  // namespace electra::client
