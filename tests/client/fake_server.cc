#include "tests/client/fake_server.h"

#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>

#include <algorithm>
#include <chrono>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace electra::client {

grpc::Status FakeCorpora::GetUpload(grpc::ServerContext*, const v1::GetUploadRequest*,
                                    v1::Upload* upload) {
  upload->set_received_bytes(static_cast<int64_t>(content.size()));
  if (!stored.name().empty()) *upload->mutable_corpus() = stored;
  return grpc::Status::OK;
}

grpc::Status FakeCorpora::UploadCorpus(grpc::ServerContext*,
                                       grpc::ServerReader<v1::UploadCorpusRequest>* reader,
                                       v1::Corpus* corpus) {
  v1::UploadCorpusRequest request;
  if (!reader->Read(&request) || !request.has_header()) {
    return {grpc::StatusCode::INVALID_ARGUMENT, "no header"};
  }
  headers.push_back(request.header());
  if (!upload_status.ok()) return upload_status;
  if (damages_what_it_kept && !content.empty()) {
    content.clear();
    return {grpc::StatusCode::DATA_LOSS, "its SHA-256 differs"};
  }
  while (reader->Read(&request)) {
    if (request.chunk().offset() != static_cast<int64_t>(content.size())) {
      return {grpc::StatusCode::INVALID_ARGUMENT, "chunks out of order"};
    }
    content += request.chunk().data();
    chunk_sizes.push_back(static_cast<int64_t>(request.chunk().data().size()));
    if (!breaks.empty() && static_cast<int64_t>(content.size()) >= breaks.front()) {
      breaks.erase(breaks.begin());
      return {grpc::StatusCode::UNAVAILABLE, "leaving"};
    }
  }
  corpus->set_name("corpora/c1");
  corpus->set_file_name(headers.back().file_name());
  corpus->set_sample_count(3);
  return grpc::Status::OK;
}

grpc::Status FakeCorpora::GetCorpus(grpc::ServerContext*, const v1::GetCorpusRequest* request,
                                    v1::Corpus* response) {
  for (const v1::Corpus& corpus : corpora) {
    if (corpus.name() != request->name()) continue;
    *response = corpus;
    return grpc::Status::OK;
  }
  return {grpc::StatusCode::NOT_FOUND, "there is no corpus " + request->name()};
}

grpc::Status FakeCorpora::ListCorpora(grpc::ServerContext*, const v1::ListCorporaRequest*,
                                      v1::ListCorporaResponse* response) {
  response->mutable_corpora()->Add(corpora.begin(), corpora.end());
  return grpc::Status::OK;
}

grpc::Status FakeCorpora::DeleteCorpus(grpc::ServerContext*, const v1::DeleteCorpusRequest* request,
                                       google::protobuf::Empty*) {
  deleted.push_back(request->name());
  return grpc::Status::OK;
}

grpc::Status FakeJobs::SubmitJob(grpc::ServerContext*, const v1::SubmitJobRequest* request,
                                 v1::Job* answer) {
  submitted.push_back(*request);
  *answer = job;
  return submitted.size() <= submit_statuses.size() ? submit_statuses[submitted.size() - 1]
                                                    : grpc::Status::OK;
}

grpc::Status FakeJobs::EstimateJob(grpc::ServerContext*, const v1::EstimateJobRequest* request,
                                   v1::JobEstimate* response) {
  estimated.push_back(*request);
  *response = estimate;
  return estimated.size() <= estimate_statuses.size() ? estimate_statuses[estimated.size() - 1]
                                                      : grpc::Status::OK;
}

grpc::Status FakeJobs::GetJob(grpc::ServerContext*, const v1::GetJobRequest* request,
                              v1::Job* answer) {
  asked.push_back(request->name());
  const auto known = by_name.find(request->name());
  *answer = known == by_name.end() ? job : known->second;
  return known == by_name.end() ? get_status : grpc::Status::OK;
}

grpc::Status FakeJobs::ListJobs(grpc::ServerContext*, const v1::ListJobsRequest* request,
                                v1::ListJobsResponse* response) {
  page_sizes.push_back(request->page_size());
  list_requests.push_back(*request);
  const size_t first = request->page_token().empty() ? 0 : std::stoul(request->page_token());
  const size_t last = std::min(jobs.size(), first + static_cast<size_t>(request->page_size()));
  for (size_t i = first; i < last; ++i) *response->add_jobs() = jobs[i];
  if (last < jobs.size()) response->set_next_page_token(std::to_string(last));
  return grpc::Status::OK;
}

grpc::Status FakeJobs::CancelJob(grpc::ServerContext*, const v1::CancelJobRequest* request,
                                 v1::Job* answer) {
  asked.push_back(request->name());
  *answer = job;
  return grpc::Status::OK;
}

grpc::Status FakeJobs::UpdateJob(grpc::ServerContext*, const v1::UpdateJobRequest* request,
                                 v1::Job* answer) {
  updates.push_back(*request);
  *answer = request->job();
  return grpc::Status::OK;
}

