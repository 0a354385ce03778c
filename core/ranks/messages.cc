#include "core/ranks/messages.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/json.h"
#include "core/base/message.h"
#include "core/base/status_macros.h"
#include "core/hub/config_check.h"
#include "core/hub/config_json.h"
#include "core/settings/hyperparameter_table.h"

namespace electra {

absl::Status MalformedMessage(const MessageValue& problem) {
  return InvalidArgumentError("RANK_MESSAGE_MALFORMED",
                              "rank 0 sent a message that makes no sense: {problem}",
                              problem.message());
}

namespace {

// Numbers one after the other, in this machine's format: all ranks run the same program.
class Writer {
 public:
  explicit Writer(Verb verb) : bytes_(1, static_cast<char>(verb)) {}

  template <typename Number>
  void Put(Number number) {
    bytes_.append(reinterpret_cast<const char*>(&number), sizeof(number));
  }
  void PutAll(const std::vector<int64_t>& numbers) {
    Put(static_cast<int64_t>(numbers.size()));
    bytes_.append(reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(int64_t));
  }
  std::string Take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  template <typename Number>
  absl::Status Get(Number* number) {
    if (bytes_.size() < sizeof(Number)) return MalformedMessage("it ends too early");
    std::memcpy(number, bytes_.data(), sizeof(Number));
    bytes_.remove_prefix(sizeof(Number));
    return absl::OkStatus();
  }
  absl::Status GetAll(std::vector<int64_t>* numbers) {
    int64_t count = 0;
    RETURN_IF_ERROR(Get(&count));
    if (count < 0 || static_cast<uint64_t>(count) > bytes_.size() / sizeof(int64_t)) {
      return MalformedMessage("a list is longer than the message");
    }
    numbers->resize(static_cast<size_t>(count));
    const size_t size = numbers->size() * sizeof(int64_t);
    if (size > 0) std::memcpy(numbers->data(), bytes_.data(), size);
    bytes_.remove_prefix(size);
    return absl::OkStatus();
  }
  bool at_end() const { return bytes_.empty(); }

