#include "server/jobs/job_corpora.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/message.h"
#include "core/base/status_macros.h"
#include "core/base/utf8.h"
#include "core/settings/hyperparameter_table.h"
#include "server/corpora/catalogue.h"

namespace electra::server {
namespace {

constexpr int kMostEvalCorpora = 4;
constexpr int kMostMixed = 8;
constexpr double kLeastShare = 0.001;
constexpr double kMostShare = 1000;

// What `proto` names; a corpus that is still to be sent has no name of the daemon's.
template <typename Proto>
absl::StatusOr<JobCorpus> Find(Database& database, const Proto& proto, std::string field) {
  JobCorpus found{.field = std::move(field)};
  if (proto.corpus().empty()) {
    found.row.corpus_file_name = proto.sample().header().file_name();
    return found;
  }
  ASSIGN_OR_RETURN(found.corpus, ReadCorpus(database, proto.corpus()));
  found.row.corpus_id = found.corpus->id;
  found.row.corpus_name = found.corpus->name;
  found.row.corpus_file_name = found.corpus->file_name;
  return found;
}

void CheckShares(const v1::SubmitJobRequest& request, std::vector<FieldViolation>* violations) {
  const bool by_size = std::all_of(request.mix().begin(), request.mix().end(),
                                   [](const auto& mixed) { return mixed.share() == 0; });
  if (by_size) return;
  for (int i = 0; i < request.mix_size(); ++i) {
    const double share = request.mix(i).share();
    if (share >= kLeastShare && share <= kMostShare) continue;
    violations->push_back({absl::StrCat("mix[", i, "].share"),
                           Message("SHARE_OUT_OF_RANGE",
                                   "the share of corpus {number} is {share}: it must be from "
                                   "{least} to {most}",
                                   i + 1, share, kLeastShare, kMostShare)});
  }
}

void CheckCounts(const v1::SubmitJobRequest& request, std::vector<FieldViolation>* violations) {
  if (request.mix_size() == 1 || request.mix_size() > kMostMixed) {
    violations->push_back(
        {"mix", Message("MIXED_CORPORA_COUNT",
                        "mix has {count} corpora: it must have from 2 to {limit}, or none",
                        request.mix_size(), kMostMixed)});
  }
  if (request.eval_corpora_size() > kMostEvalCorpora) {
    violations->push_back({"eval_corpora", Message("TOO_MANY_EVAL_CORPORA",
                                                   "{count} evaluation corpora: at most {limit}",
                                                   request.eval_corpora_size(), kMostEvalCorpora)});
  }
}

// Names that evaluations can be told apart by.
void CheckNames(const std::vector<JobCorpus>& corpora, std::vector<FieldViolation>* violations) {
  std::set<std::string> names;
  for (const JobCorpus& one : corpora) {
    if (one.row.purpose == JobCorpusRow::Purpose::kTrain) continue;
    if (!IsEvalCorpusName(one.row.name)) {
      violations->push_back(
          {absl::StrCat(one.field, ".name"),
           Message("EVAL_CORPUS_NAME",
                   "{name} cannot name an evaluation corpus: a name has at most 64 bytes, without "
                   "spaces and . / \\ = , \" '. Give it one, as in --eval-corpus general=FILE",
                   Quoted(one.row.name))});
    } else if (!names.insert(one.row.name).second) {
      violations->push_back({absl::StrCat(one.field, ".name"),
                             Message("EVAL_CORPUS_NAME_TWICE",
                                     "two evaluation corpora are named {name}: give them different "
                                     "names, as in --eval-corpus general=FILE",
                                     one.row.name)});
    }
  }
}

}  // namespace

absl::StatusOr<std::vector<JobCorpus>> FindJobCorpora(Database& database,
                                                      const v1::SubmitJobRequest& request,
                                                      std::vector<FieldViolation>* violations) {
  CheckCounts(request, violations);
  CheckShares(request, violations);
  std::vector<JobCorpus> corpora;
  if (request.mix_size() > kMostMixed || request.eval_corpora_size() > kMostEvalCorpora) {
    return corpora;
  }
  for (int i = 0; i < request.mix_size(); ++i) {
    ASSIGN_OR_RETURN(JobCorpus found, Find(database, request.mix(i), absl::StrCat("mix[", i, "]")));
    found.row.share = request.mix(i).share();
    corpora.push_back(std::move(found));
  }
  for (int i = 0; i < request.eval_corpora_size(); ++i) {
    const v1::EvalCorpus& proto = request.eval_corpora(i);
    ASSIGN_OR_RETURN(JobCorpus found, Find(database, proto, absl::StrCat("eval_corpora[", i, "]")));
    found.row.purpose = JobCorpusRow::Purpose::kEvaluate;
    const std::string& file = found.row.corpus_file_name;
    found.row.name = proto.name().empty() ? file.substr(0, file.find('.')) : proto.name();
    corpora.push_back(std::move(found));
  }
  CheckNames(corpora, violations);
  return corpora;
}

void CheckMetricCorpus(const Hyperparameters& hyperparameters,
                       const std::vector<JobCorpus>& corpora,
                       std::vector<FieldViolation>* violations) {
  const std::string& wanted = hyperparameters.metric_eval_corpus;
  if (wanted.empty()) return;
  std::vector<std::string> names;
  for (const JobCorpus& one : corpora) {
    if (one.row.purpose == JobCorpusRow::Purpose::kEvaluate) names.push_back(one.row.name);
  }
  if (std::find(names.begin(), names.end(), wanted) != names.end()) return;
  const Message known =
      names.empty()
          ? Message("NO_EVAL_CORPORA", "the job has none, give it one with --eval-corpus")
          : Message("EVAL_CORPORA_ARE", "the job has {names}", absl::StrJoin(names, ", "));
  violations->push_back(
      {"hyperparameters.metric_for_best_model",
       Message("METRIC_OF_UNKNOWN_CORPUS",
               "metric_for_best_model is of the evaluation corpus {name}: {known}", wanted,
               known)});
}

}  // namespace electra::server
