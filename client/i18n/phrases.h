// The client's own sentences: errors of arguments, files and connections, and the texts of `submit
// --dry-run`, `--sweep`, `config` and `context`.
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
#include "core/base/message.h"

namespace electra::client {

struct Phrase {
  const char* text;  // marked by N_

  // NOLINTNEXTLINE(google-explicit-constructor): the table has texts.
  constexpr Phrase(const char* marked) : text(marked) {}

  const char* In(Language language) const { return Translated(text, language); }
};

struct Phrases {
  // Errors of the command line.
  Phrase no_command = N_("there is no command '$0'");          // word
  Phrase did_you_mean = N_("$0: did you mean $1?");            // what stands in front, nearest word
  Phrase see_help = N_("$0. Run '$1 --help'.");                // what stands in front, command
  Phrase no_option = N_("$1 has no option $0");                // option, command
  Phrase too_many_arguments = N_("unexpected argument '$0'");  // word
  Phrase missing_argument = N_("$0 is required");              // what is missing
  Phrase missing_command = N_("no command given");
  Phrase missing_value = N_("$0: expected a value");                      // option
  Phrase not_convertible = N_("$0: '$1' is not a number");                // option, value
  Phrase not_a_number = N_("'$0' is not a whole number of at least $1");  // value, least
  Phrase wrong_value = N_("$0: $1");            // file or option, what is wrong
  Phrase one_of = N_("'$0' is not one of $1");  // value, choices
  Phrase not_in_range = N_("'$0' is not a whole number from $1 to $2");  // value, least, most
  Phrase not_positive = N_("'$0' is not a number above 0");              // value
  Phrase not_with_unit = N_("'$0' is not a whole number with a unit such as $1");  // value, units
  Phrase not_true_or_false = N_("$0: '$1' is neither true nor false");             // option, value
  Phrase given_twice = N_("$0 is given twice");                                    // option
  Phrase not_together = N_("$0 and $1 cannot be given together");                  // options
  Phrase bad_steps = N_("'$0' is not N, N..M, N.. or ..M");                        // value
  Phrase backward_steps = N_("'$0' ends before it begins");                        // value
  Phrase backward_range = N_("--to $1 is before --from $0");                       // first, last
  Phrase cannot_write_output = N_("cannot write to standard output");
  Phrase bom_is_for_csv = N_("--bom is for --format csv, not $0");  // format
  Phrase bad_timeout =
      N_("--timeout $0: must be more than 0 and at most $1 seconds");  // value, most
  Phrase bad_target = N_(
      "the server '$0' is not HOST:PORT; give one such as 127.0.0.1:50551 or [::1]:50551");  // value
  Phrase unknown_topic = N_("there is no key '$0'");                                         // word

  // Help.
  Phrase help_usage = N_("Usage");
  Phrase help_arguments = N_("Arguments");
  Phrase help_command = N_("COMMAND");
  Phrase help_options = N_("OPTIONS");
  Phrase help_options_heading = N_("Options");
  Phrase help_default = N_("default");  // stands before a value
  Phrase help_global =
      N_("--server, --lang, --json and other options work with every command: see electra --help");
  Phrase man_manual = N_("User Commands");  // which manual it belongs to
  Phrase man_synopsis = N_("SYNOPSIS");
  Phrase man_description = N_("DESCRIPTION");
  // what the program is
  Phrase man_name = N_("train ELECTRA models on an electrad server and watch them");
  Phrase man_name_heading = N_("NAME");
  Phrase man_options = N_("OPTIONS");
  Phrase man_options_place = N_("These are accepted before and after the command.");
  Phrase man_commands = N_("COMMANDS");
  Phrase man_environment = N_("ENVIRONMENT, FILES AND EXIT STATUS");
  Phrase man_see_also = N_("SEE ALSO");