grpc::Status FakeJobs::DeleteJob(grpc::ServerContext*, const v1::DeleteJobRequest* request,
                                 google::protobuf::Empty*) {
  deleted.push_back(request->name());
  delete_etags.push_back(request->etag());
  return grpc::Status::OK;
}

grpc::Status FakeJobs::PauseJob(grpc::ServerContext*, const v1::PauseJobRequest* request,
                                v1::Job* answer) {
  asked.push_back("pause " + request->name());
  *answer = job;
  return grpc::Status::OK;
}

grpc::Status FakeJobs::ResumeJob(grpc::ServerContext*, const v1::ResumeJobRequest* request,
                                 v1::Job* answer) {
  asked.push_back("resume " + request->name());
  *answer = job;
  return grpc::Status::OK;
}

grpc::Status FakeJobs::RetryJob(grpc::ServerContext*, const v1::RetryJobRequest* request,
                                v1::Job* answer) {
  asked.push_back("retry " + request->name());
  *answer = job;
  return grpc::Status::OK;
}

grpc::Status FakeJobs::ListHyperparameters(grpc::ServerContext*,
                                           const v1::ListHyperparametersRequest*,
                                           v1::ListHyperparametersResponse* response) {
  response->mutable_hyperparameters()->Add(hyperparameters.begin(), hyperparameters.end());
  return grpc::Status::OK;
}

grpc::Status FakeTraining::WatchJob(grpc::ServerContext*, const v1::WatchJobRequest* request,
                                    grpc::ServerWriter<v1::TrainingEvent>* writer) {
  requests.push_back(*request);
  if (requests.size() > streams.size()) return {grpc::StatusCode::NOT_FOUND, "no stream is left"};
  return streams[requests.size() - 1](*request, *writer);
}

grpc::Status FakeHistory::ListStepMetrics(grpc::ServerContext*,
                                          const v1::ListStepMetricsRequest* request,
                                          v1::ListStepMetricsResponse* response) {
  metrics_requests.push_back(*request);
  const auto own = steps_of.find(request->parent());
  const std::vector<v1::StepMetrics>& rows = own == steps_of.end() ? steps : own->second;
  response->mutable_steps()->Add(rows.begin(), rows.end());
  return grpc::Status::OK;
}

grpc::Status FakeHistory::ListSamples(grpc::ServerContext*, const v1::ListSamplesRequest* request,
                                      v1::ListSamplesResponse* response) {
  sample_requests.push_back(*request);
  const auto own = samples_of.find(request->parent());
  const std::vector<v1::Sample>& rows = own == samples_of.end() ? samples : own->second;
  response->mutable_samples()->Add(rows.begin(), rows.end());
  return grpc::Status::OK;
}

grpc::Status FakeHistory::ListEvaluations(grpc::ServerContext*, const v1::ListEvaluationsRequest*,
                                          v1::ListEvaluationsResponse* response) {
  response->mutable_evaluations()->Add(evaluations.begin(), evaluations.end());
  return grpc::Status::OK;
}

grpc::Status FakeHistory::GetConfusions(grpc::ServerContext*,
                                        const v1::GetConfusionsRequest* request,
                                        v1::Confusions* response) {
  confusion_requests.push_back(*request);
  *response = request->source() == v1::CONFUSION_SOURCE_SAMPLES ? confusions : of_evaluation;
  response->set_source(request->source());
  return grpc::Status::OK;
}

grpc::Status FakeInference::FakeText(grpc::ServerContext*, const v1::FakeTextRequest* request,
                                     v1::FakeTextResponse* response) {
  fakes.push_back(*request);
  for (int i = 0; i < request->texts_size(); ++i) *response->add_texts() = text;
  response->set_step(step);
  return grpc::Status::OK;
}

grpc::Status FakeInference::JudgeText(grpc::ServerContext*, const v1::JudgeTextRequest* request,
                                      v1::JudgeTextResponse* response) {
  judgements.push_back(*request);
  for (int i = 0; i < request->texts_size(); ++i) *response->add_texts() = text;
  response->set_step(step);
  return grpc::Status::OK;
}

grpc::Status FakeInference::EmbedText(grpc::ServerContext*, const v1::EmbedTextRequest* request,
                                      v1::EmbedTextResponse* response) {
  embeddings.push_back(*request);
  for (int i = 0; i < request->texts_size(); ++i) {
    v1::TextEmbedding* embedding = response->add_embeddings();
    embedding->add_values(static_cast<float>(i));
    embedding->add_values(static_cast<float>(request->texts(i).size()));
    embedding->set_truncated(request->texts(i) == "long");
  }
  response->set_step(step);
  return grpc::Status::OK;
}

grpc::Status FakeModels::ListModels(grpc::ServerContext*, const v1::ListModelsRequest*,
                                    v1::ListModelsResponse* response) {
  response->mutable_models()->Add(models.begin(), models.end());
  return grpc::Status::OK;
}

grpc::Status FakeModels::GetModel(grpc::ServerContext*, const v1::GetModelRequest* request,
                                  v1::Model* response) {
  for (const v1::Model& model : models) {
    if (model.name() != request->name()) continue;
    *response = model;
    return grpc::Status::OK;
  }
  return {grpc::StatusCode::NOT_FOUND, "there is no model " + request->name()};
}

