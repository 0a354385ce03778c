#include "client/views/page_labels.h"

#include "client/i18n/message_values.h"
#include "client/i18n/report_labels.h"
#include "electra/v1/training.pb.h"

namespace electra::client {
namespace {

struct PageLabel {
  const char* key;
  const char* text;
};

constexpr PageLabel kPageLabels[] = {
    {"language", N_("Language")},
    {"theme", N_("Theme")},
    {"theme_auto", N_("auto")},
    {"theme_light", N_("light")},
    {"theme_dark", N_("dark")},
    {"curves", N_("Curves")},
    {"samples", N_("Sample predictions")},
    {"step", N_("Step")},
    {"caught", N_("fake, caught")},
    {"missed", N_("fake, missed")},
    {"suspected", N_("original, suspected")},
    {"confusions", N_("What the model confuses")},
    {"source", N_("Counted over")},
    {"source_evaluation", N_("evaluation")},
    {"source_samples", N_("samples")},
    {"evaluations", N_("Evaluations")},
    {"settings", N_("Settings")},
    {"combined_loss", N_("Combined loss")},
    {"generator_loss", N_("Generator loss")},
    {"discriminator_loss", N_("Discriminator loss")},
    {"rates", N_("Accuracy, precision, recall")},
    {"generator_accuracy", N_("generator accuracy")},
    {"discriminator_precision", N_("fakes: precision")},
    {"discriminator_recall", N_("fakes: recall")},
    {"discriminator_f1", N_("fakes: F1")},
    {"samples_shown", N_("$0 of $1 samples are shown, spread evenly.")},
    {"missed_count", N_("Missed")},
    {"suspected_count", N_("Suspected")},
    {"best", N_("best")},
    {"range", N_("Range of the plots")},
    {"from_step", N_("from step $0")},
    {"from_beginning", N_("from the beginning")},
    {"step_axis", N_("step")},
    {"loss", N_("loss")},
    {"share", N_("share")},
    {"point_hint", N_("Point at the plot to read the values of a step here.")},
    {"evaluation_at", N_("evaluation at step $0:")},
    {"corpus_named", N_("corpus $0")},
    {"vocabulary_of_corpus", N_("vocabulary trained from the corpus")},
    {"vocabulary_of_request", N_("submitted vocabulary")},
    {"vocabulary_of_model", N_("vocabulary of the model")},
    {"curves_explained",
     N_("Lines are values of training batches; ○ are evaluations on text that was held out.")},
    {"combined_loss_explained", N_("The value that training lowers: gen_weight × generator loss + "
                                   "disc_weight × discriminator loss. Lower is better.")},
    {"generator_loss_explained", N_("How far the generator is from the tokens that were masked "
                                    "(cross-entropy). Lower is better.")},
    {"discriminator_loss_explained",
     N_("How far the discriminator is from knowing the fakes. Lower is better, but it also rises "
        "when the generator's fakes become harder to tell.")},
    {"rates_explained", N_("Generator accuracy: of masked tokens, those restored. Precision: of "
                           "suspected tokens, the fakes. Recall: of the fakes, those caught. "
                           "Higher is better. Lines are sums over at least 20 steps.")},
    {"samples_explained", N_("The generator replaces some tokens of a sentence, and the "
                             "discriminator looks for these fakes.")},
    {"confusions_explained",
     N_("Fakes that the discriminator missed, and original tokens that it suspected, counted.")},
    {"evaluations_explained",
     N_("Text that was held out, with the same masks every time. ★ is the best evaluation. F1 is "
        "the harmonic mean of precision and recall.")},
    {"finetunings", N_("Fine-tuned on labelled data")},
    {"finetunings_explained",
     N_("The job's model and what it began with, fine-tuned as classifiers and tested on rows that "
        "they were not trained on: mean and standard deviation over the runs. Higher is better.")},
    {"labelled_data", N_("Data and label")},
    {"finetuned_model", N_("Fine-tuned model")},
    {"finetuned_base", N_("base")},
    {"finetuned_adapted", N_("adapted")},
    {"macro_f1", N_("Macro F1")},
    {"accuracy", N_("Accuracy")},
    {"finetuning_runs", N_("Runs")},
    // Live pages.
    {"all_jobs", N_("All jobs")},
    {"jobs", N_("Jobs")},
    {"job", N_("Job")},
    {"state", N_("State")},
    {"best_evaluation", N_("Best evaluation")},
    {"model", N_("Model")},
    {"corpus", N_("Corpus")},
    {"created", N_("Created")},
    {"filter", N_("Filter")},
    {"compare", N_("Compare")},
    {"comparison", N_("Comparison")},
    {"choose_to_compare", N_("Choose two or three jobs to see them beside each other.")},
    {"no_jobs", N_("There are no such jobs.")},
    {"newest_jobs", N_("These are the newest $0; a filter finds others.")},
    {"connecting", N_("connecting")},
    {"client_ended", N_("`electra ui` has ended; start it again.")},
    {"settings_explained", N_("`electra hyperparameters` explains each setting.")},
};

}  // namespace

nlohmann::json PageLabels(Language language) {
  nlohmann::json labels;
  for (const PageLabel& label : kPageLabels) {
    labels[label.key] = Translated(label.text, language);
  }
  const Labels& shared = LabelsFor(language);
  labels["connected_to"] = shared.connected_to;
  labels["connection_lost"] = shared.connection_lost;
  labels["reaching_again"] = shared.reaching_again;
  labels["sample_heading"] = shared.sample_heading;
  labels["probe_heading"] = shared.probe_heading;
  labels["original_sentence"] = shared.original_sentence;
  labels["fake_sentence"] = shared.fake_sentence;
  labels["sample_counts"] = shared.sample_counts;
  labels["position"] = shared.position;
  labels["original_token"] = shared.original_token;
  labels["fake_token"] = shared.fake_token;
  labels["actual"] = shared.actual;
  labels["predicted"] = shared.predicted;
  labels["correct"] = shared.correct;
  labels["right"] = shared.right;
  labels["wrong"] = shared.wrong;
  const ReportLabels& report = ReportLabelsFor(language);
  labels["no_samples"] = report.no_samples;
  labels["no_evaluation"] = report.no_evaluation;
  labels["counted_line"] = report.counted_line;
  labels["evaluation_line"] = report.evaluation_line;
  labels["verdict_line"] = report.verdict_line;
  labels["approximate"] = report.approximate;
  labels["faked_heading"] = report.faked_heading;
  labels["missed_heading"] = report.missed_heading;
  labels["suspected_heading"] = report.suspected_heading;
  labels["token"] = report.token;
  labels["times"] = report.times;
  labels["fakes"] = report.fakes;
  labels["missed_share"] = report.missed_share;
  labels["suspected_share"] = report.suspected_share;
  labels["fake_probability"] = report.fake_probability;
  for (v1::JobState state : {v1::QUEUED, v1::PREPARING, v1::RUNNING, v1::SUCCEEDED, v1::FAILED,
                             v1::CANCELLED, v1::PAUSED}) {
    labels["states"][v1::JobState_Name(state)] = StateLabel(state, language);
  }
  return labels;
}

}  // namespace electra::client
