// Sample predictions for tests of views.
#pragma once

#include "electra/v1/training.pb.h"

namespace electra::client {

// 21 tokens of a sentence on web apps, two of them faked and both caught; step 12 of epoch 0.
v1::Sample AppSample();

// The same sentence with a fake missed at 2, and the originals at 5 and 19 suspected.
v1::Sample SampleWithEveryVerdict();

}  // namespace electra::client
