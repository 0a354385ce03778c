// Models by their names on the Hugging Face hub: the server fetches them; if it cannot, they come
// from this machine's own cache of the hub.
//
// Thread safety: one call at a time. Ownership: borrows everything.
#pragma once

#include <string>

#include "client/rpc/call_outcome.h"
#include "client/shell/command_context.h"
#include "electra/v1/model.pb.h"

namespace electra::client {

// Names are hub names as in FetchModelRequest. Says on standard error if the model comes from this
// machine's cache. Details: what to do if that does not have it either.
CallOutcome FetchModel(CommandContext& context, const v1::FetchModelRequest& request,
                       v1::Model* model);

// The stored model that was fetched by this hub name and without another name; does not fetch.
// Local error: there is none.
CallOutcome FindFetchedModel(CommandContext& context, const std::string& pair, v1::Model* model);

}  // namespace electra::client
