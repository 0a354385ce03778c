// The meaning and accepted values of hyperparameters in the user's language. The server describes
// them in English; a text without a translation here stays as the server sends it.
//
// Thread safety: pure functions.
#pragma once

#include <string>

#include "client/i18n/labels.h"
#include "electra/v1/job.pb.h"

namespace electra::client {

std::string HyperparameterMeaning(const v1::Hyperparameter& one, Language language);

// "above 0, at most 1"; "0 초과 1 이하".
std::string HyperparameterRange(const v1::Hyperparameter& one, Language language);

}  // namespace electra::client
