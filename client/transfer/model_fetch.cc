#include "client/transfer/model_fetch.h"

#include <grpcpp/client_context.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/substitute.h"
#include "client/environment/progress_line.h"
#include "client/i18n/phrases.h"
#include "client/i18n/server_message.h"
#include "client/rpc/error_details.h"
#include "client/rpc/services.h"
#include "client/text/format.h"
#include "client/text/resource_name.h"
#include "client/text/visible_text.h"
#include "client/transfer/hub_cache.h"
#include "client/transfer/hub_download.h"
#include "client/transfer/model_transfer.h"
#include "core/base/hub_name.h"
#include "core/base/status_macros.h"

namespace electra::client {
namespace {

// The name by which users know the request.
const std::string& NameOf(const v1::FetchModelRequest& request) {
  return request.pair().empty() ? request.discriminator() : request.pair();
}

std::string ProgressText(const CommandContext& context, const std::string& name,
                         const v1::FetchProgress& progress) {
  if (progress.file().empty()) {
    return absl::Substitute(context.labels().checking, Visible(name));
  }
  return Say(kPhrases.fetching, Visible(progress.file()),
             Percent(progress.received_bytes(), progress.size_bytes()),
             FormatBytes(progress.received_bytes()), FormatBytes(progress.size_bytes()))
      .In(context.language);
}

grpc::Status FetchOnServer(CommandContext& context, const v1::FetchModelRequest& request,
                           v1::Model* model) {
  ProgressLine progress(context.environment.err, context.environment.now);
  progress.Show(Say(kPhrases.asking_hub, Visible(NameOf(request))).In(context.language));
  grpc::ClientContext call;
  Interruption::Guard guard(context.connection.interruption(), [&call] { call.TryCancel(); });
  const auto reader = context.connection.services().models->FetchModel(&call, request);
  for (v1::FetchModelResponse response; reader->Read(&response);) {
    if (response.has_model()) *model = std::move(*response.mutable_model());
    if (response.has_progress()) {
      progress.Update(ProgressText(context, NameOf(request), response.progress()));
    }
  }
  return reader->Finish();
}

// Whether the files may come from here: the server does not or cannot reach the hub.
bool IsWithoutHub(const grpc::Status& status) {
  const std::string reason = ServerMessage(status).code();
  return reason == "HUB_OFF" || reason == "HUB_UNREACHABLE" ||
         status.error_code() == grpc::StatusCode::UNIMPLEMENTED;
}

absl::StatusOr<HubNames> NamesOf(const v1::FetchModelRequest& request) {
  HubNames names;
  if (!request.pair().empty()) {
    ASSIGN_OR_RETURN(names.pair, ParseHubName(request.pair()));
    return names;
  }
  ASSIGN_OR_RETURN(names.discriminator, ParseHubName(request.discriminator()));
  if (request.generator().empty()) return names;
  ASSIGN_OR_RETURN(names.generator, ParseHubName(request.generator()));
  return names;
}

std::optional<CachedPair> FindCached(const std::string& cache, const HubNames& names) {
  if (names.pair) return FindPairInHubCache(cache, *names.pair);
  const std::optional<CachedRepository> discriminator = FindInHubCache(cache, names.discriminator);
  if (!discriminator) return std::nullopt;
  CachedPair pair{.discriminator = *discriminator, .generator = std::nullopt};
  if (!names.generator) return pair;
  pair.generator = FindInHubCache(cache, *names.generator);
  return pair.generator ? std::optional(std::move(pair)) : std::nullopt;
}

absl::StatusOr<CachedPair> DownloadToCache(CommandContext& context, const std::string& cache,
                                           const HubNames& names) {
  ProgressLine progress(context.environment.err, context.environment.now);
  ASSIGN_OR_RETURN(
      DownloadedPair downloaded,
      DownloadPair(context.environment, cache, names,
                   [&](const std::string& file, int64_t received, int64_t size) {
                     progress.Update(Say(kPhrases.fetching, Visible(file), Percent(received, size),
                                         FormatBytes(received), FormatBytes(size))
                                         .In(context.language));
                   }));
  progress.Clear();
  for (const Message& note : downloaded.notes) {
    *context.environment.err.stream << Visible(InLanguage(note, context.language)) << "\n";
  }
  return std::move(downloaded.pair);
}

// Also if the server stores them already; then sends nothing.
CallOutcome ImportCached(CommandContext& context, const std::string& name, const CachedPair& pair,
                         v1::Model* model) {
  ImportOptions options{.name = name,
                        .generator = pair.generator ? pair.generator->directory : "",
                        .discriminator = pair.discriminator.directory};
  options.sources.push_back(pair.discriminator.source);
  if (pair.generator) options.sources.push_back(pair.generator->source);
  v1::GetModelRequest known;
  known.set_name(name);
  if (context.connection.Call(known, model).ok() &&
      std::equal(model->sources().begin(), model->sources().end(), options.sources.begin(),
                 options.sources.end())) {
    return {};
  }
  ImportOutcome imported = ImportModel(context, options);
  *model = std::move(imported.model);
  return {.local = imported.local, .remote = imported.remote, .details = {}};
}

}  // namespace

CallOutcome FetchModel(CommandContext& context, const v1::FetchModelRequest& request,
                       v1::Model* model) {
  CallOutcome outcome;
  const absl::StatusOr<HubName> name = ParseHubName(NameOf(request));
  outcome.local = name.status();
  if (!name.ok()) return outcome;
  outcome.remote = FetchOnServer(context, request, model);
  if (outcome.remote.ok() || !IsWithoutHub(outcome.remote)) return outcome;
  const std::string cache = HubCacheFolder(context.environment.variable);
  const absl::StatusOr<HubNames> names = NamesOf(request);
  outcome.local = names.status();
  if (!names.ok()) return outcome;
  std::optional<CachedPair> cached = FindCached(cache, *names);
  if (!cached && !cache.empty() && MayDownload(context.environment)) {
    absl::StatusOr<CachedPair> downloaded = DownloadToCache(context, cache, *names);
    if (absl::IsCancelled(downloaded.status())) {
      outcome.local = LocalError(absl::StatusCode::kCancelled, kPhrases.interrupted);
      return outcome;
    }
    if (!downloaded.ok()) {
      outcome.details.push_back(
          Say(kPhrases.not_downloaded, downloaded.status()).In(context.language));
      if (MessageOf(downloaded.status()).code() != "HUB_UNREACHABLE") return outcome;
    } else {
      cached = *std::move(downloaded);
    }
  }
  if (!cached) {
    outcome.details.push_back(
        Say(kPhrases.not_in_cache, Visible(NameOf(request)), Visible(cache)).In(context.language));
    return outcome;
  }
  *context.environment.err.stream
      << Say(kPhrases.from_cache, Visible(cached->discriminator.source)).In(context.language)
      << "\n";
  return ImportCached(context,
                      request.name().empty() ? ModelName(ModelNameOf(*name)) : request.name(),
                      *cached, model);
}

CallOutcome FindFetchedModel(CommandContext& context, const std::string& pair, v1::Model* model) {
  CallOutcome outcome;
  const absl::StatusOr<HubName> name = ParseHubName(pair);
  outcome.local = name.status();
  if (!name.ok()) return outcome;
  v1::GetModelRequest request;
  request.set_name(ModelName(ModelNameOf(*name)));
  outcome.remote = context.connection.Call(request, model);
  if (outcome.remote.error_code() == grpc::StatusCode::NOT_FOUND) {
    outcome.local = FailedPrecondition(kPhrases.not_fetched, Visible(pair));
  }
  return outcome;
}

}  // namespace electra::client
