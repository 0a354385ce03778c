#include "server/services/finetuning_service.h"

#include "core/base/status_macros.h"
#include "server/jobs/finetuning_message.h"

namespace electra::server {
namespace {

// The domain's answer as the call's.
absl::Status Answer(const absl::StatusOr<FinetuningRow>& row, v1::Finetuning* finetuning) {
  RETURN_IF_ERROR(row.status());
  *finetuning = ToProto(*row);
  return absl::OkStatus();
}

}  // namespace

grpc::ServerUnaryReactor* FinetuningService::CreateFinetuning(
    grpc::CallbackServerContext* context, const v1::CreateFinetuningRequest* request,
    v1::Finetuning* response) {
  return RunUnary(
      calls_, context, request, response,
      [=, this](const Caller& caller) {
        return Answer(server::CreateFinetuning(context_, caller, *request), response);
      },
      Length::kLong);
}

grpc::ServerUnaryReactor* FinetuningService::GetFinetuning(grpc::CallbackServerContext* context,
                                                           const v1::GetFinetuningRequest* request,
                                                           v1::Finetuning* response) {
  return RunUnary(calls_, context, request, response, [=, this] {
    return Answer(ReadFinetuning(context_.database, request->name()), response);
  });
}

grpc::ServerUnaryReactor* FinetuningService::CancelFinetuning(
    grpc::CallbackServerContext* context, const v1::CancelFinetuningRequest* request,
    v1::Finetuning* response) {
  return RunUnary(calls_, context, request, response, [=, this](const Caller& caller) {
    return Answer(server::CancelFinetuning(context_, caller, request->name()), response);
  });
}

grpc::ServerUnaryReactor* FinetuningService::DeleteFinetuning(
    grpc::CallbackServerContext* context, const v1::DeleteFinetuningRequest* request,
    google::protobuf::Empty* response) {
  return RunUnary(
      calls_, context, request, response,
      [=, this](const Caller& caller) {
        return RemoveFinetuning(context_, caller, request->name());
      },
      Length::kLong);
}

}  // namespace electra::server
