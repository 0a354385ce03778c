#include "client/shell/options.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/i18n/phrases.h"
#include "client/i18n/suggestion.h"
#include "client/shell/parse_error.h"
#include "client/text/visible_text.h"

namespace electra::client {

namespace {

// Checks each value of an option. `fault` says what is wrong with a value; nothing: it is valid.
// `note` is for Describe() of program.cc.
using Fault = std::function<std::optional<Bilingual>(const std::string& value)>;
void Check(CLI::Option& option, Fault fault, const std::string& note = "") {
  const auto check = [&option, fault = std::move(fault)](const std::string& value) -> std::string {
    const std::optional<Bilingual> wrong = fault(value);
    if (wrong) throw UsageError(Say(kPhrases.wrong_value, option.get_name(), *wrong));
    return "";
  };
  option.check(CLI::Validator(check, note));
}

// "12h" where `units` has "h"; nothing where it is not a whole number, has another unit, or is too
// large.
std::optional<int64_t> Product(std::string_view text, const std::map<std::string, int64_t>& units) {
  const size_t end = std::min(text.find_first_not_of("0123456789"), text.size());
  const std::string unit = absl::AsciiStrToLower(
      absl::StripAsciiWhitespace(absl::string_view(text.data() + end, text.size() - end)));
  int64_t number = 0;
  if (!absl::SimpleAtoi(absl::string_view(text.data(), end), &number)) return std::nullopt;
  if (unit.empty()) return number;
  const auto factor = units.find(unit);
  if (factor == units.end() || number > std::numeric_limits<int64_t>::max() / factor->second) {
    return std::nullopt;
  }
  return number * factor->second;
}

// Turns "12h" into its product before other checks. `examples` are units for people.
void MakeProduct(CLI::Option& option, const std::map<std::string, int64_t>& units,
                 const std::string& examples) {
  const auto make = [&option, units, examples](std::string& value) -> std::string {
    const std::optional<int64_t> product = Product(value, units);
    if (!product) {
      throw UsageError(Say(kPhrases.wrong_value, option.get_name(),
                           Say(kPhrases.not_with_unit, value, examples)));
    }
    value = absl::StrCat(*product);
    return "";
  };
  option.transform(CLI::Validator(make, ""));
}

}  // namespace

Option& Option::Required() {
  option_->required();
  return *this;
}

Option& Option::ValueName(const std::string& name) {
  option_->type_name(name);
  return *this;
}

Option& Option::OneOf(const std::vector<std::string>& choices) {
  option_->type_name(absl::StrJoin(choices, "|"));
  const auto fault = [choices](const std::string& value) -> std::optional<Bilingual> {
    if (std::find(choices.begin(), choices.end(), value) != choices.end()) return std::nullopt;
    return WithNearest(Say(kPhrases.one_of, value, absl::StrJoin(choices, ", ")), value, choices);
  };
  Check(*option_, fault, absl::StrCat("{", absl::StrJoin(choices, ","), "}"));
  return *this;
}

Option& Option::AtLeast(int64_t least) {
  Check(*option_, [least](const std::string& value) -> std::optional<Bilingual> {
    int64_t number = 0;
    if (absl::SimpleAtoi(value, &number) && number >= least) return std::nullopt;
    return Say(kPhrases.not_a_number, value, least);
  });
  return *this;
}

Option& Option::Between(int64_t least, int64_t most) {
  Check(*option_, [least, most](const std::string& value) -> std::optional<Bilingual> {
    int64_t number = 0;
    if (absl::SimpleAtoi(value, &number) && number >= least && number <= most) return std::nullopt;
    return Say(kPhrases.not_in_range, value, least, most);
  });
  return *this;
}

Option& Option::Positive() {
  Check(*option_, [](const std::string& value) -> std::optional<Bilingual> {
    double number = 0;
    if (absl::SimpleAtod(value, &number) && number > 0) return std::nullopt;
    return Say(kPhrases.not_positive, value);
  });
  return *this;
}

Option& Option::WithUnit(const std::map<std::string, int64_t>& units) {
  std::vector<std::string> names;
  for (const auto& [name, factor] : units) names.push_back(name);
  MakeProduct(*option_, units, absl::StrJoin(names, ", "));
  return *this;
}

Option& Option::AsSize() {
  std::map<std::string, int64_t> units = {{"b", 1}};
  int64_t factor = 1;
  for (const char* prefix : {"k", "m", "g", "t", "p"}) {
    factor *= 1024;
    for (const char* unit : {"", "b", "ib"}) units[absl::StrCat(prefix, unit)] = factor;
  }
  MakeProduct(*option_, units, "MB, GB, TB");
  return *this;
}

Option& Option::Utf8() {
  Check(*option_, [](const std::string& value) -> std::optional<Bilingual> {
    return IsUtf8(value) ? std::nullopt : std::optional<Bilingual>(kPhrases.not_utf8);
  });
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
template Option Command::AddOption(const std::string&, double&, const std::string&);
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
        if (!status.ok()) throw UsageError(Say(kPhrases.wrong_value, name, status));
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
        if (!what.empty()) throw UsageError(Say(kPhrases.missing_argument, what));
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
      throw UsageError(UnknownWord(command, word));
    };
    if (words->empty()) {
      if (named.empty()) throw UsageError(kPhrases.missing_command);
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
