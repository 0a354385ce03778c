// What the client says of its own: errors of arguments, files and connections, and the texts of
// `submit --dry-run`, `--sweep`, `config` and `context`. Each phrase stands beside its translation.
//
// Entries with $0, $1, ... are templates for absl::Substitute. Thread safety: constants.
#pragma once

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/substitute.h"
#include "client/i18n/labels.h"

namespace electra::client {

struct Phrase {
  const char* english;
  const char* korean;

  const char* In(Language language) const {
    return language == Language::kKorean ? korean : english;
  }
};

struct Phrases {
  // Errors of the command line.
  Phrase no_command;          // word
  Phrase did_you_mean;        // what stands in front, nearest word
  Phrase see_help;            // what stands in front, command
  Phrase no_option;           // option, command
  Phrase too_many_arguments;  // word
  Phrase missing_argument;    // what is missing
  Phrase missing_command;
  Phrase missing_value;    // option
  Phrase bad_value;        // option, why
  Phrase not_convertible;  // option, value
  Phrase not_a_number;     // value, least
  Phrase one_of;           // option, value, choices
  Phrase bad_steps;        // value
  Phrase backward_steps;   // value
  Phrase backward_range;   // first, last
  Phrase cannot_write_output;
  Phrase bad_timeout;    // value, most
  Phrase bad_target;     // value
  Phrase unknown_topic;  // word

  // Help.
  Phrase help_usage;
  Phrase help_arguments;
  Phrase help_command;
  Phrase help_options;
  Phrase help_options_heading;
  Phrase help_default;  // stands before a value
  Phrase help_global;
  Phrase man_manual;  // which manual it belongs to
  Phrase man_synopsis;
  Phrase man_description;
  Phrase man_name;  // what the program is
  Phrase man_name_heading;
  Phrase man_options;
  Phrase man_options_place;
  Phrase man_commands;
  Phrase man_environment;
  Phrase man_see_also;

  // Calls that failed.
  Phrase silent_server;       // server, time
  Phrase no_server;           // server, why
  Phrase unavailable_server;  // server, why
  Phrase waiting_for_server;  // server
  Phrase no_such_host;        // server
  Phrase proxy_fails;         // server, proxy, variable, why, host
  Phrase proxy_is_silent;     // server, proxy, variable, time, host
  Phrase server_is_plain;     // server
  Phrase server_speaks_tls;   // server
  Phrase wrong_name;          // server, why
  Phrase not_trusted;         // server, why
  Phrase wants_certificate;   // server
  Phrase unknown_request;     // server, what
  Phrase no_reason;           // server, code
  Phrase refused;             // kind of refusal, the server's sentence
  Phrase stream_ended;        // job, state
  Phrase corpus_is_kept;      // corpus

  // Kinds of refusals, by gRPC code.
  Phrase invalid_argument;
  Phrase not_found;
  Phrase already_exists;
  Phrase permission_denied;
  Phrase unauthenticated;
  Phrase resource_exhausted;
  Phrase failed_precondition;
  Phrase aborted;
  Phrase data_loss;
  Phrase internal;
  Phrase other_refusal;

  // Files.
  Phrase cannot_open;   // path, why
  Phrase cannot_read;   // path, why
  Phrase cannot_make;   // path, why
  Phrase cannot_write;  // path, why
  Phrase no_such_file;
  Phrase no_permission;
  Phrase is_folder;
  Phrase not_regular;
  Phrase too_large;           // path, size, most
  Phrase changed_while_sent;  // path
  Phrase shorter_while_sent;  // path
  Phrase no_random;
  Phrase interrupted;
  Phrase disk_full;        // path
  Phrase place_taken;      // path
  Phrase folder_for_file;  // path
  Phrase name_a_file;      // path
  Phrase no_input_line;
  Phrase no_terminal;
  Phrase not_utf8;  // what

  // Names from the server in paths.
  Phrase not_a_component;      // name, what it is the name of, most, what to do
  Phrase hyperparameter_name;  // what a name is the name of
  Phrase job_name;
  Phrase model_file_name;
  Phrase export_flat;  // what to do
  Phrase ask_operator;

