#include "server/hub/model_fetch.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/hub_name.h"
#include "core/base/message.h"
#include "core/base/status_macros.h"
#include "core/download/pair.h"
#include "server/base/log.h"
#include "server/base/resource_names.h"
#include "server/models/files.h"
#include "server/models/import.h"

namespace electra::server {
namespace {

// Characters of a commit that distinguish it.
constexpr size_t kCommitPart = 8;

// The repositories to fetch.
struct Chosen {
  std::string model;  // the default name
  std::vector<RepositoryPart> parts;
  std::vector<Message> notes;
};

absl::StatusOr<Chosen> ChooseBoth(const Hub& hub, const v1::FetchModelRequest& request,
                                  const std::function<bool()>& is_cancelled) {
  ASSIGN_OR_RETURN(const HubName discriminator, ParseHubName(request.discriminator()));
  Chosen chosen{.model = ModelNameOf(discriminator)};
  ASSIGN_OR_RETURN(Repository found, hub.Describe(discriminator, is_cancelled));
  chosen.parts.push_back({v1::DISCRIMINATOR, std::move(found)});
  if (request.generator().empty()) return chosen;
  ASSIGN_OR_RETURN(const HubName generator, ParseHubName(request.generator()));
  ASSIGN_OR_RETURN(found, hub.Describe(generator, is_cancelled));
  chosen.parts.push_back({v1::GENERATOR, std::move(found)});
  return chosen;
}

absl::StatusOr<Chosen> ChoosePair(const Hub& hub, const std::string& pair,
                                  const std::function<bool()>& is_cancelled) {
  ASSIGN_OR_RETURN(const HubName name, ParseHubName(pair));
  ASSIGN_OR_RETURN(RepositoryPair found, DescribePair(hub, name, is_cancelled));
  Chosen chosen{.model = ModelNameOf(name), .notes = std::move(found.notes)};
  chosen.parts.push_back({v1::DISCRIMINATOR, std::move(found.discriminator)});
  if (found.generator) chosen.parts.push_back({v1::GENERATOR, *std::move(found.generator)});
  return chosen;
}

absl::StatusOr<Chosen> Choose(const Hub& hub, const v1::FetchModelRequest& request,
                              const std::function<bool()>& is_cancelled) {
  RETURN_IF_ERROR(hub.CheckIsOn());
  const bool is_pair = !request.pair().empty();
  if (is_pair != request.discriminator().empty() || (is_pair && !request.generator().empty())) {
    return InvalidArgumentError("HUB_NAMES_GIVEN",
                                "a fetch names either a pair, or a discriminator and perhaps a "
                                "generator");
  }
  return is_pair ? ChoosePair(hub, request.pair(), is_cancelled)
                 : ChooseBoth(hub, request, is_cancelled);
}

// The requested model where it is stored; nullopt: fetch it, under *name.
absl::StatusOr<std::optional<ModelRow>> FindStored(Reader& reader, const Chosen& chosen,
                                                   const std::string& given, std::string* name) {
  const std::string sources = SourcesOf(chosen.parts);
  if (given.empty()) {
    if (std::optional<ModelRow> model = FindModelOfSources(reader, sources)) return model;
    *name = chosen.model;
    // Another commit has the name.
    if (FindModel(reader, *name).ok()) {
      absl::StrAppend(name, "--", chosen.parts.front().repository.commit.substr(0, kCommitPart));
    }
    if (!IsModelName(*name)) {
      return InvalidArgumentError(
          "HUB_MODEL_NAME",
          "\"{name}\" is too long for a model's name: choose one with `electra model import NAME "
          "--discriminator {source}`",
          *name, chosen.parts.front().repository.source());
    }
  } else {
    *name = given;
  }
  const absl::StatusOr<ModelRow> known = FindModel(reader, *name);
  if (!known.ok()) return std::nullopt;
  if (known->sources == sources) return *known;
  // Without sources, it may still be the same.
  if (known->sources.empty()) return std::nullopt;
  return AlreadyExistsError("HUB_OTHER_MODEL",
                            "model {model} was made of {sources}: choose another name, or delete "
                            "it with `electra model delete {model}`",
                            *name, known->sources);
}

v1::ImportModelHeader HeaderOf(const std::string& name, const std::vector<RepositoryPart>& parts) {
  v1::ImportModelHeader header;
  header.set_name(absl::StrCat("models/", name));
  int64_t size_bytes = 0;
  for (const RepositoryPart& part : parts) {
    size_bytes += part.repository.size_bytes();
    header.add_sources(part.repository.source());
  }
  header.set_size_bytes(size_bytes);
  return header;
}

}  // namespace

absl::StatusOr<ModelRow> FetchModel(const FetchContext& context, const Caller& caller,
                                    const v1::FetchModelRequest& request,
                                    const FetchObserver& observer) {
  std::string given;
  if (!request.name().empty()) {
    ASSIGN_OR_RETURN(given, ParseResourceName(request.name(), "models"));
  }
  ASSIGN_OR_RETURN(const Chosen chosen, Choose(context.hub, request, observer.is_cancelled));
  std::string name;
  ASSIGN_OR_RETURN(const std::optional<ModelRow> stored,
                   context.database.Read<std::optional<ModelRow>>(
                       [&](Reader& reader) { return FindStored(reader, chosen, given, &name); }));
  if (stored) return *stored;

  const std::vector<std::filesystem::path> no_trusted_folders;
  ModelImport import(caller, context.database, context.data_dir, context.room, no_trusted_folders,
                     observer.is_cancelled);
  RETURN_IF_ERROR(import.Begin(HeaderOf(name, chosen.parts), ModelImport::Room::kIsThere));
  const std::shared_ptr<SharedDownload> download = context.downloads.Join(chosen.parts);
  RETURN_IF_ERROR(download->Await(observer));
  observer.on_progress({});
  for (const RepositoryPart& part : chosen.parts) {
    for (const RepositoryFile& file : part.repository.files) {
      RETURN_IF_ERROR(
          import.LinkFile(part.part, file.name, download->PathOf(part.part, file.name)));
    }
  }
  for (const Message& note : chosen.notes) import.AddNote(note);
  ASSIGN_OR_RETURN(ModelRow model, import.Store());
  Log(LogLevel::kInfo, "model_fetched", {{"model", model.name}, {"sources", model.sources}});
  return model;
}

}  // namespace electra::server
