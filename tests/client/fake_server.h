// A server in this process that speaks electra.v1 over a real socket and keeps its requests.
//
// Fields are set before the first call and read after the last; the calls of one client come one
// after the other.
#pragma once

#include <grpcpp/server.h>
#include <grpcpp/server_context.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "electra/v1/access.grpc.pb.h"
#include "electra/v1/corpus.grpc.pb.h"
#include "electra/v1/daemon.grpc.pb.h"
#include "electra/v1/history.grpc.pb.h"
#include "electra/v1/inference.grpc.pb.h"
#include "electra/v1/job.grpc.pb.h"
#include "electra/v1/model.grpc.pb.h"
#include "electra/v1/training.grpc.pb.h"

namespace electra::client {

class FakeCorpora : public v1::CorpusService::Service {
 public:
  grpc::Status GetUpload(grpc::ServerContext*, const v1::GetUploadRequest*, v1::Upload*) override;
  grpc::Status UploadCorpus(grpc::ServerContext*, grpc::ServerReader<v1::UploadCorpusRequest>*,
                            v1::Corpus*) override;
  // From `corpora`; NOT_FOUND for another.
  grpc::Status GetCorpus(grpc::ServerContext*, const v1::GetCorpusRequest*, v1::Corpus*) override;
  grpc::Status ListCorpora(grpc::ServerContext*, const v1::ListCorporaRequest*,
                           v1::ListCorporaResponse*) override;
  grpc::Status DeleteCorpus(grpc::ServerContext*, const v1::DeleteCorpusRequest*,
                            google::protobuf::Empty*) override;

  grpc::Status upload_status;  // a failure ends the upload after its header
  std::vector<v1::CorpusHeader> headers;
  std::vector<int64_t> chunk_sizes;
  v1::Corpus stored;                  // where it has a name: what GetUpload answers
  std::vector<int64_t> breaks;        // uploads that break off at these offsets
  bool damages_what_it_kept = false;  // the first upload that is continued fails with DATA_LOSS
  std::string content;                // of the chunks, if their offsets are right
  std::vector<v1::Corpus> corpora;
  std::vector<std::string> deleted;
};

class FakeJobs : public v1::JobService::Service {
 public:
  grpc::Status SubmitJob(grpc::ServerContext*, const v1::SubmitJobRequest*, v1::Job*) override;
  grpc::Status EstimateJob(grpc::ServerContext*, const v1::EstimateJobRequest*,
                           v1::JobEstimate*) override;
  grpc::Status GetJob(grpc::ServerContext*, const v1::GetJobRequest*, v1::Job*) override;
  grpc::Status PauseJob(grpc::ServerContext*, const v1::PauseJobRequest*, v1::Job*) override;
  grpc::Status ResumeJob(grpc::ServerContext*, const v1::ResumeJobRequest*, v1::Job*) override;
  grpc::Status RetryJob(grpc::ServerContext*, const v1::RetryJobRequest*, v1::Job*) override;
  // A page token is the index of the page's first job.
  grpc::Status ListJobs(grpc::ServerContext*, const v1::ListJobsRequest*,
                        v1::ListJobsResponse*) override;
  grpc::Status CancelJob(grpc::ServerContext*, const v1::CancelJobRequest*, v1::Job*) override;
  // Answers with the request's job.
  grpc::Status UpdateJob(grpc::ServerContext*, const v1::UpdateJobRequest*, v1::Job*) override;
  grpc::Status DeleteJob(grpc::ServerContext*, const v1::DeleteJobRequest*,
                         google::protobuf::Empty*) override;
  grpc::Status ListHyperparameters(grpc::ServerContext*, const v1::ListHyperparametersRequest*,
                                   v1::ListHyperparametersResponse*) override;

  std::vector<grpc::Status> submit_statuses;  // of the first calls; later ones succeed
  std::vector<v1::SubmitJobRequest> submitted;
  std::vector<grpc::Status> estimate_statuses;  // of the first calls; later ones succeed
  std::vector<v1::EstimateJobRequest> estimated;
  v1::JobEstimate estimate;
  v1::Job job;                     // the answer to SubmitJob, GetJob and CancelJob
  grpc::Status get_status;         // of GetJob, where `by_name` has no answer
  std::vector<std::string> asked;  // names of GetJob and CancelJob; "pause NAME" and the like
  std::vector<v1::Job> jobs;       // what ListJobs answers, whatever the filter
  std::vector<int32_t> page_sizes;
  std::map<std::string, v1::Job> by_name;  // what GetJob answers before `job`
  std::vector<v1::ListJobsRequest> list_requests;
  std::vector<v1::UpdateJobRequest> updates;
  std::vector<std::string> deleted;
  std::vector<std::string> delete_etags;
  std::vector<v1::Hyperparameter> hyperparameters;
};

class FakeTraining : public v1::TrainingService::Service {
 public:
  using Stream = std::function<grpc::Status(const v1::WatchJobRequest&,
                                            grpc::ServerWriter<v1::TrainingEvent>&)>;

  grpc::Status WatchJob(grpc::ServerContext*, const v1::WatchJobRequest*,
                        grpc::ServerWriter<v1::TrainingEvent>*) override;