  // Calls that failed.
  Phrase silent_server = N_(
      "the server at $0 did not answer within $1; use --timeout to wait longer");  // server, time
  Phrase no_server =
      N_("no server at $0 ($1); start electrad there, or choose another server with --server or "
         "ELECTRA_SERVER");                                                 // server, why
  Phrase unavailable_server = N_("the server at $0 is not available: $1");  // server, why
  Phrase waiting_for_server = N_("waiting for the server at $0");           // server
  Phrase no_such_host =
      N_("the name of the server $0 does not resolve; correct it in --server, ELECTRA_SERVER or "
         "the context");  // server
  Phrase proxy_fails =
      N_("cannot reach the server at $0 through the proxy $1, which is set in $2 ($3); correct $2, "
         "or bypass the proxy with no_proxy=$4");  // server, proxy, variable, why, host
  Phrase proxy_is_silent = N_(
      "the server at $0 did not answer within $3 through the proxy $1, which is set in $2; correct "
      "$2, bypass the proxy with no_proxy=$4, or use --timeout to wait longer");  // server, proxy, variable, time, host
  Phrase server_is_plain = N_(
      "the server at $0 does not use TLS; start electrad with --tls-cert and --tls-key, or connect "
      "with --insecure, which lets anyone on the network path read the traffic");  // server
  Phrase server_speaks_tls = N_(
      "the server at $0 uses TLS, but this call does not; omit --insecure, and set the CA of its "
      "certificate with --ca or ELECTRA_CA, or use --tls if the system trusts it");  // server
  Phrase wrong_name =
      N_("the certificate of the server at $0 is for another name ($1); call the server by a name "
         "in its certificate, with --server or ELECTRA_SERVER");  // server, why
  Phrase not_trusted =
      N_("the certificate of the server at $0 is not trusted ($1); set its CA with --ca or "
         "ELECTRA_CA, and check whether it has expired");  // server, why
  Phrase wants_certificate =
      N_("the server at $0 requires a client certificate; use --cert and --key");  // server
  Phrase unknown_request =
      N_("the server at $0 does not know this request ($1); is it an electrad of this client's "
         "version?");                                                      // server, what
  Phrase no_reason = N_("the server at $0 answered $1 without a reason");  // server, code
  Phrase stream_ended =
      N_("the server ended the stream although $0 is $1; watch it again");  // job, state
  Phrase corpus_is_kept = N_(
      "the corpus is on the server; use --corpus $0 to submit without uploading it again");  // corpus

  // Fine-tuning.
  Phrase finetuning = N_("FINE-TUNING");
  Phrase finetuning_waits = N_("waiting for a device that no job wants");
  Phrase finetuning_runs =
      N_("fine-tuning · $0 of $1 runs done · $2% of the next");  // runs, percent
  // rows, classes, rows left out
  Phrase finetuning_rows = N_("$0 rows, $1 classes, $2 rows left out");
  Phrase finetuning_goes_on =
      N_("the fine-tuning goes on; `electra job show $0` has its result");  // job
  Phrase finetuning_base_model = N_("BASE MODEL");
  Phrase finetuning_random = N_("random weights, as the job began with");
  Phrase finetuning_base = N_("BASE");
  Phrase finetuning_adapted = N_("ADAPTED");
  Phrase finetuning_difference = N_("DIFFERENCE");
  Phrase finetuning_scores = N_("macro F1 $0, accuracy $1, $2 runs");  // each with its deviation
  // difference, seeds, of all
  Phrase finetuning_gain = N_("macro F1 $0, better with $1 of $2 seeds");
  // rows of a comparison
  Phrase finetuning_f1_base = N_("macro F1, base");
  Phrase finetuning_f1_adapted = N_("macro F1, adapted");
  Phrase finetuning_both = N_("macro F1 base $0, adapted $1, $2 runs");  // each with its deviation

  Phrase more_problems = N_("$0 (and $1 more)");  // the first one's sentence, count

  // Kinds of refusals, by gRPC code.
  Phrase invalid_argument = N_("invalid argument");
  Phrase not_found = N_("not found");
  Phrase already_exists = N_("already exists");
  Phrase permission_denied = N_("permission denied");
  Phrase unauthenticated = N_("unauthenticated");
  Phrase resource_exhausted = N_("resource exhausted");
  Phrase failed_precondition = N_("failed precondition");
  Phrase aborted = N_("aborted");
  Phrase data_loss = N_("data loss");
  Phrase internal = N_("internal");
  Phrase other_refusal = N_("refused");

