#include "client/shell/options.h"

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_join.h"
#include "client/i18n/phrases.h"
#include "client/shell/parse_error.h"
#include "client/text/visible_text.h"

namespace electra::client {

Option& Option::Required() {
  option_->required();
  return *this;
}

Option& Option::ValueName(const std::string& name) {
  option_->type_name(name);
  return *this;
}

Option& Option::OneOf(const std::vector<std::string>& choices) {
  option_->type_name(absl::StrJoin(choices, "|"))->check(CLI::IsMember(choices));
  return *this;
}

Option& Option::AtLeast(int64_t least) {
  const auto problem = [least](const std::string& text) -> std::string {
    int64_t number = 0;
    if (absl::SimpleAtoi(text, &number) && number >= least) return "";
    return InBothLanguages(Say(kPhrases.not_a_number, text, least));
  };
  option_->check(CLI::Validator(problem, ""));
  return *this;
}

Option& Option::Between(int64_t least, int64_t most) {
  option_->check(CLI::Range(least, most));
  return *this;
}

Option& Option::Positive() {
  option_->check(CLI::PositiveNumber);
  return *this;
}

Option& Option::WithUnit(const std::map<std::string, int64_t>& units) {
  option_->transform(CLI::AsNumberWithUnit(units));
  return *this;
}

Option& Option::AsSize() {
  option_->transform(CLI::AsSizeValue(/*kb_is_1000=*/false));
  return *this;
}

Option& Option::Utf8() {
  const auto problem = [](const std::string& text) -> std::string {
    return IsUtf8(text) ? "" : InBothLanguages(kPhrases.not_utf8);
  };
  option_->check(CLI::Validator(problem, ""));
  return *this;
}

Option& Option::OneEach() {
  option_->allow_extra_args(false)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  return *this;
}

Option& Option::ShowDefault() {
  option_->capture_default_str();
  return *this;
}

Option& Option::Excludes(const Option& other) {
  option_->excludes(other.option_);
  return *this;
}

bool Option::given() const { return option_->count() > 0; }

Command Command::Under(const std::string& heading) const {
  Command same = *this;
  same.heading_ = heading;
  return same;
}

Command Command::AddCommand(const std::string& name, const std::string& description) {
  CLI::App* command = app_->add_subcommand(name, description);
  command->fallthrough()->group(heading_);
  return Command(*command, *runners_);
}

template <typename Value>
Option Command::AddOption(const std::string& name, Value& value, const std::string& description) {
  return Option(*app_->add_option(name, value, description));
}
template Option Command::AddOption(const std::string&, std::string&, const std::string&);
template Option Command::AddOption(const std::string&, int32_t&, const std::string&);
template Option Command::AddOption(const std::string&, int64_t&, const std::string&);
template Option Command::AddOption(const std::string&, std::optional<std::string>&,
                                   const std::string&);
template Option Command::AddOption(const std::string&, std::optional<int32_t>&, const std::string&);
template Option Command::AddOption(const std::string&, std::optional<int64_t>&, const std::string&);
template Option Command::AddOption(const std::string&, std::optional<double>&, const std::string&);
template Option Command::AddOption(const std::string&, std::vector<std::string>&,
                                   const std::string&);

Option Command::AddOption(const std::string& name,
                          std::function<absl::Status(const std::string&)> read,
                          const std::string& description) {
  const std::function<void(const std::string&)> take =
      [name, read = std::move(read)](const std::string& text) {
        const absl::Status status = read(text);
        if (!status.ok()) throw CLI::ValidationError(name, InBothLanguages(status));
      };
  return Option(*app_->add_option_function<std::string>(name, take, description));
}

Option Command::AddFlag(const std::string& name, const std::string& description) {
  return Option(*app_->add_flag(name)->description(description));
}

Option Command::AddFlag(const std::string& name, bool& given, const std::string& description) {
  return Option(*app_->add_flag(name, given, description));
}

Option Command::AddFlag(const std::string& name, std::function<void()> when_given,
                        const std::string& description) {
  return Option(*app_->add_flag_callback(name, std::move(when_given), description));
}

void Command::AddVersion(const std::string& name, const std::string& text,
                         const std::string& description) {
  app_->set_version_flag(name, text, description);
}

Command& Command::Footer(const std::string& text) {
  app_->footer(text);
  return *this;
}

Command& Command::RequireCommand() {
  app_->require_subcommand(1);
  return *this;
}

Command& Command::Runs(Runner run, Missing missing) {
  app_->callback(
      [app = app_, runners = runners_, run = std::move(run), missing = std::move(missing)] {
        if (!app->get_subcommands().empty()) return;
        const std::string what = missing ? missing() : "";
        if (!what.empty()) throw CLI::RequiredError(what);
        runners->runner = run;
      });
  return *this;
}

Command& Command::Runs(LocalRunner run) {
  app_->callback([runners = runners_, run = std::move(run)] { runners->local = run; });
  return *this;
}

Command& Command::RunsOldWord(std::function<bool(const std::string&)> takes, WordRunner run) {
  app_->require_subcommand(0, 1);
  auto words = std::make_shared<std::vector<std::string>>();
  app_->add_option("WORD", *words)->group("");
  app_->callback([=, app = app_, runners = runners_] {
    const std::vector<CLI::App*> named = app->get_subcommands();
    const auto refuse = [](const CLI::App& command, const std::string& word) {
      throw CLI::ValidationError(InBothLanguages(UnknownWord(command, word)));
    };
    if (words->empty()) {
      if (named.empty()) throw CLI::RequiredError::Subcommand(1);
      return;
    }
    if (!named.empty()) refuse(*named.back(), words->front());
    if (words->size() > 1 || !takes(words->front())) refuse(*app, words->front());
    runners->runner = [run, words](CommandContext& context) {
      return run(context, words->front());
    };
  });
  return *this;
}

absl::Status CheckSteps(int64_t first, int64_t last) {
  if (last == 0 || last >= first) return absl::OkStatus();
  return InvalidArgument(kPhrases.backward_range, first, last);
}

}  // namespace electra::client