  std::vector<Stream> streams;  // one per call; more calls than streams are NOT_FOUND
  std::vector<v1::WatchJobRequest> requests;
};

class FakeHistory : public v1::HistoryService::Service {
 public:
  grpc::Status ListStepMetrics(grpc::ServerContext*, const v1::ListStepMetricsRequest*,
                               v1::ListStepMetricsResponse*) override;
  grpc::Status ListSamples(grpc::ServerContext*, const v1::ListSamplesRequest*,
                           v1::ListSamplesResponse*) override;
  grpc::Status ListEvaluations(grpc::ServerContext*, const v1::ListEvaluationsRequest*,
                               v1::ListEvaluationsResponse*) override;
  grpc::Status GetConfusions(grpc::ServerContext*, const v1::GetConfusionsRequest*,
                             v1::Confusions*) override;

  std::vector<v1::StepMetrics> steps;
  std::vector<v1::Evaluation> evaluations;
  v1::Confusions confusions;  // of samples
  v1::Confusions of_evaluation;
  std::vector<v1::GetConfusionsRequest> confusion_requests;
  std::vector<v1::Sample> samples;
  // For one job each; they win over the ones for all jobs.
  std::map<std::string, std::vector<v1::StepMetrics>> steps_of;
  std::map<std::string, std::vector<v1::Sample>> samples_of;
  std::vector<v1::ListStepMetricsRequest> metrics_requests;
  std::vector<v1::ListSamplesRequest> sample_requests;
};

// Answers every text with `text`, and text number n of a request with the embedding {n, its bytes}.
class FakeInference : public v1::InferenceService::Service {
 public:
  grpc::Status FakeText(grpc::ServerContext*, const v1::FakeTextRequest*,
                        v1::FakeTextResponse*) override;
  grpc::Status JudgeText(grpc::ServerContext*, const v1::JudgeTextRequest*,
                         v1::JudgeTextResponse*) override;
  grpc::Status EmbedText(grpc::ServerContext*, const v1::EmbedTextRequest*,
                         v1::EmbedTextResponse*) override;

  v1::JudgedText text;
  int64_t step = 0;
  std::vector<v1::FakeTextRequest> fakes;
  std::vector<v1::JudgeTextRequest> judgements;
  std::vector<v1::EmbedTextRequest> embeddings;
};

class FakeModels : public v1::ModelService::Service {
 public:
  grpc::Status ListModels(grpc::ServerContext*, const v1::ListModelsRequest*,
                          v1::ListModelsResponse*) override;
  grpc::Status GetModel(grpc::ServerContext*, const v1::GetModelRequest*, v1::Model*) override;
  grpc::Status ImportModel(grpc::ServerContext*, grpc::ServerReader<v1::ImportModelRequest>*,
                           v1::Model*) override;
  grpc::Status FetchModel(grpc::ServerContext*, const v1::FetchModelRequest*,
                          grpc::ServerWriter<v1::FetchModelResponse>*) override;
  grpc::Status DownloadModel(grpc::ServerContext*, const v1::DownloadModelRequest*,
                             grpc::ServerWriter<v1::DownloadModelResponse>*) override;
  grpc::Status DeleteModel(grpc::ServerContext*, const v1::DeleteModelRequest*,
                           google::protobuf::Empty*) override;

  std::vector<v1::Model> models;
  std::vector<std::string> deleted;
  std::vector<v1::ImportModelHeader> imports;
  std::vector<std::pair<v1::ModelFile, std::string>> imported;  // each file and its bytes
  std::vector<v1::FetchModelRequest> fetches;
  std::string fetch_refusal;  // a reason; empty: the model is fetched
  std::vector<v1::DownloadModelRequest> downloads;
  std::vector<v1::DownloadModelResponse> download;  // what each call sends
};

class FakeDaemon : public v1::DaemonService::Service {
 public:
  grpc::Status GetStatus(grpc::ServerContext*, const v1::GetStatusRequest*,
                         v1::DaemonStatus*) override;
  grpc::Status refusal;  // OK: answers normally
  v1::DaemonStatus status;
};

// Keeps the credentials of calls.
class FakeAccess : public v1::AccessService::Service {
 public:
  grpc::Status GetCaller(grpc::ServerContext*, const v1::GetCallerRequest*, v1::Caller*) override;
  grpc::Status CreateToken(grpc::ServerContext*, const v1::CreateTokenRequest*,
                           v1::CreateTokenResponse*) override;
  grpc::Status ListTokens(grpc::ServerContext*, const v1::ListTokensRequest*,
                          v1::ListTokensResponse*) override;
  grpc::Status RevokeToken(grpc::ServerContext*, const v1::RevokeTokenRequest*,
                           v1::Token*) override;

  std::string good = "electra_0123456789ab_good";  // the token that is known
  std::vector<std::string> authorizations;         // of GetCaller; empty where there was none
  v1::Caller caller;
  std::vector<v1::CreateTokenRequest> created;
  v1::Token token;
  std::vector<std::string> revoked;
};

class FakeServer {
 public:
  FakeServer();
  ~FakeServer();

  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  // Nobody listens at the address any more.
  void Stop();
  // Listens again, at the same address.
  void Start();

  FakeCorpora corpora;
  FakeJobs jobs;
  FakeTraining training;
  FakeHistory history;
  FakeInference inference;
  FakeModels models;
  FakeDaemon daemon;
  FakeAccess access;

 private:
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

// The status of a server that objects to fields, with a google.rpc.BadRequest.
grpc::Status BadRequestStatus(const std::string& message,
                              const std::vector<std::pair<std::string, std::string>>& violations);

}  // namespace electra::client
