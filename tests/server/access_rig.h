// A daemon that needs tokens, and calls with them over a real port.
#pragma once

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/base/sha256.h"
#include "electra/v1/access.grpc.pb.h"
#include "electra/v1/corpus.grpc.pb.h"
#include "electra/v1/job.grpc.pb.h"
#include "electra/v1/training.grpc.pb.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "server/access/token_admin.h"
#include "server/daemon.h"
#include "tests/server/fake_trainer.h"
#include "tests/temporary_folder.h"

namespace electra::server {

// Every method that is linked into this program.
inline std::vector<const google::protobuf::MethodDescriptor*> AllMethods() {
  std::vector<std::string> files;
  google::protobuf::DescriptorPool::internal_generated_database()->FindAllFileNames(&files);
  std::vector<const google::protobuf::MethodDescriptor*> methods;
  for (const std::string& name : files) {
    if (name.rfind("electra/", 0) != 0) continue;
    const auto* file = google::protobuf::DescriptorPool::generated_pool()->FindFileByName(name);
    for (int i = 0; i < file->service_count(); ++i) {
      for (int j = 0; j < file->service(i)->method_count(); ++j) {
        methods.push_back(file->service(i)->method(j));
      }
    }
  }
  return methods;
}

// "JobService/SubmitJob".
inline std::string ShortName(const google::protobuf::MethodDescriptor& method) {
  return method.service()->name() + "/" + method.name();
}

// The google.rpc.ErrorInfo that a refusal carries: its code, and values that are in its sentence.
// Empty where there is none.
inline google::rpc::ErrorInfo InfoOf(const grpc::Status& status) {
  google::rpc::Status details;
  google::rpc::ErrorInfo info;
  if (!details.ParseFromString(status.error_details()) || details.details_size() == 0 ||
      !details.details(0).UnpackTo(&info)) {
    return {};
  }
  EXPECT_EQ(info.domain(), "electra");
  EXPECT_NE(info.reason(),
            absl::StatusCodeToString(static_cast<absl::StatusCode>(status.error_code())))
      << status.error_message();
  for (const auto& [name, value] : info.metadata()) {
    if (name.find('.') != std::string::npos) continue;  // of a sentence within the sentence
    EXPECT_NE(status.error_message().find(value), std::string::npos) << name << ": " << value;
  }
  return info;
}
inline std::string Reason(const grpc::Status& status) { return InfoOf(status).reason(); }

inline void WriteFile(const std::filesystem::path& path, const std::string& text) {
  const std::filesystem::path unfinished = path.string() + ".new";
  std::ofstream(unfinished) << text;
  std::filesystem::rename(unfinished, path);
}

class AccessTest : public ::testing::Test {
 protected:
  void Start(DaemonOptions options = {.demand_tokens = true}) {
    daemon_.reset();
    options.data_dir = folder_.path();
    options.listen = "127.0.0.1:0";
    auto trainer = std::make_unique<FakeTrainer>();
    trainer_ = trainer.get();
    auto daemon = Daemon::Start(options, std::move(trainer));
    ASSERT_TRUE(daemon.ok()) << daemon.status();
    daemon_ = *std::move(daemon);
    channel_ = grpc::CreateChannel(daemon_->address(), grpc::InsecureChannelCredentials());
  }

  // As `electrad token create` does it: before the daemon starts.
  std::string Create(const TokenRow& wanted) {
    const auto database = Database::Open(folder_.path() / "electrad.db");
    EXPECT_TRUE(database.ok()) << database.status();
    const absl::StatusOr<NewToken> token = CreateToken(**database, wanted);
    EXPECT_TRUE(token.ok()) << token.status();
    return token->secret;
  }

  static void SetToken(grpc::ClientContext& context, const std::string& token) {
    if (!token.empty()) context.AddMetadata("authorization", "Bearer " + token);
  }

  template <typename Stub, typename Request, typename Response>
  grpc::Status Call(const std::string& token,
                    grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                    const Request& request, Response* response) {
    grpc::ClientContext context;
    SetToken(context, token);
    Stub stub(channel_);
    return (stub.*method)(&context, request, response);
  }

  // One empty message to a method, of whichever kind it is.
  grpc::Status CallEmpty(const std::string& token, const std::string& method) {
    grpc::ClientContext context;
    SetToken(context, token);
    grpc::CompletionQueue queue;
    grpc::GenericStub stub(channel_);
    const grpc::ByteBuffer empty(nullptr, 0);
    const std::string path =
        method.front() == '/' ? method : "/electra.v1." + method;  // a foreign one has a whole path
    const auto call = stub.PrepareUnaryCall(&context, path, empty, &queue);
    call->StartCall();
    grpc::ByteBuffer answer;
    grpc::Status status;
    call->Finish(&answer, &status, this);
    void* tag = nullptr;
    bool ok = false;
    EXPECT_TRUE(queue.Next(&tag, &ok));
    return status;
  }

