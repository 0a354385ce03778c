// electra.v1.CorpusService. Thread-safe.
#pragma once

#include "electra/v1/corpus.grpc.pb.h"
#include "server/corpora/upload.h"
#include "server/rpc/calls.h"

namespace electra::server {

class CorpusService : public v1::CorpusService::CallbackService {
 public:
  // All must outlive the service.
  CorpusService(const UploadContext& uploads, Calls& calls) : uploads_(uploads), calls_(calls) {}

  grpc::ServerUnaryReactor* GetUpload(grpc::CallbackServerContext* context,
                                      const v1::GetUploadRequest* request,
                                      v1::Upload* response) override;
  grpc::ServerReadReactor<v1::UploadCorpusRequest>* UploadCorpus(
      grpc::CallbackServerContext* context, v1::Corpus* response) override;
  grpc::ServerUnaryReactor* GetCorpus(grpc::CallbackServerContext* context,
                                      const v1::GetCorpusRequest* request,
                                      v1::Corpus* response) override;
  grpc::ServerUnaryReactor* ListCorpora(grpc::CallbackServerContext* context,
                                        const v1::ListCorporaRequest* request,
                                        v1::ListCorporaResponse* response) override;
  grpc::ServerUnaryReactor* DeleteCorpus(grpc::CallbackServerContext* context,
                                         const v1::DeleteCorpusRequest* request,
                                         google::protobuf::Empty* response) override;

 private:
  const UploadContext uploads_;
  Calls& calls_;
};

}  // namespace electra::server
