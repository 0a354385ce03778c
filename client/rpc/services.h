// The stubs of a channel, one per service: for streams and asynchronous calls. Unary calls go
// through Connection::Call().
//
// Thread-safe, as stubs are. Ownership: owns the stubs, which own the channel.
#pragma once

#include <grpcpp/channel.h>

#include <memory>

#include "electra/v1/access.grpc.pb.h"
#include "electra/v1/corpus.grpc.pb.h"
#include "electra/v1/daemon.grpc.pb.h"
#include "electra/v1/finetuning.grpc.pb.h"
#include "electra/v1/history.grpc.pb.h"
#include "electra/v1/inference.grpc.pb.h"
#include "electra/v1/job.grpc.pb.h"
#include "electra/v1/model.grpc.pb.h"
#include "electra/v1/training.grpc.pb.h"

namespace electra::client {

struct Services {
  explicit Services(const std::shared_ptr<grpc::Channel>& channel)
      : channel(channel),
        access(v1::AccessService::NewStub(channel)),
        corpora(v1::CorpusService::NewStub(channel)),
        daemon(v1::DaemonService::NewStub(channel)),
        tuning(v1::FinetuningService::NewStub(channel)),
        history(v1::HistoryService::NewStub(channel)),
        inference(v1::InferenceService::NewStub(channel)),
        jobs(v1::JobService::NewStub(channel)),
        models(v1::ModelService::NewStub(channel)),
        training(v1::TrainingService::NewStub(channel)) {}

  const std::shared_ptr<grpc::Channel> channel;
  const std::unique_ptr<v1::AccessService::Stub> access;
  const std::unique_ptr<v1::CorpusService::Stub> corpora;
  const std::unique_ptr<v1::DaemonService::Stub> daemon;
  const std::unique_ptr<v1::FinetuningService::Stub> tuning;
  const std::unique_ptr<v1::HistoryService::Stub> history;
  const std::unique_ptr<v1::InferenceService::Stub> inference;
  const std::unique_ptr<v1::JobService::Stub> jobs;
  const std::unique_ptr<v1::ModelService::Stub> models;
  const std::unique_ptr<v1::TrainingService::Stub> training;
};

}  // namespace electra::client