  // Files.
  Phrase cannot_open = N_("cannot open '$0': $1");    // path, why
  Phrase cannot_read = N_("cannot read '$0': $1");    // path, why
  Phrase cannot_make = N_("cannot create '$0': $1");  // path, why
  Phrase cannot_write = N_("cannot write '$0': $1");  // path, why
  Phrase no_such_file = N_("No such file or directory");
  Phrase no_permission = N_("Permission denied");
  Phrase is_folder = N_("Is a directory");
  Phrase not_regular = N_("not a regular file; copy it to one first");
  Phrase too_large = N_("'$0' has $1; at most $2 can be sent");  // path, size, most
  // path
  Phrase changed_while_sent =
      N_("'$0' changed while it was being sent; submit it again when it is complete");
  Phrase shorter_while_sent = N_("'$0' became shorter while it was being sent");  // path
  Phrase no_random = N_("the system provides no random numbers");
  Phrase interrupted = N_("interrupted");
  Phrase disk_full = N_("cannot write '$0': is the disk full?");                        // path
  Phrase place_taken = N_("'$0' already exists; choose another name, or use --force");  // path
  Phrase folder_for_file = N_("'$0' is a folder, not a file");                          // path
  Phrase name_a_file = N_("'$0' is a folder; give the name of a file");                 // path
  Phrase no_input_line = N_("standard input is empty");
  Phrase no_terminal = N_("standard input is not a terminal");
  Phrase not_utf8 = N_("not UTF-8");  // what

  // Names from the server in paths.
  // name, what it is the name of, most, what to do
  Phrase not_a_component =
      N_("the server sent '$0' as the name of $1, which is not a valid file name here: at most "
         "$2 bytes, without slashes, control characters or a leading dot; nothing was written; "
         "$3");
  Phrase eval_corpus_name = N_("an evaluation corpus");  // what a name is the name of
  Phrase hyperparameter_name = N_("a hyperparameter");   // what a name is the name of
  Phrase job_name = N_("a job");
  Phrase model_file_name = N_("a model's file");
  // what to do
  Phrase export_flat = N_("export it as csv, jsonl or parquet, whose files have fixed names");
  Phrase ask_operator = N_("ask whoever runs the server");

  // The pages of `electra ui`.
  // port
  Phrase ui_port_taken = N_("cannot listen on port $0 of 127.0.0.1; give another --port");
  Phrase ui_address = N_("Open $0 (Ctrl-C ends it)");  // address
  Phrase ui_no_token = N_("Open the address that `electra ui` printed: it holds a token.");
  Phrase ui_too_many_pages = N_("Too many pages are open; close some of them.");

  // Model directories.
  // path
  Phrase not_empty_folder = N_("'$0' exists and is not an empty folder; choose another one");
  Phrase stray_chunk = N_("the server sent a chunk that belongs to no file");
  Phrase no_files_sent = N_("the server sent no files");
  Phrase stray_file = N_("the server sent a file that does not belong to a model: '$0'");  // name
  Phrase damaged_file = N_("$0 was damaged in transit: its SHA-256 differs");              // name
  // directory
  Phrase no_config_json =
      N_("'$0' has no config.json; expected a Hugging Face model directory, as save_pretrained "
         "writes it");
  Phrase no_weights = N_("'$0' has neither model.safetensors nor pytorch_model.bin");  // directory

  // Names of the Hugging Face hub.
  Phrase asking_hub = N_("asking the hub for $0");  // name
  Phrase fetching = N_("fetching $0 $1% · $2/$3");  // file, percent, done, size
  // name
  Phrase from_cache = N_("the server does not reach the hub: sending $0 from this machine's cache");
  // name, the cache's folder
  Phrase not_in_cache =
      N_("$0 is not in this machine's cache $1 either; where there is internet, `hf download "
         "REPOSITORY` puts a repository there");
  Phrase not_downloaded = N_("this machine does not get it either: $0");  // why
  // name
  Phrase not_fetched =
      N_("$0 is not on the server yet, and a dry run stores nothing; fetch it first with `electra "
         "model import NAME --discriminator hf:ORG/NAME`, and name the model NAME");
  Phrase hub_and_files =
      N_("--discriminator and --generator must both be hf: names, or both be directories");
  Phrase hub_on_server =
      N_("--server-path goes with directories of the server, not with hf: names");
  Phrase model_sources = N_("Model from");