 private:
  std::string_view bytes_;
};

bool AllWithin(const std::vector<int64_t>& numbers, int64_t end) {
  return std::all_of(numbers.begin(), numbers.end(),
                     [end](int64_t number) { return number >= 0 && number < end; });
}

// Only the parts that the others do not determine.
void PutBatch(const PackedBatch& batch, Writer& writer) {
  std::vector<int64_t> sequences;
  std::vector<int64_t> lengths;
  std::vector<int64_t> places;
  for (const PackedSequence& sequence : batch.sequences) {
    sequences.push_back(static_cast<int64_t>(sequence.sequence));
    lengths.push_back(sequence.length);
    if (batch.whole) {
      places.push_back(batch.whole->token_places[static_cast<size_t>(sequence.first_token)]);
    }
  }
  writer.PutAll(sequences);
  writer.PutAll(lengths);
  writer.PutAll(batch.original_ids);
  writer.PutAll(batch.masked_ids);
  writer.PutAll(batch.masked_positions);
  writer.Put(batch.whole ? batch.whole->token_count : int64_t{0});
  writer.PutAll(places);
  writer.PutAll(batch.whole ? batch.whole->masked_places : std::vector<int64_t>());
}

absl::StatusOr<PackedBatch> GetBatch(Reader& reader, const ModelConfig& model) {
  PackedBatch batch;
  std::vector<int64_t> sequences;
  std::vector<int64_t> lengths;
  std::vector<int64_t> places;
  PlacesInWhole whole;
  RETURN_IF_ERROR(reader.GetAll(&sequences));
  RETURN_IF_ERROR(reader.GetAll(&lengths));
  RETURN_IF_ERROR(reader.GetAll(&batch.original_ids));
  RETURN_IF_ERROR(reader.GetAll(&batch.masked_ids));
  RETURN_IF_ERROR(reader.GetAll(&batch.masked_positions));
  RETURN_IF_ERROR(reader.Get(&whole.token_count));
  RETURN_IF_ERROR(reader.GetAll(&places));
  RETURN_IF_ERROR(reader.GetAll(&whole.masked_places));

  const int64_t tokens = batch.token_count();
  const int64_t vocab_size = std::min(model.generator.vocab_size, model.discriminator.vocab_size);
  if (static_cast<int64_t>(batch.masked_ids.size()) != tokens ||
      !AllWithin(batch.original_ids, vocab_size) || !AllWithin(batch.masked_ids, vocab_size)) {
    return MalformedMessage("a token is none of the vocabulary's");
  }
  if (!AllWithin(batch.masked_positions, tokens) ||
      !std::is_sorted(batch.masked_positions.begin(), batch.masked_positions.end())) {
    return MalformedMessage("a masked position is none of the batch's");
  }
  const int64_t longest = std::min(model.generator.max_position_embeddings,
                                   model.discriminator.max_position_embeddings);
  if (lengths.size() != sequences.size() || lengths.empty())
    return MalformedMessage("it has no sequences");
  int64_t first = 0;
  for (size_t i = 0; i < lengths.size(); ++i) {
    const int64_t length = lengths[i];
    if (length < 1 || length > longest || length > tokens - first ||
        (i > 0 && length > lengths[i - 1])) {
      return MalformedMessage("a sequence does not fit");
    }
    batch.sequences.push_back({static_cast<uint64_t>(sequences[i]), first, length});
    if (batch.groups.empty() || batch.groups.back().length != length) {
      batch.groups.push_back({0, length});
    }
    ++batch.groups.back().sequence_count;
    for (int64_t position = 0; position < length; ++position) batch.positions.push_back(position);
    first += length;
  }
  if (first != tokens) return MalformedMessage("its sequences are not its tokens");
  if (whole.token_count == 0 && places.empty() && whole.masked_places.empty()) return batch;

  constexpr int64_t kMostTokens = int64_t{1} << 31;
  if (whole.token_count < tokens || whole.token_count > kMostTokens ||
      places.size() != lengths.size() ||
      whole.masked_places.size() != batch.masked_positions.size() ||
      !AllWithin(whole.masked_places, whole.token_count)) {
    return MalformedMessage("the places of a batch are not its own");
  }
  for (size_t i = 0; i < places.size(); ++i) {
    if (places[i] < 0 || places[i] > whole.token_count - lengths[i]) {
      return MalformedMessage("a place is outside of the batch");
    }
    for (int64_t token = 0; token < lengths[i]; ++token) {
      whole.token_places.push_back(places[i] + token);
    }
  }
  batch.whole = std::move(whole);
  return batch;
}

}  // namespace

absl::StatusOr<Verb> VerbOf(std::string_view message) {
  for (Verb verb : {Verb::kBegin, Verb::kStep, Verb::kContribute, Verb::kLeave}) {
    if (!message.empty() && message.front() == static_cast<char>(verb)) return verb;
  }
  return MalformedMessage("it begins with no verb");
}

std::string EncodeVerb(Verb verb) { return std::string(1, static_cast<char>(verb)); }

std::string Encode(const BeginMessage& message) {
  const nlohmann::json object = {
      {"generator", ConfigJson(message.model.generator, Role::kGenerator, DType::kFloat32)},
      {"discriminator",
       ConfigJson(message.model.discriminator, Role::kDiscriminator, DType::kFloat32)},
      {"hyperparameters", HyperparametersToJson(message.hyperparameters)}};
  return EncodeVerb(Verb::kBegin) + object.dump();
}

absl::StatusOr<BeginMessage> DecodeBegin(std::string_view message) {
  ASSIGN_OR_RETURN(const nlohmann::json object,
                   ParseJson(message.substr(1), "the message of rank 0", {}));
  for (const char* key : {"generator", "discriminator", "hyperparameters"}) {
    if (!object.contains(key) || !object[key].is_string()) {
      return MalformedMessage(absl::StrCat("it has no ", key));
    }
  }
  BeginMessage begin;
  ASSIGN_OR_RETURN(begin.model.generator,
                   ParseConfigJson(object["generator"].get<std::string>(), "generator"));
  ASSIGN_OR_RETURN(begin.model.discriminator,
                   ParseConfigJson(object["discriminator"].get<std::string>(), "discriminator"));
  for (const ElectraConfig* config : {&begin.model.generator, &begin.model.discriminator}) {
    const absl::Status fits = CheckConfigFits(*config);
    if (!fits.ok()) return MalformedMessage(fits);
  }
  const ParsedHyperparameters parsed =
      ParseHyperparameters(object["hyperparameters"].get<std::string>(), EvalCorpora::kSome);
  if (!parsed.violations.empty()) return MalformedMessage(parsed.violations.front().problem);
  begin.hyperparameters = parsed.values;
  return begin;
}

std::string Encode(const StepMessage& message) {
  Writer writer(Verb::kStep);
  writer.Put(message.step);
  writer.Put(message.learning_rate);
  writer.Put(message.disc_weight);
  writer.Put(message.step_tokens);
  writer.Put(message.step_masked);
  writer.Put(message.step_weight);
  writer.PutAll(message.share.indices);
  for (const PackedBatch& batch : message.share.micro_batches) PutBatch(batch, writer);
  return writer.Take();
}

absl::StatusOr<StepMessage> DecodeStep(std::string_view message, const ModelConfig& model) {
  Reader reader(message.substr(1));
  StepMessage step;
  RETURN_IF_ERROR(reader.Get(&step.step));
  RETURN_IF_ERROR(reader.Get(&step.learning_rate));
  RETURN_IF_ERROR(reader.Get(&step.disc_weight));
  RETURN_IF_ERROR(reader.Get(&step.step_tokens));
  RETURN_IF_ERROR(reader.Get(&step.step_masked));
  RETURN_IF_ERROR(reader.Get(&step.step_weight));
  RETURN_IF_ERROR(reader.GetAll(&step.share.indices));
  if (step.step < 1 || step.step_tokens < 1 || step.step_masked < 0 ||
      !std::isfinite(step.learning_rate) || !std::isfinite(step.disc_weight) ||
      !std::isfinite(step.step_weight) || step.step_weight < 0) {
    return MalformedMessage("its numbers are out of range");
  }
  for (size_t i = 0; i < step.share.indices.size(); ++i) {
    ASSIGN_OR_RETURN(PackedBatch batch, GetBatch(reader, model));
    step.share.micro_batches.push_back(std::move(batch));
  }
  if (!reader.at_end()) return MalformedMessage("something follows its end");
  return step;
}

}  // namespace electra
