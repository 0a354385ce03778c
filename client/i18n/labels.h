// The client's own words in its output. Entries with $0, $1, ... are templates for
// absl::Substitute.
//
// Thread safety: constants.
#pragma once

#include "client/i18n/catalogue.h"

namespace electra::client {

struct Labels {
  // The sample view.
  const char* sample_heading = N_("epoch $0 in progress ------- result of step $1");  // epoch, step
  const char* probe_heading =
      N_("probe sentence $0 ------- as seen after step $1");  // number of the probe sentence, step
  const char* original_sentence = N_("Original :  ");         // ends where the sentence begins
  const char* fake_sentence = N_("Fake     :  ");
  // tokens, wrong, fakes, caught
  const char* sample_counts =
      N_("$1 of $0 tokens predicted wrong -------- $3 of $2 fake tokens caught");
  const char* position = N_("Position");
  const char* original_token = N_("Real token");
  const char* fake_token = N_("(Fake) token");
  const char* actual = N_("Actual");
  const char* predicted = N_("Predicted");
  const char* correct = N_("Correct");
  const char* right = N_("✓");  // the usual mark in the language
  const char* wrong = N_("✗");

  // Lines between the samples.
  const char* progress = N_(
      "step $0/$1 · epoch $2 · Combined $3 Generator $4 Discriminator $5 · $6 tokens/s");  // step, total, epoch, combined, generator, discriminator, tokens/s
  const char* time_left = N_(" · $0 left");  // duration
  const char* state_line = N_("[$0] $1");    // time, state
  const char* reading_words =
      N_("counting words for a vocabulary $0% · $1 samples");  // percent, samples
  const char* tokenizing = N_("tokenizing $0% · $1 samples");  // percent, samples
  const char* corpus_line = N_(
      "corpus: $0 samples, $1 sequences ($2 training, $3 validation), $4 tokens");  // samples, sequences, training, validation, tokens
  const char* unknown_line = N_(", $0 unknown ($1%)");                       // unknown, percent
  const char* split_line = N_(", $0 samples split into several sequences");  // split samples
  const char* truncated_line = N_(", $0 samples truncated");                 // truncated samples
  const char* model_line = N_(
      "model: vocabulary of $0, $1 parameters, on $2, $3 steps in all");  // vocabulary, parameters, device, total steps
  const char* evaluation =
      N_("evaluation (step $0): Combined $1 Generator $2 Discriminator $3");  // step, losses x 3
  // generator accuracy, precision, recall, F1, accuracy
  const char* evaluation_quality =
      N_(" · generator accuracy $0 · fakes: precision $1 recall $2 F1 $3 accuracy $4");
  const char* checkpoint = N_("checkpoint (step $0): $1 ($2)");  // step, path, size
  const char* warning = N_("warning: ");
  const char* error = N_("error: ");
  // server, seconds at most, attempt, limit
  const char* reconnecting = N_("lost the connection to $0, trying again within $1 s ($2/$3)");
  const char* reconnected = N_("connected again");
  const char* model_saved = N_("model: $0");                         // path
  const char* loss_change = N_("evaluated Combined Loss: $0 → $1");  // first, the model's
  const char* model_of_step = N_("step of the model: $0");           // step, metric it is best by
  const char* left_out = N_(
      "skipped $0 earlier samples and $1 earlier evaluations; to see all:");  // samples, evaluations

  // The rows of the live view.
  const char* step_of = N_("step $0/$1");                          // step, total
  const char* epoch_number = N_("epoch $0");                       // epoch
  const char* token_rate = N_("$0 tokens/s");                      // tokens/s
  const char* rank_rates = N_("$0 ranks, slowest $1 tokens/s");    // ranks, tokens/s of the slowest
  const char* duration_left = N_("$0 left");                       // duration
  const char* elapsed = N_("$0 elapsed");                          // duration
  const char* waiting_for = N_("waiting for $0");                  // duration
  const char* position_in_queue = N_("position $0 in the queue");  // position
  const char* preparing = N_("preparing the corpus");
  const char* device_use = N_("$0% busy");           // percent
  const char* evaluated = N_("eval $0");             // loss
  const char* precision = N_("precision $0");        // share
  const char* recall = N_("recall $0");              // share
  const char* accuracy = N_("accuracy $0");          // share
  const char* connected_to = N_("connected to $0");  // server
  const char* connection_lost = N_("connection lost");
  const char* connection_lost_at = N_("connection lost at step $0");  // step
  const char* reaching_again = N_("trying to reach $0 again");        // server
  const char* key_leaves = N_("q: leave (the job goes on)");

