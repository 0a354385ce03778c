#include "client/jobfile/submission.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "client/files/local_file.h"
#include "client/files/uuid.h"
#include "client/i18n/phrases.h"
#include "client/jobfile/corpus_options.h"
#include "client/text/resource_name.h"
#include "client/text/visible_text.h"
#include "client/transfer/corpus_files.h"
#include "core/base/hub_name.h"
#include "core/base/status_macros.h"
#include "electra/v1/corpus.pb.h"

namespace electra::client {
namespace {

// The vocabulary travels in the request, and gRPC takes no message above 4 MiB by default.
constexpr int64_t kLargestVocabulary = (7 << 20) / 2;
// Far more than the sentences that the server accepts.
constexpr int64_t kLargestProbe = 512 << 10;

void Override(const std::optional<std::string>& from, std::optional<std::string>& to) {
  if (from) to = from;
}

// Splits "books.csv:text", unless a file has the whole name.
std::pair<std::string, std::string> SplitColumn(const std::string& corpus) {
  const size_t colon = corpus.rfind(':');
  std::error_code error;
  if (colon == std::string::npos || std::filesystem::exists(corpus, error)) return {corpus, ""};
  const std::string file = corpus.substr(0, colon);
  if (!std::filesystem::exists(file, error)) return {corpus, ""};
  return {file, corpus.substr(colon + 1)};
}

// By its name, like the server.
std::string EndingOf(const std::string& path) {
  std::filesystem::path name = path;
  if (name.extension() == ".gz" || name.extension() == ".zst") name = name.stem();
  return absl::AsciiStrToLower(name.extension().string());
}

bool IsTable(const std::string& path) {
  const std::string ending = EndingOf(path);
  return ending == ".csv" || ending == ".tsv";
}

bool IsPlainText(const std::string& path) {
  const std::string ending = EndingOf(path);
  return !IsTable(path) && ending != ".jsonl" && ending != ".ndjson" && !IsColumnarFile(path);
}

// One sentence per line; blank lines are skipped.
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

// Corpora that are files get their names once they are uploaded.
void AddCorpora(const JobConfig& config, v1::SubmitJobRequest& request) {
  const auto add = [](const std::string& corpus, auto& proto) {
    if (IsOnServer(corpus)) proto.set_corpus(corpus);
  };
  if (!config.more_corpora.empty()) {
    v1::MixedCorpus& first = *request.add_mix();
    first.set_share(config.corpus_share);
    if (config.corpus) add(*config.corpus, first);
  }
  for (const SharedCorpus& more : config.more_corpora) {
    v1::MixedCorpus& mixed = *request.add_mix();
    mixed.set_share(more.share);
    add(more.corpus, mixed);
  }
  for (const NamedCorpus& one : config.eval_corpora) {
    v1::EvalCorpus& evaluated = *request.add_eval_corpora();
    add(one.corpus, evaluated);
    const std::string file = BaseName(SplitColumn(one.corpus).first);
    const bool is_named = !one.name.empty() || IsOnServer(one.corpus);
    evaluated.set_name(is_named ? one.name : file.substr(0, file.find('.')));
  }
}

}  // namespace

absl::StatusOr<JobConfig> MergeConfig(const ConfigSources& sources) {
  JobConfig merged;
  if (sources.file) {
    ASSIGN_OR_RETURN(merged, ReadJobConfig(*sources.file));
  }
  Override(sources.given.corpus, merged.corpus);
  if (sources.given.corpus) {
    merged.corpus_share = sources.given.corpus_share;
    merged.more_corpora = sources.given.more_corpora;
  }
  if (!sources.given.eval_corpora.empty()) merged.eval_corpora = sources.given.eval_corpora;
  Override(sources.given.column, merged.column);
  Override(sources.given.format, merged.format);
  Override(sources.given.encoding, merged.encoding);
  Override(sources.given.on_invalid, merged.on_invalid);
  Override(sources.given.delimiter, merged.delimiter);
  Override(sources.given.quoting, merged.quoting);
  Override(sources.given.vocab, merged.vocab);
  Override(sources.given.model, merged.model);
  Override(sources.given.name, merged.name);
  Override(sources.given.probe, merged.probe);
  Override(sources.given.notify, merged.notify);
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
  if (IsOnServer(*config.corpus) && (config.column || config.format || config.encoding ||
                                     config.on_invalid || config.delimiter || config.quoting)) {
    return InvalidArgument(kPhrases.upload_keys, Visible(*config.corpus));
  }
  const std::pair<const char*, const std::optional<std::string>&> texts[] = {
      {"column", config.column},
      {"encoding", config.encoding},
      {"model", config.model},
      {"name", config.name},
      {"notify", config.notify}};
  for (const auto& [what, text] : texts) {
    if (text && !IsUtf8(*text)) {
      return InvalidArgument(kPhrases.text_not_utf8, what, Visible(*text));
    }
  }
  if (IsOnServer(*config.corpus) && !IsUtf8(*config.corpus)) {
    return InvalidArgument(kPhrases.text_not_utf8, "corpus", Visible(*config.corpus));
  }
  for (const SharedCorpus& more : config.more_corpora) {
    if (!IsUtf8(more.corpus)) {
      return InvalidArgument(kPhrases.text_not_utf8, "corpus", Visible(more.corpus));
    }
  }
  for (const NamedCorpus& evaluated : config.eval_corpora) {
    const std::string text = absl::StrCat(evaluated.name, "=", evaluated.corpus);
    if (!IsUtf8(text)) return InvalidArgument(kPhrases.text_not_utf8, "corpus", Visible(text));
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::SubmitJobRequest> BuildRequest(const JobConfig& config) {
  v1::SubmitJobRequest request;
  // A name of the hub becomes a model's once the server has it.
  if (config.model && !IsHubName(*config.model)) {
    request.set_model(StartingModelName(*config.model));
  }
  request.set_display_name(config.name.value_or(""));
  request.set_priority(config.priority.value_or(0));
  request.set_notify_url(config.notify.value_or(""));
  *request.mutable_hyperparameters() = config.hyperparameters;
  if (config.vocab) {
    ASSIGN_OR_RETURN(std::string vocabulary, ReadWhole(*config.vocab, kLargestVocabulary));
    if (vocabulary.empty()) {
      // The server would treat it as missing and train one.
      return InvalidArgument(kPhrases.vocabulary_empty, Visible(*config.vocab));
    }
    request.set_vocabulary(std::move(vocabulary));
  }
  AddCorpora(config, request);
  if (config.probe) {
    RETURN_IF_ERROR(AddProbe(*config.probe, request));
  }
  ASSIGN_OR_RETURN(std::string request_id, NewUuid());
  request.set_request_id(std::move(request_id));
  return request;
}

absl::StatusOr<UploadOptions> UploadOf(const JobConfig& config) {
  const auto [path, column] = SplitColumn(*config.corpus);
  UploadOptions upload{.path = path,
                       .column = column.empty() ? config.column.value_or("") : column,
                       .encoding = config.encoding.value_or("")};
  if (config.on_invalid) {
    ASSIGN_OR_RETURN(upload.on_invalid, ParseOnInvalid(*config.on_invalid));
  }
  if (config.delimiter) {
    ASSIGN_OR_RETURN(upload.delimiter, ParseDelimiter(*config.delimiter));
  }
  if (config.quoting) {
    ASSIGN_OR_RETURN(upload.quoting, ParseQuoting(*config.quoting));
  }
  if (config.format) {
    ASSIGN_OR_RETURN(upload.format, ParseFormat(*config.format));
  }
  return upload;
}

absl::StatusOr<std::vector<OtherUpload>> OtherUploadsOf(const JobConfig& config) {
  ASSIGN_OR_RETURN(const UploadOptions first, UploadOf(config));
  std::vector<OtherUpload> others;
  const auto add = [&](const std::string& corpus, bool is_evaluated, size_t index) {
    if (IsOnServer(corpus)) return;
    const auto [path, column] = SplitColumn(corpus);
    UploadOptions upload = first;
    upload.path = path;
    upload.format = v1::CORPUS_FORMAT_UNSPECIFIED;
    upload.column = column;
    if (column.empty() && !IsPlainText(path)) upload.column = config.column.value_or("");
    if (!IsTable(path)) {
      upload.delimiter.clear();
      upload.quoting = v1::QUOTING_UNSPECIFIED;
    }
    others.push_back({.upload = std::move(upload),
                      .is_evaluated = is_evaluated,
                      .index = static_cast<int>(index)});
  };
  for (size_t i = 0; i < config.more_corpora.size(); ++i) {
    add(config.more_corpora[i].corpus, /*is_evaluated=*/false, i + 1);  // the first is `corpus`
  }
  for (size_t i = 0; i < config.eval_corpora.size(); ++i) {
    add(config.eval_corpora[i].corpus, /*is_evaluated=*/true, i);
  }
  return others;
}

absl::Status ApplyMix(const std::string& shares, JobConfig& config) {
  const size_t corpora = config.more_corpora.size() + 1;
  const std::vector<std::string> texts = absl::StrSplit(shares, ',');
  std::vector<double> numbers;
  for (const std::string& text : texts) {
    double number = 0;
    if (!absl::SimpleAtod(text, &number) || !(number > 0)) break;
    numbers.push_back(number);
  }
  if (corpora < 2 || texts.size() != corpora || numbers.size() != corpora) {
    return InvalidArgument(kPhrases.bad_mix, Visible(shares), corpora);
  }
  config.corpus_share = numbers.front();
  for (size_t i = 1; i < corpora; ++i) config.more_corpora[i - 1].share = numbers[i];
  return absl::OkStatus();
}

NamedCorpus ParseEvalCorpus(const std::string& text) {
  const size_t equals = text.find('=');
  std::error_code error;
  if (equals == std::string::npos || std::filesystem::exists(text, error)) {
    return {.name = "", .corpus = text};
  }
  return {.name = text.substr(0, equals), .corpus = text.substr(equals + 1)};
}

}  // namespace electra::client
