// Requests as they come off the wire. The first byte chooses which message the rest is; the checks
// that a daemon makes before it does anything are made here.
#include <google/protobuf/message.h>
#include <google/protobuf/stubs/logging.h>

#include <iterator>

#include "core/settings/hyperparameter_table.h"
#include "electra/v1/access.pb.h"
#include "electra/v1/corpus.pb.h"
#include "electra/v1/history.pb.h"
#include "electra/v1/inference.pb.h"
#include "electra/v1/job.pb.h"
#include "electra/v1/model.pb.h"
#include "electra/v1/training.pb.h"
#include "server/access/policy.h"
#include "server/access/token.h"
#include "server/base/resource_names.h"
#include "server/corpora/corpus_messages.h"
#include "server/jobs/labels.h"
#include "server/jobs/struct_json.h"
#include "tests/fuzz/fuzz_file.h"

namespace electra::server {
namespace {

// Names and page tokens, in any field.
void LookAtStrings(const google::protobuf::Message& message) {
  const google::protobuf::Descriptor& descriptor = *message.GetDescriptor();
  for (int i = 0; i < descriptor.field_count(); ++i) {
    const google::protobuf::FieldDescriptor& field = *descriptor.field(i);
    if (field.is_repeated() ||
        field.cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_STRING) {
      continue;
    }
    const std::string text = message.GetReflection()->GetString(message, &field);
    for (const char* collection : {"jobs", "corpora", "models", "tokens"}) {
      const auto name = ParseResourceName(text, collection);
      Require(!name.ok() || !name->empty());
    }
    const auto page = ParsePage(0, text, {.default_size = 50, .max_size = 1000}, "jobs");
    Require(!page.ok() || page->position >= 0);
    const auto id = TokenId(text);
    Require(!id || id->size() == 12);
  }
}

void LookAtJob(const v1::SubmitJobRequest& request) {
  const auto json = StructToJson(request.hyperparameters());
  if (!json.ok()) return;
  static_cast<void>(ParseHyperparameters(*json));
  static_cast<void>(JsonToStruct(*json));
}

void Read(std::string_view bytes, size_t which) {
  static const google::protobuf::Message* const kPrototypes[] = {
      &v1::SubmitJobRequest::default_instance(),
      &v1::UploadCorpusRequest::default_instance(),
      &v1::ImportModelRequest::default_instance(),
      &v1::CreateTokenRequest::default_instance(),
      &v1::ListJobsRequest::default_instance(),
      &v1::ListStepMetricsRequest::default_instance(),
      &v1::DownloadModelRequest::default_instance(),
      &v1::WatchJobRequest::default_instance(),
      &v1::FakeTextRequest::default_instance(),
      &v1::EmbedTextRequest::default_instance(),
      &v1::GetConfusionsRequest::default_instance(),
      &v1::EstimateJobRequest::default_instance(),
      &v1::UpdateJobRequest::default_instance(),
      &v1::JudgeTextRequest::default_instance(),
      &v1::ListSamplesRequest::default_instance(),
      &v1::ListEvaluationsRequest::default_instance()};
  const google::protobuf::Message& prototype = *kPrototypes[which % std::size(kPrototypes)];
  const std::unique_ptr<google::protobuf::Message> message(prototype.New());
  if (!message->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return;
  Require(!PolicyFor(*message->GetDescriptor()).method.empty());
  LookAtStrings(*message);
  if (const auto* job = dynamic_cast<const v1::SubmitJobRequest*>(message.get())) LookAtJob(*job);
  if (const auto* update = dynamic_cast<const v1::UpdateJobRequest*>(message.get())) {
    static_cast<void>(UpdatedLabels({}, *update));
  }
  if (const auto* upload = dynamic_cast<const v1::UploadCorpusRequest*>(message.get())) {
    static_cast<void>(FromProto(upload->header().format()));
  }
}

}  // namespace
}  // namespace electra::server

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // A line for each string that is not UTF-8 would take longer than all else.
  static auto* const log_handler = google::protobuf::SetLogHandler(nullptr);
  static_cast<void>(log_handler);
  if (size == 0) return 0;
  electra::server::Read(electra::AsText(data + 1, size - 1), data[0]);
  return 0;
}