  // Exports, and sentences to try.
  Phrase no_such_format = N_("there is no format '$0'");  // format
  Phrase embeddings_unwritten = N_("cannot write the embeddings: is the disk full?");
  Phrase embedding_width =
      N_("received an embedding of $0 numbers, expected $1");   // numbers, expected
  Phrase embeddings_missing = N_("$0 embeddings are missing");  // count
  Phrase no_embedding = N_("the server sent no embedding");
  Phrase text_too_long = N_(
      "$0, line $1: $2 bytes, but at most $3 are allowed; split the line");  // source, line, bytes, most
  Phrase line_not_utf8 =
      N_("$0, line $1: not UTF-8; convert the file, for example with iconv");  // source, line
  Phrase cannot_read_source = N_("cannot read $0");                            // source
  Phrase no_sentence = N_("no sentence given; use --text or standard input");
  Phrase no_line = N_("'$0' is empty");  // file

  // Labels that users write on runs.
  Phrase bad_tag_change = N_("'$0' is neither KEY=VALUE nor KEY- (which removes a tag)");  // change
  Phrase tag_twice = N_("tag $0 is given twice");                                          // key
  Phrase cannot_confirm =
      N_("cannot ask for confirmation: $0. Use --yes to skip the question");  // why
  Phrase referring_jobs = N_("Jobs that refer to $0:");                       // name
  Phrase no_referring_job = N_("No job refers to $0.");                       // name
  Phrase confirm_corpus = N_("Delete $0 ($1)? [y/N] ");                       // corpus, file
  Phrase confirm_model = N_("Delete $0? [y/N] ");                             // model
  Phrase confirm_token = N_("Revoke $0 ($1)? [y/N] ");                        // token, name
  Phrase not_revoked = N_("$0 was not revoked.");                             // token
  Phrase note_unchanged = N_("The note is unchanged.");
  Phrase editor_failed = N_("the editor '$0' failed; nothing was written");        // command
  Phrase name_of_several = N_("several jobs are named '$0': give the ID of one");  // display name
  Phrase and_others = N_("and others");
  Phrase too_many_runs = N_("more than $0 jobs: compare takes 2 to $0");  // most
  Phrase too_few_runs = N_("compare takes 2 to $1 jobs, not $0");         // runs, most

  // Access.
  Phrase not_pem = N_("'$0' is not in PEM form");  // path
  Phrase cert_without_key = N_("--cert and --key must be given together");
  Phrase token_in_plain =
      N_("refusing to send a token to $0 in plain text; omit --insecure, or log out of this "
         "server");  // server
  // path
  Phrase readable_tokens =
      N_("other users can read '$0', which contains tokens; run `chmod 600` on it, and revoke the "
         "tokens if somebody may have read them");
  Phrase damaged_tokens = N_("'$0' is damaged; remove it and run `electra login` again");  // path
  Phrase nowhere_to_keep = N_("nowhere to store it: neither HOME nor XDG_CONFIG_HOME is set");
  Phrase no_token = N_("this is not a token; tokens look like electra_0123456789ab_...");

