// A stream that a client sends and that ends in one answer: through the gate, as long work, with
// its row in the audit.
//
//   return ReceiveStream<v1::UploadCorpusRequest, CorpusUpload>(
//       calls_, context, response,
//       [=, this](const Caller& caller) { return std::make_unique<CorpusUpload>(caller, ...); },
//       [](CorpusUpload& upload, v1::Corpus* corpus) -> absl::Status { ... upload.Store() ... });
//
// Thread-safe: gRPC and the executors make one step of a stream at a time.
#pragma once

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/status_macros.h"
#include "server/base/caught.h"
#include "server/base/errors.h"
#include "server/rpc/calls.h"
#include "server/rpc/to_grpc_status.h"

namespace electra::server {

// Reads one message, takes it in as long work, and reads the next when that is done: at most one
// message of a stream is in memory. `Receiver` has Receive(const Request&); its destructor removes
// received data that was not stored.
template <typename Request, typename Receiver, typename Response>
class ReceivingStream : public grpc::ServerReadReactor<Request> {
 public:
  using Store = std::function<absl::Status(Receiver&, Response*)>;

  ReceivingStream(StreamPermit permit, std::unique_ptr<Receiver> receiver, Store store,
                  Calls& calls, Response* response)
      : permit_(std::move(permit)),
        receiver_(std::move(receiver)),
        store_(std::move(store)),
        calls_(calls),
        work_(calls.executor(Length::kLong), permit_.caller().token),
        end_(calls.executor(Length::kShort), permit_.caller().token),
        response_(response) {
    this->StartRead(&request_);
  }

 private:
  void OnReadDone(bool ok) override {
    // `ok` is false at the end of the stream, and also when the client went away in the middle:
    // then bytes are missing.
    const absl::Status posted = work_.Post([this, ok] {
      if (ok) {
        Receive();
      } else {
        Complete([this]() -> absl::Status {
          RETURN_IF_ERROR(permit_.Check());
          return store_(*receiver_, response_);
        });
      }
    });
    if (!posted.ok()) EndAsShortWork(posted);
  }

  void OnCancel() override {
    if (work_.Leave()) EndAsShortWork(ClientIsGone());
  }

  void Receive() {
    calls_.CountReceived(request_.ByteSizeLong());
    absl::Status status = permit_.Check();
    if (status.ok()) status = Caught([this] { return receiver_->Receive(request_); });
    if (status.ok()) {
      this->StartRead(&request_);
    } else {
      Complete([&status] { return status; });
    }
  }

  // A stream without a place among long work ends without waiting for one, and gRPC's thread does
  // not wait for a disk.
  void EndAsShortWork(const absl::Status& status) {
    const absl::Status posted = end_.Post([this, status] { Complete([&] { return status; }); });
    if (!posted.ok()) End(status);
  }

  // A stream that is refused in the middle is in the audit too: some of its bytes may be stored
  // already.
  void Complete(const std::function<absl::Status()>& work) {
    End(calls_.Run(permit_.caller(), request_, *response_,
                   [&work](const Caller&) { return work(); }));
  }

  // Refused data is gone by the time the client knows the result.
  void End(const absl::Status& status) {
    receiver_.reset();
    this->Finish(ToGrpcStatus(status));
  }

  void OnDone() override { delete this; }

  const StreamPermit permit_;
  std::unique_ptr<Receiver> receiver_;
  const Store store_;
  Calls& calls_;
  Executor::Call work_;
  Executor::Call end_;
  Response* const response_;
  Request request_;
};

// `make_receiver(caller)` gives the receiver of an admitted stream.
template <typename Request, typename Receiver, typename Response, typename MakeReceiver>
grpc::ServerReadReactor<Request>* ReceiveStream(
    Calls& calls, grpc::CallbackServerContext* context, Response* response,
    MakeReceiver make_receiver,
    typename ReceivingStream<Request, Receiver, Response>::Store store) {
  absl::StatusOr<StreamPermit> permit = calls.AdmitStream(*context, *Request::descriptor());
  if (!permit.ok()) return Refuse<grpc::ServerReadReactor<Request>>(permit.status());
  std::unique_ptr<Receiver> receiver = make_receiver(permit->caller());
  // Owned by gRPC, which calls OnDone at the end.
  return std::make_unique<ReceivingStream<Request, Receiver, Response>>(
             *std::move(permit), std::move(receiver), std::move(store), calls, response)
      .release();
}

}  // namespace electra::server
