#include "client/jobfile/submission.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "client/files/local_file.h"
#include "client/files/uuid.h"
#include "client/i18n/phrases.h"
#include "client/text/resource_name.h"
#include "client/text/visible_text.h"
#include "core/base/hub_name.h"
#include "core/base/status_macros.h"
#include "electra/v1/corpus.pb.h"

namespace electra::client {
namespace {

// The vocabulary travels in the request, and gRPC takes no message above 4 MiB by default.
constexpr int64_t kLargestVocabulary = (7 << 20) / 2;
// What remains of it is far more than the sentences that the server takes.
constexpr int64_t kLargestProbe = 512 << 10;
void Override(const std::optional<std::string>& from, std::optional<std::string>& to) {
  if (from) to = from;
}

// One sentence a line; blank lines are none.
absl::Status AddProbe(const std::string& path, v1::SubmitJobRequest& request) {
  ASSIGN_OR_RETURN(const std::string text, ReadWhole(path, kLargestProbe));
  int line_number = 0;
  for (absl::string_view line : absl::StrSplit(absl::StripPrefix(text, "\xEF\xBB\xBF"), '\n')) {
    ++line_number;
    line = absl::StripAsciiWhitespace(line);
    if (!IsUtf8(std::string(line))) {
      return InvalidArgument(kPhrases.probe_not_utf8, line_number, Visible(path));
    }
    if (!line.empty()) request.add_probe(std::string(line));
  }
  if (request.probe_size() > 0) return absl::OkStatus();
  return InvalidArgument(kPhrases.probe_empty, Visible(path));
}

}  // namespace

bool IsOnServer(const std::string& corpus) { return absl::StartsWith(corpus, "corpora/"); }

absl::StatusOr<JobConfig> MergeConfig(const ConfigSources& sources) {
  JobConfig merged;
  if (sources.file) {
    ASSIGN_OR_RETURN(merged, ReadJobConfig(*sources.file));
  }
  Override(sources.given.corpus, merged.corpus);
  Override(sources.given.column, merged.column);
  Override(sources.given.format, merged.format);
  Override(sources.given.encoding, merged.encoding);
  Override(sources.given.on_invalid, merged.on_invalid);
  Override(sources.given.vocab, merged.vocab);
  Override(sources.given.model, merged.model);
  Override(sources.given.name, merged.name);
  Override(sources.given.probe, merged.probe);
  if (sources.given.priority) merged.priority = sources.given.priority;
  for (const std::string& setting : sources.settings) {
    RETURN_IF_ERROR(ApplySetting(setting, merged.hyperparameters));
  }
  return merged;
}

absl::Status CheckConfig(const JobConfig& config) {
  if (!config.corpus || config.corpus->empty()) {
    return LocalError(absl::StatusCode::kInvalidArgument, kPhrases.want_corpus);
  }
  if (IsOnServer(*config.corpus) &&
      (config.column || config.format || config.encoding || config.on_invalid)) {
    return InvalidArgument(kPhrases.upload_keys, Visible(*config.corpus));
  }
  const std::pair<const char*, const std::optional<std::string>&> texts[] = {
      {"column", config.column},
      {"encoding", config.encoding},
      {"model", config.model},
      {"name", config.name}};
  for (const auto& [what, text] : texts) {
    if (text && !IsUtf8(*text)) {
      return InvalidArgument(kPhrases.text_not_utf8, what, Visible(*text));
    }
  }
  if (IsOnServer(*config.corpus) && !IsUtf8(*config.corpus)) {
    return InvalidArgument(kPhrases.text_not_utf8, "corpus", Visible(*config.corpus));
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::SubmitJobRequest> BuildRequest(const JobConfig& config) {
  v1::SubmitJobRequest request;
  // A name of the hub becomes a model's once the server has it.
  if (config.model && !IsHubName(*config.model)) {
    request.set_model(ModelName(*config.model));
  }
  request.set_display_name(config.name.value_or(""));
  request.set_priority(config.priority.value_or(0));
  *request.mutable_hyperparameters() = config.hyperparameters;
  if (config.vocab) {
    ASSIGN_OR_RETURN(std::string vocabulary, ReadWhole(*config.vocab, kLargestVocabulary));
    if (vocabulary.empty()) {
      // The server would take it for none at all and train one.
      return InvalidArgument(kPhrases.vocabulary_empty, Visible(*config.vocab));
    }
    request.set_vocabulary(std::move(vocabulary));
  }
  if (config.probe) {
    RETURN_IF_ERROR(AddProbe(*config.probe, request));
  }
  ASSIGN_OR_RETURN(std::string request_id, NewUuid());
  request.set_request_id(std::move(request_id));
  return request;
}

absl::StatusOr<UploadOptions> UploadOf(const JobConfig& config) {
  UploadOptions upload{.path = *config.corpus,
                       .column = config.column.value_or(""),
                       .encoding = config.encoding.value_or("")};
  if (config.on_invalid) {
    ASSIGN_OR_RETURN(upload.on_invalid, ParseOnInvalid(*config.on_invalid));
  }
  if (config.format) {
    ASSIGN_OR_RETURN(upload.format, ParseFormat(*config.format));
  }
  return upload;
}

}  // namespace electra::client
