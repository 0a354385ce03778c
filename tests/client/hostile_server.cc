#include "tests/client/hostile_server.h"

#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>
#include <grpcpp/support/byte_buffer.h>

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "gtest/gtest.h"

namespace electra::client {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// Messages that hold themselves (google.protobuf.Value) end somewhere.
constexpr int kDeepest = 5;

void Fill(const Hostility& hostility, int depth, Message& message);

void FillField(const Hostility& hostility, int depth, const FieldDescriptor& field,
               Message& message) {
  const Reflection& reflection = *message.GetReflection();
  const auto set = [&](auto add, auto set_one, auto value) {
    if (field.is_repeated()) {
      (reflection.*add)(&message, &field, value);
    } else {
      (reflection.*set_one)(&message, &field, value);
    }
  };
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return set(&Reflection::AddInt32, &Reflection::SetInt32,
                 static_cast<int32_t>(std::clamp<int64_t>(hostility.number, INT32_MIN, INT32_MAX)));
    case FieldDescriptor::CPPTYPE_INT64:
      return set(&Reflection::AddInt64, &Reflection::SetInt64, hostility.number);
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return set(&Reflection::AddDouble, &Reflection::SetDouble, hostility.real);
    case FieldDescriptor::CPPTYPE_FLOAT:
      return set(&Reflection::AddFloat, &Reflection::SetFloat, static_cast<float>(hostility.real));
    case FieldDescriptor::CPPTYPE_BOOL:
      return set(&Reflection::AddBool, &Reflection::SetBool, true);
    case FieldDescriptor::CPPTYPE_ENUM:
      return set(&Reflection::AddEnumValue, &Reflection::SetEnumValue, hostility.choice);
    case FieldDescriptor::CPPTYPE_STRING:
      return set(&Reflection::AddString, &Reflection::SetString, hostility.text);
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return Fill(hostility, depth + 1,
                  field.is_repeated() ? *reflection.AddMessage(&message, &field)
                                      : *reflection.MutableMessage(&message, &field));
    default:
      ADD_FAILURE() << "no kind of field is like " << field.full_name();
  }
}

void Fill(const Hostility& hostility, int depth, Message& message) {
  const google::protobuf::Descriptor& descriptor = *message.GetDescriptor();
  if (depth > kDeepest) return;
  for (int i = 0; i < descriptor.field_count(); ++i) {
    const FieldDescriptor& field = *descriptor.field(i);
    const google::protobuf::OneofDescriptor* oneof = field.real_containing_oneof();
    if (oneof != nullptr && field.index_in_oneof() != hostility.choice % oneof->field_count())
      continue;
    // Two of each, except one entry of a map, whose keys are equal.
    for (int n = field.is_repeated() && !field.is_map() ? 2 : 1; n > 0; --n) {
      FillField(hostility, depth, field, message);
    }
  }
}

grpc::Status Refusal(const Hostility& hostility) {
  if (hostility.code == grpc::StatusCode::OK) return grpc::Status::OK;
  google::rpc::BadRequest bad_request;
  google::rpc::ErrorInfo info;
  Fill(hostility, 0, bad_request);
  Fill(hostility, 0, info);
  google::rpc::Status status;
  status.set_code(static_cast<int>(hostility.code));
  status.set_message(hostility.text);
  status.add_details()->PackFrom(bad_request);
  status.add_details()->PackFrom(info);
  return {hostility.code, hostility.text, status.SerializeAsString()};
}

// "/electra.v1.JobService/GetJob" of a call.
const google::protobuf::MethodDescriptor* MethodOf(std::string path) {
  path.erase(0, 1);
  std::replace(path.begin(), path.end(), '/', '.');
  return google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(path);
}

// A stream has one message for each field of a oneof, with numbers that grow.
std::vector<grpc::ByteBuffer> Answers(const Hostility& hostility, const std::string& path) {
  constexpr int kOfStream = 10;
  std::vector<grpc::ByteBuffer> answers;
  const google::protobuf::MethodDescriptor* method = MethodOf(path);
  if (method == nullptr || hostility.code != grpc::StatusCode::OK) return answers;
  const Message* prototype =
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(method->output_type());
  const int count = method->server_streaming() ? kOfStream : 1;
  for (int i = 0; i < count; ++i) {
    const std::unique_ptr<Message> answer(prototype->New());
    Hostility one = hostility;
    if (count > 1) one.choice = i;
    if (one.number > count) one.number -= count - i;
    Fill(one, 0, *answer);
    const grpc::Slice slice(answer->SerializeAsString());
    answers.emplace_back(&slice, 1);
  }
  return answers;
}

}  // namespace

// Reads what the client sends to its end, then answers.
class HostileServer::Call : public grpc::ServerGenericBidiReactor {
 public:
  Call(std::vector<grpc::ByteBuffer> answers, grpc::Status status)
      : answers_(std::move(answers)), status_(std::move(status)) {
    StartRead(&request_);
  }

  void OnReadDone(bool ok) override {
    if (ok) {
      StartRead(&request_);
    } else {
      AnswerNext();
    }
  }
  void OnWriteDone(bool) override { AnswerNext(); }
  void OnDone() override {}

 private:
  void AnswerNext() {
    if (next_ < answers_.size()) {
      StartWrite(&answers_[next_++]);
    } else {
      Finish(status_);
    }
  }

  grpc::ByteBuffer request_;
  std::vector<grpc::ByteBuffer> answers_;
  size_t next_ = 0;
  const grpc::Status status_;
};

HostileServer::HostileServer(Hostility hostility) : hostility_(std::move(hostility)) {
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
  builder.RegisterCallbackGenericService(this);
  server_ = builder.BuildAndStart();
}

HostileServer::~HostileServer() {
  server_->Shutdown(std::chrono::system_clock::now());
  server_->Wait();
}

grpc::ServerGenericBidiReactor* HostileServer::CreateReactor(
    grpc::GenericCallbackServerContext* context) {
  const absl::MutexLock lock(&mutex_);
  calls_.push_back(
      std::make_unique<Call>(Answers(hostility_, context->method()), Refusal(hostility_)));
  return calls_.back().get();
}

}  // namespace electra::client
