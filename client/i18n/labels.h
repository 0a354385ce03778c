// The words of the client in Korean (the reference) and English.
//
// Entries with $0, $1, ... are templates for absl::Substitute. Command help and error messages are
// English in both languages, so that they can be searched for.
//
// Thread safety: constants.
#pragma once

namespace electra::client {

enum class Language { kEnglish, kKorean };

struct Labels {
  // The sample view.
  const char* sample_heading;     // epoch, step
  const char* probe_heading;      // number of the probe sentence, step
  const char* original_sentence;  // ends where the sentence begins
  const char* fake_sentence;
  const char* sample_counts;  // tokens, wrong, fakes, caught
  const char* position;
  const char* original_token;
  const char* fake_token;
  const char* actual;
  const char* predicted;
  const char* correct;
  const char* right;  // a mark that readers of the language take for that
  const char* wrong;

  // Lines between the samples.
  const char* progress;        // step, total, epoch, combined, generator, discriminator, tokens/s
  const char* time_left;       // duration
  const char* state_line;      // time, state
  const char* reading_words;   // percent, samples
  const char* tokenizing;      // percent, samples
  const char* corpus_line;     // samples, sequences, training, validation, tokens
  const char* unknown_line;    // unknown, percent
  const char* split_line;      // split samples
  const char* truncated_line;  // truncated samples
  const char* model_line;      // vocabulary, parameters, device, total steps
  const char* evaluation;      // step, losses x 3
  const char* evaluation_quality;  // generator accuracy, precision, recall, F1, accuracy
  const char* checkpoint;          // step, path, size
  const char* warning;
  const char* error;
  const char* reconnecting;  // server, seconds at most, attempt, limit
  const char* reconnected;
  const char* model_saved;    // path
  const char* loss_change;    // first, the model's
  const char* model_of_step;  // step, and by what it is the best
  const char* left_out;       // samples, evaluations

  // The rows of the live view.
  const char* step_of;            // step, total
  const char* epoch_number;       // epoch
  const char* token_rate;         // tokens/s
  const char* rank_rates;         // ranks, tokens/s of the slowest
  const char* duration_left;      // duration
  const char* elapsed;            // duration
  const char* waiting_for;        // duration
  const char* position_in_queue;  // position
  const char* preparing;
  const char* device_use;    // percent
  const char* evaluated;     // loss
  const char* precision;     // share
  const char* recall;        // share
  const char* accuracy;      // share
  const char* connected_to;  // server
  const char* connection_lost;
  const char* connection_lost_at;  // step
  const char* reaching_again;      // server
  const char* key_leaves;

  // All running and waiting jobs.
  const char* no_active_jobs;
  const char* more_jobs;  // count
  const char* progress_heading;
  const char* loss_heading;
  const char* token_rate_heading;
  const char* left_heading;

  // Submitting and leaving.
  const char* reading;            // file, percent
  const char* uploading;          // file, percent, done, size, speed
  const char* checking;           // file
  const char* uploaded;           // file, corpus, samples
  const char* invalid_text;       // file, skipped samples, samples with replacements
  const char* imported;           // model, size
  const char* downloading;        // name, size so far
  const char* downloaded;         // name, directory, size
  const char* queued;             // job, position
  const char* submitted;          // job
  const char* how_to_watch;       // command
  const char* how_to_cancel;      // command
  const char* left_running;       // job
  const char* cancel_requested;   // job
  const char* cancelled_at_once;  // job
  const char* deleted;            // corpus
  const char* unloaded;           // models, bytes
  const char* pause_requested;    // job
  const char* paused;             // job
  const char* resumed;            // job
  const char* retried;            // job

  // Headings of lists and views.
  const char* job;
  const char* name;
  const char* state;
  const char* step;
  const char* epoch;
  const char* model;
  const char* corpus;
  const char* created;
  const char* started;
  const char* ended;
  const char* priority;
  const char* queue_position;
  const char* device;
  const char* reason;
  const char* model_path;
  const char* model_step;
  const char* best_by;  // step, metric
  const char* losses;
  const char* first_evaluation;
  const char* last_evaluation;
  const char* best_evaluation;
  const char* skipped_steps;
  const char* probe_sentences;
  const char* vocabulary;
  const char* from_corpus;
  const char* hyperparameters;
  const char* file;
  const char* format;
  const char* column;
  const char* size;
  const char* samples;
  const char* parameters;
  const char* layers;
  const char* hidden;
  const char* learning_rate;
  const char* description;
  const char* key;
  const char* type;
  const char* default_value;
  const char* accepted;
  const char* version;
  const char* data_dir;
  const char* free_space;
  const char* schema;
  const char* jobs_waiting;
  const char* jobs_running;
  const char* jobs_ended;
  const char* watchers;
  const char* memory;
  const char* running_job;
  const char* next_job;  // waits for other devices too
  const char* queue;
  const char* jobs_by_devices;  // the queue's policies
  const char* jobs_over_ranks;
  const char* rank;
  const char* rank_lost;
  const char* kind;
  const char* count;
  const char* none_yet;  // an empty list

  // Relative times; the count comes in.
  const char* just_now;
  const char* minutes_ago;
  const char* hours_ago;
  const char* days_ago;

  // Access.
  const char* token;
  const char* role;
  const char* certificate;
  const char* expires;
  const char* revoked;
  const char* token_prompt;   // server
  const char* token_created;  // token, role, expiry
  const char* token_shown_once;
  const char* token_revoked;  // token
  const char* logged_in;      // server, role, expiry, file
  const char* logged_out;     // server
  const char* not_logged_in;  // server

  // History.
  const char* tags;
  const char* note;
  const char* best_loss;       // heading: of the best evaluation
  const char* last_loss;       // heading: of the last one
  const char* run_time;        // heading: how long it has trained
  const char* tagged;          // job, its tags
  const char* untagged;        // job
  const char* noted;           // job
  const char* note_removed;    // job
  const char* renamed;         // job, name
  const char* confirm_delete;  // job, name, state
  const char* not_deleted;     // job
  const char* loss_curves;
  const char* quality_curves;
  const char* combined_curves;
  const char* differing_settings;
  const char* same_settings;
  const char* final_metrics;
  const char* probe_sentence;  // number
  const char* caught;          // heading: fakes that were caught, of all
};

const Labels& LabelsFor(Language language);

}  // namespace electra::client
