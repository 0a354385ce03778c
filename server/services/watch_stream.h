// One WatchJob call: the events of a job, written to its client.
//
// gRPC owns the stream by its own rules: it deletes itself when the call is over.
#pragma once

#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <string>

#include "electra/v1/training.pb.h"
#include "server/access/gate.h"
#include "server/jobs/watch.h"

namespace electra::server {

// The job's events after `after_sequence`. `hub` must outlive the stream.
grpc::ServerWriteReactor<v1::TrainingEvent>* StartWatchStream(WatchHub& hub, StreamPermit permit,
                                                              std::string job_name,
                                                              int64_t after_sequence);

}  // namespace electra::server