  // Model directories.
  Phrase not_empty_folder;  // path
  Phrase stray_chunk;
  Phrase no_files_sent;
  Phrase stray_file;      // name
  Phrase damaged_file;    // name
  Phrase no_config_json;  // directory
  Phrase no_weights;      // directory

  // Exports, and sentences to try.
  Phrase no_such_format;  // format
  Phrase bom_is_for_csv;  // format
  Phrase embeddings_unwritten;
  Phrase embedding_width;     // numbers, expected
  Phrase embeddings_missing;  // count
  Phrase no_embedding;
  Phrase text_too_long;       // source, line, bytes, most
  Phrase line_not_utf8;       // source, line
  Phrase cannot_read_source;  // source
  Phrase no_sentence;
  Phrase no_line;  // file

  // What people write on runs.
  Phrase bad_tag_change;    // change
  Phrase tag_twice;         // key
  Phrase cannot_confirm;    // why
  Phrase referring_jobs;    // name
  Phrase no_referring_job;  // name
  Phrase confirm_corpus;    // corpus, file
  Phrase confirm_model;     // model
  Phrase confirm_token;     // token, name
  Phrase not_revoked;       // token
  Phrase note_unchanged;
  Phrase editor_failed;    // command
  Phrase name_of_several;  // display name
  Phrase and_others;
  Phrase too_many_runs;  // most
  Phrase too_few_runs;   // runs, most

  // Access.
  Phrase not_pem;  // path
  Phrase cert_without_key;
  Phrase token_in_plain;   // server
  Phrase readable_tokens;  // path
  Phrase damaged_tokens;   // path
  Phrase nowhere_to_keep;
  Phrase no_token;

  // The job file and --set.
  Phrase in_file;            // path, what
  Phrase in_line;            // line, what
  Phrase want_string;        // key
  Phrase want_whole_number;  // key
  Phrase want_map;           // key
  Phrase want_scalar;        // key
  Phrase unknown_key;        // key
  Phrase known_keys;         // what stands in front, keys
  Phrase twice;              // key
  Phrase want_object;
  Phrase want_document;
  Phrase key_not_string;
  Phrase and_more;    // what stands in front, count
  Phrase inexact;     // key, number
  Phrase not_scalar;  // key, what it is
  Phrase is_null;
  Phrase is_list;
  Phrase is_map;
  Phrase value_not_utf8;    // key
  Phrase bad_setting;       // option, setting
  Phrase setting_not_utf8;  // option, setting
  Phrase setting;           // option, what
  Phrase want_corpus;
  Phrase upload_keys;       // corpus
  Phrase text_not_utf8;     // what, text
  Phrase probe_not_utf8;    // line, path
  Phrase probe_empty;       // path
  Phrase vocabulary_empty;  // path
  Phrase head_not_utf8;     // file, line

  // Sweeps.
  Phrase bad_sweep;        // sweep
  Phrase empty_value;      // sweep
  Phrase swept_twice;      // key
  Phrase same_value;       // key, value
  Phrase sweep_too_large;  // jobs, most
  Phrase sweep_watch;
  Phrase sweep_queued;   // tag, jobs
  Phrase sweep_partial;  // queued, of

  // The dry run.
  Phrase nothing_queued;
  Phrase text;        // heading: what was read
  Phrase read_whole;  // file, size
  Phrase read_part;   // file, part, size
  Phrase sequences;
  Phrase sequence_split;  // all, training, validation
  Phrase tokens;
  Phrase unknown_share;  // tokens, unknown, percent
  Phrase steps;
  Phrase step_count;  // steps, epochs, steps an epoch
  Phrase memory_use;  // memory, device's
  Phrase speed;
  Phrase speed_same;   // tokens a second, job
  Phrase speed_other;  // tokens a second, job
  Phrase speed_rough;  // tokens a second, device
  Phrase rough_time;   // time
  Phrase time;
  Phrase about;  // time
  Phrase time_unknown;
  Phrase total_time;    // jobs, time
  Phrase memory_short;  // memory, device's

