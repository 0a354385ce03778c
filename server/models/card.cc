#include "server/models/card.h"

#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "core/base/hub_name.h"
#include "server/store/vocabulary_source.h"

namespace electra::server {
namespace {

// A user's text as code in a table: nothing in it can be taken for markup.
std::string Code(std::string_view text) {
  std::string code = "`";
  for (const char c : text) {
    const bool plain = !absl::ascii_iscntrl(static_cast<unsigned char>(c)) && c != '`' && c != '|';
    code += plain ? c : ' ';
  }
  return code + "`";
}

// The name of a model for the hub's readers; `sources` as in ModelRow.
std::string FrontMatter(const std::string& sources) {
  std::string text =
      "---\n"
      "library_name: transformers\n"
      "tags:\n"
      "- electra\n"
      "- replaced-token-detection\n";
  std::string_view heading = "base_model:\n";
  for (absl::string_view source : absl::StrSplit(sources, ' ', absl::SkipEmpty())) {
    const absl::StatusOr<HubName> name = ParseHubName(std::string(source));
    if (!name.ok()) continue;
    absl::StrAppend(&text, std::string(heading), "- \"", name->repository, "\"\n");
    heading = "";
  }
  return text + "---\n\n";
}

void AppendRow(std::string* card, std::string_view name, std::string_view value) {
  absl::StrAppend(card, "| ", std::string(name), " | ", std::string(value), " |\n");
}

using Metric = double (v1::Evaluation::*)() const;
using IsDefined = bool (v1::Evaluation::*)() const;

void AppendMetric(std::string* card, const char* name, const JobCard& of, Metric value,
                  IsDefined is_defined = nullptr) {
  const auto text = [&](const std::optional<v1::Evaluation>& evaluation) -> std::string {
    if (!evaluation || (is_defined != nullptr && !((*evaluation).*is_defined)())) return "-";
    return absl::StrFormat("%.4f", ((*evaluation).*value)());
  };
  absl::StrAppend(card, "| ", name, " | ", text(of.before), " | ", text(of.after), " |\n");
}

// The losses on each evaluation corpus, before and after.
void AppendEvalCorpora(std::string* text, const JobCard& card) {
  for (const v1::Evaluation& after : card.after->eval_corpora()) {
    std::string before = "-";
    for (int i = 0; card.before && i < card.before->eval_corpora_size(); ++i) {
      const v1::Evaluation& one = card.before->eval_corpora(i);
      if (one.eval_corpus() == after.eval_corpus()) {
        before = absl::StrFormat("%.4f", one.combined_loss());
      }
    }
    absl::StrAppend(text, "| combined loss on ", Code(after.eval_corpus()), " | ", before, " | ",
                    absl::StrFormat("%.4f", after.combined_loss()), " |\n");
  }
}

// The origin of the weights: jobs whose checkpoints were trained further, then the hub.
void AppendSources(std::string* text, const std::string& sources) {
  std::vector<std::string> jobs;
  std::vector<std::string> fetched;
  for (absl::string_view source : absl::StrSplit(sources, ' ', absl::SkipEmpty())) {
    const bool is_job = absl::StartsWith(source, "jobs/");
    (is_job ? jobs : fetched).push_back(Code(std::string(source)));
  }
  if (!jobs.empty()) AppendRow(text, "Goes on from", absl::StrJoin(jobs, ", after "));
  if (!fetched.empty()) AppendRow(text, "Fetched from", absl::StrJoin(fetched, ", "));
}

// The mix with its shares, and the evaluation corpora besides the held-out text.
void AppendCorpora(std::string* text, const std::vector<CardCorpus>& corpora) {
  double shares = 0;
  for (const CardCorpus& one : corpora) shares += one.row.share;
  for (const CardCorpus& one : corpora) {
    const JobCorpusRow& row = one.row;
    std::string value = Code(row.corpus_file_name);
    if (row.share > 0) {
      absl::StrAppendFormat(&value, ", %.3g%% of the tokens", 100 * row.share / shares);
    }
    if (one.corpus) {
      absl::StrAppend(&value, ", ", one.corpus->sample_count, " samples, SHA-256 ",
                      Code(one.corpus->sha256));
    } else {
      absl::StrAppend(&value, " (deleted since)");
    }
    const bool is_mixed = row.purpose == JobCorpusRow::Purpose::kTrain;
    AppendRow(text, is_mixed ? "Mixed" : absl::StrCat("Evaluated as ", Code(row.name)), value);
  }
}

std::string Usage() {
  return "## Use\n\n"
         "```python\n"
         "from transformers import AutoTokenizer, ElectraForPreTraining\n\n"
         "tokenizer = AutoTokenizer.from_pretrained(\"path/of/this/directory\")\n"
         "model = ElectraForPreTraining.from_pretrained(\"path/of/this/directory\")\n"
         "```\n\n"
         "`ElectraForPreTraining` takes every tensor of a discriminator, and `ElectraForMaskedLM`\n"
         "of a generator. `AutoModel` makes the encoder alone.\n";
}

}  // namespace

std::string JobModelCard(const JobCard& card) {
  const JobRow& job = card.job;
  std::string text = FrontMatter(job.model_sources);
  absl::StrAppend(&text, "# ", job.display_name.empty() ? Code(job.name) : Code(job.display_name),
                  "\n\nAn ELECTRA model that was adapted to a corpus with electrad.\n\n");
  absl::StrAppend(&text, "| | |\n|---|---|\n");
  AppendRow(&text, "Job", Code(job.name));
  AppendRow(&text, "Base model",
            job.model_sha256.empty()
                ? absl::StrCat(Code(job.model), " (preset, from random weights)")
                : absl::StrCat(Code(job.model), ", SHA-256 ", Code(job.model_sha256)));
  AppendSources(&text, job.model_sources);
  if (card.corpus) {
    AppendRow(
        &text, "Corpus",
        absl::StrCat(Code(card.corpus->file_name), ", ", card.corpus->sample_count, " samples"));
    AppendRow(&text, "SHA-256 of the corpus", Code(card.corpus->sha256));
  } else {
    AppendRow(&text, "Corpus", absl::StrCat(Code(job.corpus_name), " (deleted since)"));
  }
  AppendCorpora(&text, card.corpora);
  switch (VocabularySourceOf(job)) {
    case v1::Job::VOCABULARY_SOURCE_REQUEST:
      AppendRow(&text, "SHA-256 of the submitted vocabulary", Code(job.vocabulary_sha256));
      break;
    case v1::Job::VOCABULARY_SOURCE_MODEL:
      AppendRow(&text, "Vocabulary", "of the base model");
      break;
    default:
      AppendRow(&text, "Vocabulary", "trained from the corpus");
  }
  AppendRow(&text, "Step", absl::StrCat(card.step, " of ", job.total_steps));
  // Written by HyperparametersToJson, so an object of scalars.
  const auto hyperparameters = nlohmann::ordered_json::parse(job.hyperparameters);
  if (card.best) {
    AppendRow(&text, "Best evaluation",
              absl::StrCat("step ", card.best->step(), ", by ",
                           Code(hyperparameters.value("metric_for_best_model", "loss"))));
  }
  if (card.metrics) AppendRow(&text, "Tokens seen", absl::StrCat(card.metrics->tokens_seen()));

  absl::StrAppend(&text, "\n## Evaluation\n\n");
  if (card.after) {
    absl::StrAppend(&text, "On the held-out part of the corpus, with the same masks each time.\n\n",
                    "| | step ", card.before ? card.before->step() : 0, " | step ",
                    card.after->step(), " |\n|---|---|---|\n");
    AppendMetric(&text, "combined loss", card, &v1::Evaluation::combined_loss);
    AppendMetric(&text, "generator loss", card, &v1::Evaluation::generator_loss);
    AppendMetric(&text, "generator accuracy", card, &v1::Evaluation::generator_accuracy);
    AppendMetric(&text, "discriminator loss", card, &v1::Evaluation::discriminator_loss);
    AppendMetric(&text, "discriminator precision", card, &v1::Evaluation::discriminator_precision,
                 &v1::Evaluation::has_discriminator_precision);
    AppendMetric(&text, "discriminator recall", card, &v1::Evaluation::discriminator_recall,
                 &v1::Evaluation::has_discriminator_recall);
    AppendMetric(&text, "discriminator F1", card, &v1::Evaluation::discriminator_f1,
                 &v1::Evaluation::has_discriminator_f1);
    AppendEvalCorpora(&text, card);
  } else {
    absl::StrAppend(&text, "No part of the corpus was held out.\n");
  }

  absl::StrAppend(&text, "\n## Hyperparameters\n\n| | |\n|---|---|\n");
  for (const auto& [key, value] : hyperparameters.items())
    AppendRow(&text, key, Code(value.dump()));
  return absl::StrCat(text, "\n", Usage());
}

std::string ImportedModelCard(const ModelRow& model) {
  std::string text = FrontMatter(model.sources);
  absl::StrAppend(&text, "# ", Code(model.name),
                  "\n\nAn ELECTRA model as it was imported into electrad.\n\n| | |\n|---|---|\n");
  AppendRow(&text, "SHA-256 of its files' names and digests", Code(model.sha256));
  AppendSources(&text, model.sources);
  for (const Message& note : model.notes) AppendRow(&text, "Note", Code(note.text()));
  return absl::StrCat(text, "\n", Usage());
}

}  // namespace electra::server
