// What rank 0 tells another rank, as bytes: the first is the verb.
//
// Decoding checks everything that a message says against the model, so that no token id or place of
// a wrong or hostile message reaches memory. Pure functions; no libtorch.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/message.h"
#include "core/batch/share.h"
#include "core/settings/hyperparameters.h"
#include "core/shape/config.h"

namespace electra {

enum class Verb : char {
  kBegin = 'b',       // a session: its shape and settings; its state follows
  kStep = 's',        // a share of a step
  kContribute = 'c',  // moments are gathered
  kLeave = 'l',       // the group is dissolved
};

struct BeginMessage {
  ModelConfig model;
  Hyperparameters hyperparameters;
};

struct StepMessage {
  int64_t step = 0;
  double learning_rate = 0;
  double disc_weight = 0;
  int64_t step_tokens = 0;
  int64_t step_masked = 0;
  double step_weight = 0;
  StepShare share;
};

// InvalidArgument: a message that no rank of this program sends.
absl::Status MalformedMessage(const MessageValue& problem);

// InvalidArgument where it is empty or has no verb.
absl::StatusOr<Verb> VerbOf(std::string_view message);

std::string EncodeVerb(Verb verb);
std::string Encode(const BeginMessage& message);
std::string Encode(const StepMessage& message);

absl::StatusOr<BeginMessage> DecodeBegin(std::string_view message);
absl::StatusOr<StepMessage> DecodeStep(std::string_view message, const ModelConfig& model);

}  // namespace electra