  // The job file and --set.
  Phrase in_file = N_("'$0': $1");                                            // path, what
  Phrase in_line = N_("line $0: $1");                                         // line, what
  Phrase want_string = N_("$0: expected a string");                           // key
  Phrase want_whole_number = N_("$0: expected a whole number");               // key
  Phrase want_map = N_("$0: expected a map");                                 // key
  Phrase want_scalar = N_("$0: expected a number, true, false or a string");  // key
  Phrase unknown_key = N_("unknown key '$0'");                                // key
  Phrase known_keys = N_("$0; valid keys: $1");  // what stands in front, keys
  Phrase twice = N_("duplicate key '$0'");       // key
  Phrase want_object = N_("expected an object");
  Phrase want_document = N_("expected a map of keys and values");
  Phrase key_not_string = N_("a key must be a string");
  Phrase and_more =
      N_("$0 (and $1 more: `electra config validate` lists them)");  // what stands in front, count
  Phrase inexact = N_("$0: $1 is beyond 2^53 and cannot be sent exactly");  // key, number
  // key, what it is
  Phrase not_scalar = N_("$0: expected a number, true, false or a string, not $1");
  Phrase is_null = N_("null");
  Phrase is_list = N_("a list");
  Phrase is_map = N_("a map");
  Phrase value_not_utf8 = N_("$0: the value is not UTF-8");  // key
  Phrase bad_setting =
      N_("$0 '$1': expected KEY=VALUE, such as learning_rate=1e-4");  // option, setting
  Phrase setting_not_utf8 = N_("$0 '$1': not UTF-8");                 // option, setting
  Phrase setting = N_("$0 $1");                                       // option, what
  Phrase want_corpus =
      N_("no corpus given: use --corpus FILE, --corpus corpora/ID, or `corpus:` in the job file");
  Phrase bad_mix =
      N_("--mix $0: expected as many numbers above 0 as there are --corpus options ($1), such as "
         "0.8,0.2");  // value, corpora
  Phrase bad_mix_map =
      N_("$0: expected a map of further corpora with their shares of the tokens, which must be "
         "below 1 together; the first corpus has the rest");  // key
  // corpus
  Phrase bad_delimiter = N_(
      "delimiter: '$0' is not a delimiter: give one ASCII character except a quote or a line end, "
      "or tab");  // value
  // Folders, Parquet and Arrow.
  Phrase no_corpus_files =
      N_("'$0' has no file that ends in .txt, .csv, .tsv, .jsonl, .parquet or .arrow");  // folder
  Phrase several_kinds = N_(
      "'$0' has files of several kinds, such as $1 and $2: choose one with --format, or name one "
      "file");                                               // folder, files
  Phrase files_left_out = N_("$0: $1 files; left out: $2");  // folder, count, names
  // folder, splits
  Phrase dataset_of_splits = N_("'$0' is a dataset with splits: name the folder of one of $1");
  Phrase dataset_file_missing = N_("'$0' is a dataset, but $1 is not in it");  // folder, file
  // file
  Phrase needs_pyarrow =
      N_("$0: reading Parquet and Arrow needs Python with pyarrow: pip install pyarrow "
         "(ELECTRA_PYTHON "
         "names another Python), or save the column as CSV");
  Phrase cannot_run = N_("cannot run '$0': $1");                            // program, why
  Phrase column_not_text = N_("$0: the column \"$1\" holds $2, not text");  // file, column, type
  Phrase not_columns = N_("$0: cannot be read as Parquet or Arrow: $1");    // file, why
  // file
  Phrase not_for_columns =
      N_("$0: --delimiter and --quoting are for .csv and .tsv; leave them out");
  // file, samples, lines
  Phrase quotes_over_lines =
      N_("$0: quotes enclose line ends in $1 samples, the longest from line $2 to $3; if they are "
         "text, use --quoting none");
  Phrase upload_keys =
      N_("column, format, encoding, on_invalid, delimiter and quoting are for uploads; '$0' is on "
         "the server already");
  Phrase text_not_utf8 = N_("the $0 '$1' is not UTF-8");                      // what, text
  Phrase probe_not_utf8 = N_("line $0 of the probe file '$1' is not UTF-8");  // line, path
  Phrase probe_empty = N_("the probe file '$0' contains no sentences");       // path
  // path
  Phrase vocabulary_empty =
      N_("the vocabulary '$0' is empty; omit --vocab to train one from the corpus");
  // file, the column or field, the existing ones
  Phrase no_column = N_("$0: there is no column \"$1\"; there are $2");
  Phrase name_column = N_("$0: name the column that holds the text; there are $1");
  Phrase no_field = N_("$0: line 1 has no field \"$1\"; there are $2");
  Phrase name_field = N_("$0: line 1: name the field that holds the text; there are $1");
  Phrase no_fields = N_("$0: line 1 is an object without fields");  // file
  Phrase is_array =
      N_("$0: line 1 begins a JSON array; write an object a line, as `jq -c '.[]' FILE` does");
  Phrase not_object = N_("$0: line 1 is JSON, but not an object");  // file
  Phrase head_not_utf8 =
      N_("$0: line $1 is not UTF-8: name the encoding, as in --encoding cp949, or have such text "
         "replaced or skipped with --on-invalid");  // file, line

