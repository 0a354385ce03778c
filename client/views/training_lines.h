// Lines on what became of a corpus, of a model and of its training, as logs and reports have them.
//
// Thread safety: pure functions.
#pragma once

#include <string>

#include "client/i18n/labels.h"
#include "electra/v1/training.pb.h"

namespace electra::client {

// "Combined 2.225 ...": the lines of an evaluation and of what a corpus became, without newline.
std::string EvaluationLine(const v1::Evaluation& evaluation, Language language);
std::string CorpusLine(const v1::Preparation& preparation, Language language);
std::string ModelLine(const v1::Preparation& preparation, Language language);

}  // namespace electra::client