  // All running and waiting jobs.
  const char* no_active_jobs = N_("No job is running or waiting.");
  const char* more_jobs = N_("and $0 more");  // count
  const char* progress_heading = N_("PROGRESS");
  const char* loss_heading = N_("LOSS");
  const char* token_rate_heading = N_("TOKENS/S");
  const char* left_heading = N_("TIME LEFT");

  // Submitting and leaving.
  const char* reading = N_("reading $0 $1%");  // file, percent
  const char* uploading =
      N_("uploading $0 $1% · $2/$3 · $4/s");                   // file, percent, done, size, speed
  const char* checking = N_("$0: the server is checking it");  // file
  const char* uploaded = N_("$0 → $1 ($2 samples)");           // file, corpus, samples
  const char* invalid_text = N_(
      "$0: invalid bytes: $1 samples skipped, $2 repaired");  // file, skipped samples, samples with replacements
  const char* imported = N_("$0 is imported ($1)");                // model, size
  const char* downloading = N_("downloading $0: $1");              // name, size so far
  const char* downloaded = N_("$0 → $1 ($2)");                     // name, directory, size
  const char* queued = N_("$0 is queued, position $1");            // job, position
  const char* submitted = N_("$0 is submitted");                   // job
  const char* how_to_watch = N_("watch it:   $0");                 // command
  const char* how_to_cancel = N_("cancel it:  $0");                // command
  const char* left_running = N_("$0 goes on without a watcher.");  // job
  const char* cancel_requested =
      N_("$0 will end after its current step, with a checkpoint.");  // job
  const char* cancelled_at_once = N_("$0 is cancelled.");            // job
  const char* deleted = N_("$0 is deleted.");                        // corpus
  const char* unloaded = N_("unloaded $0 models ($1) from memory");  // models, bytes
  const char* pause_requested =
      N_("$0 will pause after its current step, with a checkpoint.");  // job
  const char* paused = N_("$0 is paused.");                            // job
  const char* resumed = N_("$0 is back in the queue.");                // job
  const char* retried =
      N_("$0 is back in the queue and continues from its last checkpoint.");  // job