  grpc::Status Upload(const std::string& token, const std::string& text, std::string* name) {
    return UploadBytes(token, text, text.size(), name);
  }

  // An upload that ends after half of its bytes.
  grpc::StatusCode Break(const std::string& token, const std::string& text) {
    std::string name;
    return UploadBytes(token, text, text.size() / 2, &name).error_code();
  }

  // Announces the whole text and sends this many bytes of it.
  grpc::Status UploadBytes(const std::string& token, const std::string& text, size_t bytes,
                           std::string* name) {
    return UploadAs(token, text, static_cast<int64_t>(text.size()), text.substr(0, bytes), name);
  }

  // Announces the text's digest with another size, and sends other bytes.
  grpc::Status UploadAs(const std::string& token, const std::string& text, int64_t announced,
                        const std::string& sent, std::string* name,
                        v1::OnInvalidText on_invalid = v1::ON_INVALID_TEXT_UNSPECIFIED) {
    grpc::ClientContext context;
    SetToken(context, token);
    v1::Corpus corpus;
    const auto stub = v1::CorpusService::NewStub(channel_);
    const auto writer = stub->UploadCorpus(&context, &corpus);
    v1::UploadCorpusRequest request;
    request.mutable_header()->set_file_name("books.txt");
    request.mutable_header()->set_size_bytes(announced);
    request.mutable_header()->set_sha256(Sha256Hex(text));
    request.mutable_header()->set_on_invalid(on_invalid);
    writer->Write(request);
    if (!sent.empty()) {
      request.mutable_chunk()->set_data(sent);
      writer->Write(request);
    }
    writer->WritesDone();
    const grpc::Status status = writer->Finish();
    *name = corpus.name();
    return status;
  }

  grpc::Status Submit(const std::string& token, const std::string& corpus, v1::Job* job,
                      const std::string& request_id = "", const std::string& vocabulary = "") {
    v1::SubmitJobRequest request;
    request.set_vocabulary(vocabulary);
    request.set_corpus(corpus);
    request.set_model("models/tiny");
    request.set_request_id(request_id);
    auto& fields = *request.mutable_hyperparameters()->mutable_fields();
    fields["max_steps"].set_number_value(6);
    fields["batch_size"].set_number_value(1);
    return Call(token, &v1::JobService::Stub::SubmitJob, request, job);
  }

  grpc::Status Cancel(const std::string& token, const std::string& job) {
    return Change(token, &v1::JobService::Stub::CancelJob, job);
  }
  // The same for PauseJob, ResumeJob and RetryJob.
  template <typename Request>
  grpc::Status Change(const std::string& token,
                      grpc::Status (v1::JobService::Stub::*method)(grpc::ClientContext*,
                                                                   const Request&, v1::Job*),
                      const std::string& job) {
    Request request;
    request.set_name(job);
    v1::Job answer;
    return Call(token, method, request, &answer);
  }

  grpc::Status Delete(const std::string& token, const std::string& job) {
    v1::DeleteJobRequest request;
    request.set_name(job);
    google::protobuf::Empty nothing;
    return Call(token, &v1::JobService::Stub::DeleteJob, request, &nothing);
  }

  // Until the job has ended.
  void WatchToEnd(const std::string& token, const std::string& job) {
    int64_t last_step = 0;
    EXPECT_TRUE(Watch(
                    token, job, 0, [] {}, &last_step)
                    .ok());
  }

  // Names of the entries in a folder of the data folder.
  std::vector<std::string> FilesIn(const std::string& folder) const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path() / folder)) {
      names.push_back(entry.path().filename().string());
    }
    return names;
  }

  // Reads up to the step, then calls `then`, then reads to the end; gives up after a minute.
  grpc::Status Watch(const std::string& token, const std::string& job, int64_t step,
                     const std::function<void()>& then, int64_t* last_step) {
    grpc::ClientContext context;
    SetToken(context, token);
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::minutes(1));
    v1::WatchJobRequest request;
    request.set_name(job);
    const auto stub = v1::TrainingService::NewStub(channel_);
    const auto reader = stub->WatchJob(&context, request);
    v1::TrainingEvent event;
    while (reader->Read(&event)) {
      if (!event.has_step()) continue;
      *last_step = event.step().step();
      if (*last_step == step) then();
    }
    return reader->Finish();
  }

  TemporaryFolder folder_;
  FakeTrainer* trainer_ = nullptr;  // the daemon's
  std::unique_ptr<Daemon> daemon_;
  std::shared_ptr<grpc::Channel> channel_;
};

}  // namespace electra::server