  // `electra config`.
  Phrase file_is_good;        // file, server
  Phrase file_is_good_alone;  // file
  Phrase file_is_bad;         // file, problems
  Phrase not_asked;           // why
  Phrase template_head;       // command
  Phrase template_hyperparameters;
  Phrase template_no_server;  // server
  Phrase aliases;
  Phrase job_file_key;
  Phrase required;
  Phrase written;   // file
  Phrase is_there;  // file
  Phrase meaning;

  // `electra context`.
  Phrase context;
  Phrase server;
  Phrase authority;  // the CA's file
  Phrase language;
  Phrase source;         // where a value comes from
  Phrase from_flag;      // option
  Phrase from_variable;  // variable
  Phrase from_context;   // context
  Phrase from_defaults;  // file
  Phrase from_locale;
  Phrase built_in;
  Phrase timeout;
  Phrase no_context;        // name
  Phrase context_is_there;  // name
  Phrase context_added;     // name, server
  Phrase context_used;      // name, server
  Phrase context_removed;   // name
  Phrase context_needs_server;
  Phrase context_bad_name;  // name
  Phrase settings_bad;      // path, line, what
  Phrase settings_type;     // key, what is wanted
  Phrase a_string;
  Phrase a_number;
  Phrase a_table;
  Phrase no_such_language;  // value

  // What the keys of a job file mean.
  Phrase key_corpus;
  Phrase key_column;
  Phrase key_format;
  Phrase key_encoding;
  Phrase key_on_invalid;
  Phrase key_vocab;
  Phrase key_model;
  Phrase key_name;
  Phrase key_priority;
  Phrase key_probe;
  Phrase key_hyperparameters;
  Phrase default_by_ending;
  Phrase default_trained;
  Phrase default_none;
};

extern const Phrases kPhrases;

// A text in both languages, for what is said before it is known to whom.
struct Bilingual {
  std::string english;
  std::string korean;

  Bilingual() = default;
  Bilingual(std::string text) : english(text), korean(std::move(text)) {}
  Bilingual(absl::string_view text) : Bilingual(std::string(text)) {}
  Bilingual(const char* text) : Bilingual(std::string(text)) {}
  Bilingual(int64_t number) : Bilingual(absl::StrCat(number)) {}
  Bilingual(int number) : Bilingual(absl::StrCat(number)) {}
  Bilingual(size_t number) : Bilingual(absl::StrCat(number)) {}
  Bilingual(const Phrase& phrase) : english(phrase.english), korean(phrase.korean) {}
  // Of a status that LocalError() made; of another its message.
  Bilingual(const absl::Status& status);
  Bilingual(std::string in_english, std::string in_korean)
      : english(std::move(in_english)), korean(std::move(in_korean)) {}

  const std::string& In(Language language) const {
    return language == Language::kKorean ? korean : english;
  }
};

// `phrase` with $0, $1, ... replaced: by strings, numbers, phrases, statuses.
template <typename... Arguments>
Bilingual Say(const Phrase& phrase, const Arguments&... arguments) {
  return {absl::Substitute(phrase.english, Bilingual(arguments).english...),
          absl::Substitute(phrase.korean, Bilingual(arguments).korean...)};
}

// A status whose message is the English text and that carries the Korean one with it.
absl::Status LocalError(absl::StatusCode code, const Bilingual& text);

// The two that nearly all errors of this side are.
template <typename... Arguments>
absl::Status InvalidArgument(const Phrase& phrase, const Arguments&... arguments) {
  return LocalError(absl::StatusCode::kInvalidArgument, Say(phrase, arguments...));
}
template <typename... Arguments>
absl::Status FailedPrecondition(const Phrase& phrase, const Arguments&... arguments) {
  return LocalError(absl::StatusCode::kFailedPrecondition, Say(phrase, arguments...));
}

// Why the system could not do something with a file.
Bilingual SystemReason(int error);

}  // namespace electra::client