  // Sweeps.
  Phrase bad_sweep =
      N_("--sweep '$0': expected KEY=VALUE,VALUE,..., such as learning_rate=1e-5,1e-4");  // sweep
  Phrase empty_value = N_("--sweep '$0': empty value");                                   // sweep
  Phrase swept_twice = N_("--sweep $0 is given twice; put all values into one option");   // key
  Phrase same_value = N_("--sweep $0: duplicate value $1");                      // key, value
  Phrase sweep_too_large = N_("the sweep has $0 jobs; at most $1 are allowed");  // jobs, most
  Phrase sweep_watch =
      N_("--watch follows one job, but a sweep has several; omit it, then run `electra watch JOB`");
  Phrase sweep_queued = N_("$1 jobs are queued as sweep=$0");  // tag, jobs
  Phrase sweep_partial = N_("$0 of $1 jobs are queued");       // queued, of

  // The dry run.
  Phrase nothing_queued = N_("Only a sample of the text was sent, and no job was queued.");
  Phrase text = N_("TEXT");                                    // heading: the text that was read
  Phrase read_whole = N_("$0, all of $1");                     // file, size
  Phrase read_part = N_("$0, the first $1 of $2, scaled up");  // file, part, size
  Phrase sequences = N_("SEQUENCES");
  Phrase corpus_counts = N_("$0 samples, $1 sequences, $2 tokens");  // counts
  Phrase sequence_split = N_("$0 ($1 training, $2 validation)");     // all, training, validation
  Phrase tokens = N_("TOKENS");
  Phrase unknown_share = N_("$0, $1 of them unknown ($2%)");  // tokens, unknown, percent
  Phrase steps = N_("STEPS");
  Phrase step_count = N_("$0 ($1 epochs of $2)");  // steps, epochs, steps an epoch
  Phrase memory_use = N_("about $0 of $1");        // memory, device's
  Phrase speed = N_("SPEED");
  Phrase speed_same =
      N_("$0 tokens/s, measured in $1 with the same model");  // tokens a second, job
  // tokens a second, job
  Phrase speed_other = N_("$0 tokens/s, scaled by FLOPs from $1 with another model");
  // tokens a second, device
  Phrase speed_rough =
      N_("$0 tokens/s, a rough estimate from matrix products on $1: no job has trained there yet");
  Phrase rough_time = N_("$0, within a factor of two");  // time
  Phrase time = N_("TIME");
  Phrase about = N_("about $0");  // time
  Phrase time_unknown = N_("unknown: no job has trained on this device yet, and it is busy");
  Phrase total_time = N_("$0 jobs, one after the other: about $1");  // jobs, time
  // memory, device's
  Phrase memory_short =
      N_("about $0 of memory is needed, but the device has $1; use a smaller batch_size or "
         "max_length");

  // `electra config`.
  Phrase file_is_good = N_("$0: no problems found, checked with $1");        // file, server
  Phrase file_is_good_alone = N_("$0: no problems found without a server");  // file
  Phrase file_is_bad = N_("$0: $1 problems");                                // file, problems
  Phrase not_asked = N_("the hyperparameters were not checked: $0");         // why
  Phrase template_head =
      N_("Job file for `$0`. Lines that begin with # show the defaults.");  // command
  Phrase template_hyperparameters = N_("--set KEY=VALUE sets these too.");
  // server
  Phrase template_no_server =
      N_("No server answered at $0; with a server, `electra config init` lists the hyperparameters "
         "too.");
  Phrase aliases = N_("ALSO");
  Phrase job_file_key = N_("job file key");
  Phrase required = N_("required");
  Phrase written = N_("Wrote $0.");                                                // file
  Phrase is_there = N_("'$0' already exists; remove it, or choose another file");  // file
  Phrase meaning = N_("MEANING");