grpc::Status FakeModels::ImportModel(grpc::ServerContext*,
                                     grpc::ServerReader<v1::ImportModelRequest>* reader,
                                     v1::Model* response) {
  for (v1::ImportModelRequest request; reader->Read(&request);) {
    if (request.has_header()) imports.push_back(request.header());
    if (request.has_file()) imported.emplace_back(request.file(), "");
    if (request.has_chunk()) imported.back().second += request.chunk().data();
  }
  response->set_name(imports.back().name());
  response->add_notes("a note");
  return grpc::Status::OK;
}

grpc::Status FakeModels::FetchModel(grpc::ServerContext*, const v1::FetchModelRequest* request,
                                    grpc::ServerWriter<v1::FetchModelResponse>* writer) {
  fetches.push_back(*request);
  if (!fetch_refusal.empty()) {
    google::rpc::ErrorInfo info;
    info.set_reason(fetch_refusal);
    info.set_domain("electra");
    google::rpc::Status details;
    details.add_details()->PackFrom(info);
    return {grpc::StatusCode::FAILED_PRECONDITION, "no hub", details.SerializeAsString()};
  }
  v1::FetchModelResponse response;
  response.mutable_progress()->set_file("discriminator/model.safetensors");
  response.mutable_progress()->set_received_bytes(512);
  response.mutable_progress()->set_size_bytes(1024);
  writer->Write(response);
  response.mutable_model()->set_name(request->name().empty() ? "models/org--small"
                                                             : request->name());
  response.mutable_model()->add_notes("a note");
  writer->Write(response);
  return grpc::Status::OK;
}

grpc::Status FakeModels::DownloadModel(grpc::ServerContext*,
                                       const v1::DownloadModelRequest* request,
                                       grpc::ServerWriter<v1::DownloadModelResponse>* writer) {
  downloads.push_back(*request);
  for (const v1::DownloadModelResponse& response : download) writer->Write(response);
  return grpc::Status::OK;
}

grpc::Status FakeModels::DeleteModel(grpc::ServerContext*, const v1::DeleteModelRequest* request,
                                     google::protobuf::Empty*) {
  deleted.push_back(request->name());
  return grpc::Status::OK;
}

grpc::Status FakeDaemon::GetStatus(grpc::ServerContext*, const v1::GetStatusRequest*,
                                   v1::DaemonStatus* response) {
  *response = status;
  return refusal;
}

grpc::Status FakeAccess::GetCaller(grpc::ServerContext* context, const v1::GetCallerRequest*,
                                   v1::Caller* response) {
  const auto header = context->client_metadata().find("authorization");
  authorizations.push_back(header == context->client_metadata().end()
                               ? ""
                               : std::string(header->second.data(), header->second.size()));
  if (authorizations.back() != "Bearer " + good) {
    return {grpc::StatusCode::UNAUTHENTICATED, "the token is not one that this server gave"};
  }
  *response = caller;
  return grpc::Status::OK;
}

grpc::Status FakeAccess::CreateToken(grpc::ServerContext*, const v1::CreateTokenRequest* request,
                                     v1::CreateTokenResponse* response) {
  created.push_back(*request);
  *response->mutable_token() = token;
  response->set_secret(good);
  return grpc::Status::OK;
}

grpc::Status FakeAccess::ListTokens(grpc::ServerContext*, const v1::ListTokensRequest*,
                                    v1::ListTokensResponse* response) {
  *response->add_tokens() = token;
  return grpc::Status::OK;
}

grpc::Status FakeAccess::RevokeToken(grpc::ServerContext*, const v1::RevokeTokenRequest* request,
                                     v1::Token* response) {
  revoked.push_back(request->name());
  *response = token;
  return grpc::Status::OK;
}

FakeServer::FakeServer() { Start(); }

void FakeServer::Start() {
  grpc::ServerBuilder builder;
  builder.AddListeningPort(address(), grpc::InsecureServerCredentials(), &port_);
  for (grpc::Service* service : std::initializer_list<grpc::Service*>{
           &corpora, &jobs, &training, &history, &inference, &models, &daemon, &access}) {
    builder.RegisterService(service);
  }
  server_ = builder.BuildAndStart();
}

FakeServer::~FakeServer() { Stop(); }

void FakeServer::Stop() {
  if (server_ == nullptr) return;
  server_->Shutdown(std::chrono::system_clock::now());
  server_->Wait();
  server_ = nullptr;
}

grpc::Status BadRequestStatus(const std::string& message,
                              const std::vector<std::pair<std::string, std::string>>& violations) {
  google::rpc::BadRequest bad_request;
  for (const auto& [field, description] : violations) {
    auto& violation = *bad_request.add_field_violations();
    violation.set_field(field);
    violation.set_description(description);
  }
  google::rpc::Status status;
  status.set_code(static_cast<int>(grpc::StatusCode::INVALID_ARGUMENT));
  status.set_message(message);
  status.add_details()->PackFrom(bad_request);
  return {grpc::StatusCode::INVALID_ARGUMENT, message, status.SerializeAsString()};
}

}  // namespace electra::client
