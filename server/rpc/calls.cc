#include "server/rpc/calls.h"

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "electra/v1/job.pb.h"
#include "server/access/caller.h"
#include "server/access/owner.h"
#include "server/base/caught.h"
#include "server/base/errors.h"
#include "server/base/log.h"
#include "server/rpc/call_context.h"
#include "server/store/audits.h"

namespace electra::server {
namespace {

// How much of a name the audit keeps: a request may hold megabytes.
constexpr size_t kMostResource = 100;

// The resource that a message is about; empty where it has no such field.
std::string ResourceOf(const google::protobuf::Message& message) {
  // A created token's answer holds its secret besides the resource.
  if (const auto* created = dynamic_cast<const v1::CreateTokenResponse*>(&message)) {
    return created->token().name();
  }
  // AIP-134: an update holds the resource itself.
  if (const auto* update = dynamic_cast<const v1::UpdateJobRequest*>(&message)) {
    return update->job().name();
  }
  const google::protobuf::FieldDescriptor* field = message.GetDescriptor()->FindFieldByName("name");
  if (field == nullptr || field->is_repeated() ||
      field->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_STRING) {
    return "";
  }
  return message.GetReflection()->GetString(message, field);
}

// Gives the call an id, which its client gets too.
CallContext Identify(grpc::CallbackServerContext& context) {
  CallContext call = CallContextOf(context);
  context.AddInitialMetadata(kRequestIdHeader, call.request_id);
  return call;
}

}  // namespace

absl::StatusOr<Caller> Calls::Admit(grpc::CallbackServerContext& context,
                                    const google::protobuf::Descriptor& request) {
  const MethodPolicy policy = PolicyFor(request);
  const Credentials credentials = CredentialsOf(context);
  const CallContext call = Identify(context);
  absl::StatusOr<Caller> caller = gate_.Admit(credentials, policy);
  if (caller.ok()) caller->call = call;
  if (!caller.ok()) refusals_.Add(policy, credentials.peer, call, caller.status());
  return caller;
}

absl::StatusOr<StreamPermit> Calls::AdmitStream(grpc::CallbackServerContext& context,
                                                const google::protobuf::Descriptor& request) {
  const MethodPolicy policy = PolicyFor(request);
  const Credentials credentials = CredentialsOf(context);
  const CallContext call = Identify(context);
  absl::StatusOr<StreamPermit> permit = gate_.AdmitStream(credentials, policy);
  if (permit.ok()) permit->set_call(call);
  if (!permit.ok()) refusals_.Add(policy, credentials.peer, call, permit.status());
  return permit;
}

absl::Status Calls::Run(const Caller& caller, const google::protobuf::Message& request,
                        const google::protobuf::Message& response, const Work& work) {
  const LogScope scope(LogFieldsOf(caller.call));
  const MethodPolicy policy = PolicyFor(*request.GetDescriptor());
  if (policy.effect == Effect::kReads) return Caught([&] { return work(caller); });
  return RunAudited(caller, policy, ResourceOf(request), response, work);
}

absl::Status Calls::RunAudited(const Caller& caller, const MethodPolicy& policy,
                               const std::string& resource,
                               const google::protobuf::Message& response, const Work& work) {
  AuditRow row{.token = caller.token,
               .peer = caller.peer,
               .method = std::string(policy.method),
               .resource = resource.substr(0, kMostResource)};
  const bool makes_room = policy.effect == Effect::kMakesRoom;
  const OnFullDisk on_full = makes_room ? OnFullDisk::kUseReserve : OnFullDisk::kFail;
  int64_t audit = 0;
  const absl::Status noted = database_.Write(
      [&](Transaction& transaction) {
        row.resource = WholeName(transaction, row.resource);
        audit = InsertAudit(transaction, row);
        return absl::OkStatus();
      },
      on_full);
  // Where the record does not fit, work that makes room comes first.
  const bool is_late = makes_room && IsDiskFull(noted);
  if (!is_late) RETURN_IF_ERROR(noted);
  absl::Status status = Caught([&] { return work(caller); });
  // A created resource has its name only now.
  const std::string created = status.ok() ? ResourceOf(response) : "";
  const absl::Status completed = database_.Write(
      [&](Transaction& transaction) {
        if (is_late) audit = InsertAudit(transaction, row);
        CompleteAudit(transaction, audit, absl::StatusCodeToString(status.code()), created);
        return absl::OkStatus();
      },
      on_full);
  if (!completed.ok()) {
    Log(LogLevel::kError, "audit_incomplete",
        {{"method", row.method},
         {"token", row.token},
         {"resource", row.resource},
         {"outcome", absl::StatusCodeToString(status.code())},
         {"error", std::string(completed.message())}});
  }
  return status;
}

void UnaryCall::Start(std::function<absl::Status()> work) {
  const absl::Status posted =
      call_.Post([this, work = std::move(work)] { Finish(ToGrpcStatus(work())); });
  if (!posted.ok()) Finish(ToGrpcStatus(posted));
}

void UnaryCall::OnCancel() {
  if (call_.Leave()) Finish(ToGrpcStatus(ClientIsGone()));
}

}  // namespace electra::server