  // `electra context`.
  Phrase context = N_("CONTEXT");
  Phrase server = N_("SERVER");
  Phrase authority = N_("CA");  // the CA's file
  Phrase language = N_("LANGUAGE");
  Phrase source = N_("FROM");                   // where a value comes from
  Phrase from_flag = N_("$0");                  // option
  Phrase from_variable = N_("$0");              // variable
  Phrase from_context = N_("context $0");       // context
  Phrase from_defaults = N_("defaults of $0");  // file
  Phrase from_locale = N_("locale");
  Phrase built_in = N_("built in");
  Phrase timeout = N_("TIMEOUT");
  Phrase no_context = N_("there is no context '$0'");  // name
  // name
  Phrase context_is_there =
      N_("context '$0' already exists; run `electra context remove $0` first");
  Phrase context_added = N_("Added context $0 for $1.");   // name, server
  Phrase context_used = N_("Now using context $0 ($1).");  // name, server
  Phrase context_removed = N_("Removed context $0.");      // name
  Phrase context_needs_server = N_("a context needs a server: --server HOST:PORT");
  // name
  Phrase context_bad_name =
      N_("'$0' is not a valid context name: use at most 63 letters, digits, '.', '_' and '-'");
  Phrase settings_bad = N_("'$0': line $1: $2");  // path, line, what
  Phrase settings_type = N_("$0: $1");            // key, what it accepts
  Phrase a_string = N_("expected a string");
  Phrase a_number = N_("expected a number");
  Phrase a_table = N_("expected a table");
  Phrase no_such_language = N_("language '$0' is not one of ko, en");  // value

  // The meaning of the keys of a job file.
  Phrase key_corpus =
      N_("Text file (.gz and .zst too), folder, Parquet or Arrow, relative to this file; or "
         "corpora/ID of a corpus on the server");
  Phrase key_column = N_("Column (csv, tsv) or field (jsonl) that contains the text");
  Phrase key_format = N_("File format");
  Phrase key_encoding = N_("Character encoding: cp949, euc-kr, utf-16, ...");
  Phrase key_on_invalid =
      N_("What to do with bytes that are not valid text: refuse the corpus, replace them, or skip "
         "the sample");
  Phrase key_delimiter = N_("Character between the columns (csv, tsv)");
  Phrase key_quoting =
      N_("What quotes mean (csv, tsv): text (none), or the enclosure of a field (csv)");
  Phrase key_vocab =
      N_("WordPiece vocabulary: a vocab.txt or tokenizer.json, relative to this file");
  Phrase key_model =
      N_("Model to start from: tiny, small, base or large from scratch, an imported model, or "
         "jobs/ID for the model of a job");
  Phrase key_name = N_("Display name of the job");
  Phrase key_priority = N_("Jobs with a higher priority are trained first");
  Phrase key_mix =
      N_("Further corpora to train on, each with its share of the tokens (0.2); corpus has the "
         "rest. Shares of 0: each corpus as it is");
  Phrase key_eval_corpora =
      N_("Further texts to evaluate on: a name and a file of each, at most 4");
  Phrase key_probe =
      N_("File of probe sentences, one per line; every sample shows them with the same masks");
  Phrase key_notify = N_("Webhook that the server tells when the job ends, fails or is paused");
  Phrase key_hyperparameters = N_("Hyperparameters, see `electra hyperparameters`");
  Phrase default_by_ending = N_("from the file extension");
  Phrase default_by_format = N_("by the format");
  Phrase default_trained = N_("trained from the corpus");
  Phrase default_none = N_("none");
};

inline constexpr Phrases kPhrases;

// A text in both languages, where the user's language is not known yet.
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
  Bilingual(const Phrase& phrase)
      : english(phrase.In(Language::kEnglish)), korean(phrase.In(Language::kKorean)) {}
  // A message from the server, or from core/base.
  Bilingual(const Message& message);
  // The message of a status from LocalError() or core/base.
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
  return {absl::Substitute(phrase.In(Language::kEnglish), Bilingual(arguments).english...),
          absl::Substitute(phrase.In(Language::kKorean), Bilingual(arguments).korean...)};
}

// A status whose message is the English text and that carries the Korean one with it.
absl::Status LocalError(absl::StatusCode code, const Bilingual& text);

// The two codes of nearly all errors on this side.
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
