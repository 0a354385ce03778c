// A fine-tuning as the contract has it. A pure function.
#pragma once

#include "electra/v1/finetuning.pb.h"
#include "server/store/finetunings.h"

namespace electra::server {

v1::Finetuning ToProto(const FinetuningRow& row);

}  // namespace electra::server
