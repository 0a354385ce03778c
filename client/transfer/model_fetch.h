// Models by their names on the Hugging Face hub: the server fetches them; where it cannot, they come
// from this machine's own cache of the hub.
//
// Thread safety: one call at a time. Ownership: borrows everything.
#pragma once

#include <string>

#include "client/rpc/call_outcome.h"
#include "client/shell/command_context.h"
#include "electra/v1/model.pb.h"

namespace electra::client {

// Names are hub names as FetchModelRequest has them. Says on standard error where the model comes
// from this machine's cache. Details: what to do where that does not have it either.
CallOutcome FetchModel(CommandContext& context, const v1::FetchModelRequest& request,
                       v1::Model* model);

// The model of this name that was fetched without another one; fetches nothing. Local: there is
// none.
CallOutcome FindFetchedModel(CommandContext& context, const std::string& pair, v1::Model* model);

}  // namespace electra::client
