// Between core's plain data and the contract's messages.
#pragma once

#include <cstdint>
#include <optional>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/text/corpus_reader.h"
#include "core/trainer.h"
#include "electra/v1/corpus.pb.h"
#include "electra/v1/training.pb.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/timestamp.pb.h"

namespace electra::server {

// Times are stored as microseconds since 1970-01-01 UTC.
google::protobuf::Timestamp ToTimestamp(int64_t micros);
int64_t NowMicros();

v1::StepMetrics ToProto(const StepMetrics& metrics);
v1::Evaluation ToProto(const EvaluationMetrics& evaluation);
v1::Sample ToProto(const SampleReport& sample);
v1::PreparationProgress ToProto(const PreparationProgress& progress);
v1::Preparation ToProto(const PreparationReport& report);
v1::Checkpoint ToProto(const CheckpointReport& checkpoint);
v1::LogMessage ToProto(Severity severity, std::string_view text);

// Nothing for CORPUS_FORMAT_UNSPECIFIED and for numbers of a later version.
std::optional<CorpusFormat> FromProto(v1::CorpusFormat format);
v1::CorpusFormat ToProto(CorpusFormat format);

// UNSPECIFIED refuses; nothing for numbers of a later version.
std::optional<OnInvalidText> FromProto(v1::OnInvalidText on_invalid);
v1::OnInvalidText ToProto(OnInvalidText on_invalid);

// Of a JSON object, and back.
absl::StatusOr<google::protobuf::Struct> JsonToStruct(std::string_view json);
absl::StatusOr<std::string> StructToJson(const google::protobuf::Struct& object);

// The original and the fake sentence with changed tokens in parentheses, as people read them.
struct Sentences {
  std::string original;
  std::string fake;
};
Sentences MakeSentences(const v1::Sample& sample);

}  // namespace electra::server