  // Headings of lists and views.
  const char* job = N_("JOB");
  const char* name = N_("NAME");
  const char* state = N_("STATE");
  const char* step = N_("STEP");
  const char* epoch = N_("EPOCH");
  const char* model = N_("MODEL");
  const char* corpus = N_("CORPUS");
  const char* created = N_("CREATED");
  const char* started = N_("STARTED");
  const char* ended = N_("ENDED");
  const char* priority = N_("PRIORITY");
  const char* queue_position = N_("QUEUE POSITION");
  const char* device = N_("DEVICE");
  const char* reason = N_("REASON");
  const char* model_path = N_("MODEL FOLDER");
  const char* model_step = N_("MODEL STEP");
  const char* best_by = N_("$0 (best evaluation by $1)");  // step, metric
  const char* losses = N_("LAST STEP");
  const char* mix = N_("MIX");
  const char* eval_corpora = N_("EVALUATION CORPORA");
  const char* first_evaluation = N_("FIRST EVALUATION");
  const char* last_evaluation = N_("LAST EVALUATION");
  const char* best_evaluation = N_("BEST EVALUATION");
  const char* skipped_steps = N_("SKIPPED STEPS");
  const char* probe_sentences = N_("PROBE SENTENCES");
  const char* vocabulary = N_("VOCABULARY");
  const char* from_corpus = N_("trained from the corpus");
  const char* from_model = N_("of the model that it started from");
  const char* hyperparameters = N_("HYPERPARAMETERS");
  const char* file = N_("FILE");
  const char* format = N_("FORMAT");
  const char* column = N_("COLUMN");
  const char* size = N_("SIZE");
  const char* samples = N_("SAMPLES");
  const char* parameters = N_("PARAMETERS");
  const char* layers = N_("LAYERS");
  const char* hidden = N_("HIDDEN");
  const char* learning_rate = N_("LEARNING RATE");
  const char* description = N_("DESCRIPTION");
  const char* key = N_("KEY");
  const char* type = N_("TYPE");
  const char* default_value = N_("DEFAULT");
  const char* accepted = N_("ACCEPTED");
  const char* version = N_("VERSION");
  const char* data_dir = N_("DATA FOLDER");
  const char* free_space = N_("FREE SPACE");
  const char* schema = N_("SCHEMA");
  const char* jobs_waiting = N_("JOBS WAITING");
  const char* jobs_running = N_("JOBS RUNNING");
  const char* jobs_ended = N_("JOBS ENDED");
  const char* watchers = N_("WATCHERS");
  const char* memory = N_("MEMORY");
  const char* running_job = N_("RUNNING JOB");
  const char* next_job = N_("held for");  // waits for other devices too
  const char* queue = N_("QUEUE");
  // the queue's policies
  const char* jobs_by_devices = N_(
      "one job per device; a job on several devices reserves free ones and starts on all at once");
  const char* jobs_over_ranks = N_("one job at a time, over all ranks");
  const char* rank = N_("RANK");
  const char* rank_lost = N_("not there");
  const char* kind = N_("KIND");
  const char* count = N_("COUNT");
  const char* none_yet = N_("None yet.");  // an empty list

  // Relative times, with a count.
  const char* just_now = N_("just now");
  const char* minutes_ago = N_("$0 min ago");
  const char* hours_ago = N_("$0 h ago");
  const char* days_ago = N_("$0 d ago");

  // Access.
  const char* token = N_("TOKEN");
  const char* role = N_("ROLE");
  const char* certificate = N_("CERTIFICATE");
  const char* expires = N_("EXPIRES");
  const char* revoked = N_("REVOKED");
  const char* token_prompt = N_("Token for $0: ");                 // server
  const char* token_created = N_("$0 is created: $1, until $2.");  // token, role, expiry
  const char* token_shown_once = N_("It is not shown again; `electra login` stores it.");
  const char* token_revoked = N_("$0 is revoked.");  // token
  const char* logged_in =
      N_("Logged in to $0 as $1, until $2; stored in $3.");  // server, role, expiry, file
  const char* logged_out = N_("Logged out of $0.");          // server
  const char* not_logged_in = N_("Not logged in to $0.");    // server

  // History.
  const char* tags = N_("TAGS");
  const char* note = N_("NOTE");
  const char* best_loss = N_("BEST EVAL");                       // heading: of the best evaluation
  const char* last_loss = N_("LAST EVAL");                       // heading: of the last one
  const char* run_time = NC_("how long a job trained", "TIME");  // heading: how long it has trained
  const char* tagged = N_("$0 has the tags $1");                 // job, its tags
  const char* untagged = N_("$0 has no tags.");                  // job
  const char* noted = N_("$0 has a note.");                      // job
  const char* note_removed = N_("$0 no longer has a note.");     // job
  const char* renamed = N_("$0 is named \"$1\".");               // job, name
  // job, name, state
  const char* confirm_delete = N_("Delete $0 \"$1\" ($2) with its history and checkpoints? [y/N] ");
  const char* not_deleted = N_("$0 was not deleted.");  // job
  const char* loss_curves = N_("Losses");
  const char* quality_curves = N_("Accuracy, precision and recall");
  const char* combined_curves = N_("Combined Loss");
  const char* differing_settings = N_("Settings that differ");
  const char* same_settings = N_("All settings are the same.");
  const char* final_metrics = N_("Evaluations");
  const char* probe_sentence = N_("Probe sentence $0");  // number
  const char* caught = N_("CAUGHT");                     // heading: fakes that were caught, of all
};

const Labels& LabelsFor(Language language);

}  // namespace electra::client
