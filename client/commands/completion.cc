// `electra completion SHELL`, the hidden `electra __complete WORD...` for its scripts, `electra
// man` and `electra help`.
#include "client/shell/completion.h"

#include <memory>

#include "absl/strings/str_join.h"
#include "client/commands/commands.h"
#include "client/commands/completion_values.h"
#include "client/i18n/suggestion.h"
#include "client/shell/completion_scripts.h"
#include "client/shell/help.h"
#include "client/shell/man_page.h"
#include "client/text/visible_text.h"

namespace electra::client {
namespace {

// "help job retry" is "job retry --help".
ExitCode RunHelp(LocalContext& context, const std::vector<std::string>& words) {
  const CommandInfo* command = &context.program;
  for (const std::string& word : words) {
    const CommandInfo* inner = command->Find(word);
    if (inner == nullptr) {
      std::vector<std::string> known;
      for (const CommandInfo& one : command->commands) {
        if (one.IsListed()) known.push_back(one.name);
      }
      return context.Fail(LocalError(
          absl::StatusCode::kInvalidArgument,
          WithNearest(Say(kPhrases.no_command, absl::StrJoin(words, " ")), word, known)));
    }
    command = inner;
  }
  ShowHelp(*command, context.language, context.environment.out);
  return ExitCode::kDone;
}

}  // namespace

void AddCompletion(Command& program) {
  auto shell = std::make_shared<std::string>();
  Command command = program.AddCommand("completion", "Print a shell completion script");
  command.AddOption("SHELL", *shell, "Shell to complete for")
      .OneOf({"bash", "zsh", "fish"})
      .Required();
  command.Footer(
      "Completes commands, options, jobs, models, corpora, hyperparameters and contexts. Each tab "
      "asks\n"
      "the server, and does not wait long for its answer.\n\n"
      "Example:\n"
      "  electra completion bash > ~/.local/share/bash-completion/completions/electra\n"
      "  electra completion zsh > ~/.zfunc/_electra        # a folder in fpath\n"
      "  electra completion fish > ~/.config/fish/completions/electra.fish");
  command.Runs([shell](LocalContext& context) {
    context.out() << CompletionScript(*shell);
    return ExitCode::kDone;
  });
}

void AddMan(Command& program) {
  Command command = program.AddCommand("man", "Print the manual page");
  command.Footer(
      "Example:\n"
      "  electra man | man -l -\n"
      "  electra man > ~/.local/share/man/man1/electra.1");
  command.Runs([](LocalContext& context) {
    context.out() << ManPage(context.program, ELECTRA_VERSION, context.language);
    return ExitCode::kDone;
  });
}

void AddHelp(Command& parent) {
  auto words = std::make_shared<std::vector<std::string>>();
  Command command = parent.AddCommand("help", "Show help for a command");
  command.AddOption("COMMAND", *words, "Command to explain (default: list all commands)");
  command.Footer(
      "Example:\n"
      "  electra help submit\n"
      "  electra help job cancel");
  command.Runs([words](LocalContext& context) { return RunHelp(context, *words); });
}

ExitCode RunComplete(Environment& environment, const CommandInfo& program,
                     const std::vector<std::string>& words) {
  const Completions found = Complete(program, words, ServerValues(environment));
  std::ostream& out = *environment.out.stream;
  if (found.paths == PathKind::kFiles) out << ":files\n";
  if (found.paths == PathKind::kFolders) out << ":folders\n";
  if (!found.ends_word) out << ":open\n";
  for (const Candidate& candidate : found.candidates) {
    out << Visible(candidate.text) << "\t" << Visible(candidate.description) << "\n";
  }
  return ExitCode::kDone;
}

}  // namespace electra::client
