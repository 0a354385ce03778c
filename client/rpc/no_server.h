// Why a server is not reached, and which option or variable changes that.
//
// gRPC's sentences are not a contract; reasons that they do not make clear are shown in gRPC's
// words.
//
// Thread safety: pure functions, apart from the question whether the server speaks TLS.
#pragma once

#include <grpcpp/support/status.h>

#include "client/i18n/phrases.h"
#include "client/rpc/connection.h"

namespace electra::client {

// Why a call ended with UNAVAILABLE or DEADLINE_EXCEEDED.
Bilingual NoServerSentence(const grpc::Status& status, const Reach& reach);

// Nothing listens at the address: a server that starts may do so soon.
bool IsRefused(const grpc::Status& status);

}  // namespace electra::client
