#include "server/access/policy.h"

#include <algorithm>
#include <iterator>

namespace electra::server {
namespace {

constexpr MethodPolicy kPolicies[] = {
    {"electra.v1.AccessService.GetCaller", v1::VIEWER, Effect::kReads},
    {"electra.v1.AccessService.CreateToken", v1::ADMIN, Effect::kChanges},
    {"electra.v1.AccessService.ListTokens", v1::ADMIN, Effect::kReads},
    {"electra.v1.AccessService.RevokeToken", v1::ADMIN, Effect::kMakesRoom},
    {"electra.v1.CorpusService.UploadCorpus", v1::SUBMITTER, Effect::kChanges},
    {"electra.v1.CorpusService.GetUpload", v1::SUBMITTER, Effect::kReads},
    {"electra.v1.CorpusService.GetCorpus", v1::VIEWER, Effect::kReads},
    {"electra.v1.CorpusService.ListCorpora", v1::VIEWER, Effect::kReads},
    {"electra.v1.CorpusService.DeleteCorpus", v1::SUBMITTER, Effect::kMakesRoom},
    {"electra.v1.DaemonService.GetStatus", v1::VIEWER, Effect::kReads},
    {"electra.v1.DaemonService.CollectGarbage", v1::ADMIN, Effect::kMakesRoom},
    {"electra.v1.DaemonService.UnloadModels", v1::ADMIN, Effect::kChanges},
    {"electra.v1.FinetuningService.CreateFinetuning", v1::SUBMITTER, Effect::kChanges},
    {"electra.v1.FinetuningService.GetFinetuning", v1::VIEWER, Effect::kReads},
    {"electra.v1.FinetuningService.CancelFinetuning", v1::SUBMITTER, Effect::kMakesRoom},
    {"electra.v1.FinetuningService.DeleteFinetuning", v1::SUBMITTER, Effect::kMakesRoom},
    {"electra.v1.HistoryService.ListStepMetrics", v1::VIEWER, Effect::kReads},
    {"electra.v1.HistoryService.ListSamples", v1::VIEWER, Effect::kReads},
    {"electra.v1.HistoryService.ListEvaluations", v1::VIEWER, Effect::kReads},
    {"electra.v1.HistoryService.GetConfusions", v1::VIEWER, Effect::kReads},
    {"electra.v1.InferenceService.FakeText", v1::VIEWER, Effect::kReads},
    {"electra.v1.InferenceService.JudgeText", v1::VIEWER, Effect::kReads},
    {"electra.v1.InferenceService.EmbedText", v1::VIEWER, Effect::kReads},
    {"electra.v1.JobService.SubmitJob", v1::SUBMITTER, Effect::kChanges},
    {"electra.v1.JobService.EstimateJob", v1::VIEWER, Effect::kReads},
    {"electra.v1.JobService.GetJob", v1::VIEWER, Effect::kReads},
    {"electra.v1.JobService.ListJobs", v1::VIEWER, Effect::kReads},
    {"electra.v1.JobService.UpdateJob", v1::SUBMITTER, Effect::kChanges},
    {"electra.v1.JobService.DeleteJob", v1::SUBMITTER, Effect::kMakesRoom},
    {"electra.v1.JobService.CancelJob", v1::SUBMITTER, Effect::kMakesRoom},
    {"electra.v1.JobService.PauseJob", v1::SUBMITTER, Effect::kChanges},
    {"electra.v1.JobService.ResumeJob", v1::SUBMITTER, Effect::kChanges},
    {"electra.v1.JobService.RetryJob", v1::SUBMITTER, Effect::kChanges},
    {"electra.v1.JobService.ListHyperparameters", v1::VIEWER, Effect::kReads},
    {"electra.v1.ModelService.ListModels", v1::VIEWER, Effect::kReads},
    {"electra.v1.ModelService.GetModel", v1::VIEWER, Effect::kReads},
    {"electra.v1.ModelService.ImportModel", v1::SUBMITTER, Effect::kChanges},
    {"electra.v1.ModelService.FetchModel", v1::SUBMITTER, Effect::kChanges},
    {"electra.v1.ModelService.DownloadModel", v1::VIEWER, Effect::kReads},
    {"electra.v1.ModelService.DeleteModel", v1::SUBMITTER, Effect::kMakesRoom},
    {"electra.v1.TrainingService.WatchJob", v1::VIEWER, Effect::kReads},
};

const google::protobuf::MethodDescriptor* MethodThatTakes(
    const google::protobuf::Descriptor& request) {
  const google::protobuf::FileDescriptor& file = *request.file();
  for (int i = 0; i < file.service_count(); ++i) {
    for (int j = 0; j < file.service(i)->method_count(); ++j) {
      const google::protobuf::MethodDescriptor* method = file.service(i)->method(j);
      if (method->input_type() == &request) return method;
    }
  }
  return nullptr;
}

}  // namespace

MethodPolicy PolicyFor(const google::protobuf::Descriptor& request) {
  const google::protobuf::MethodDescriptor* method = MethodThatTakes(request);
  // The descriptor's strings live as long as the program.
  const std::string_view name = method == nullptr ? request.full_name() : method->full_name();
  for (const MethodPolicy& policy : kPolicies) {
    if (policy.method == name) return policy;
  }
  return {.method = name};
}

bool IsMethod(std::string_view name) {
  return std::any_of(std::begin(kPolicies), std::end(kPolicies),
                     [name](const MethodPolicy& policy) { return policy.method == name; });
}

}  // namespace electra::server
