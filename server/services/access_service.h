// electra.v1.AccessService. Thread-safe.
#pragma once

#include "electra/v1/access.grpc.pb.h"
#include "server/access/gate.h"
#include "server/rpc/calls.h"
#include "server/store/database.h"

namespace electra::server {

class AccessService : public v1::AccessService::CallbackService {
 public:
  // All must outlive the service.
  AccessService(Database& database, Gate& gate, Calls& calls)
      : database_(database), gate_(gate), calls_(calls) {}

  grpc::ServerUnaryReactor* GetCaller(grpc::CallbackServerContext* context,
                                      const v1::GetCallerRequest* request,
                                      v1::Caller* response) override;
  grpc::ServerUnaryReactor* CreateToken(grpc::CallbackServerContext* context,
                                        const v1::CreateTokenRequest* request,
                                        v1::CreateTokenResponse* response) override;
  grpc::ServerUnaryReactor* ListTokens(grpc::CallbackServerContext* context,
                                       const v1::ListTokensRequest* request,
                                       v1::ListTokensResponse* response) override;
  grpc::ServerUnaryReactor* RevokeToken(grpc::CallbackServerContext* context,
                                        const v1::RevokeTokenRequest* request,
                                        v1::Token* response) override;

 private:
  Database& database_;
  Gate& gate_;
  Calls& calls_;
};

}  // namespace electra::server
