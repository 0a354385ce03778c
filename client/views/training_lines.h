// Lines about a corpus, a model and its training, for logs and reports.
//
// Thread safety: pure functions.
#pragma once

#include <string>

#include "client/i18n/labels.h"
#include "electra/v1/training.pb.h"

namespace electra::client {

// "Combined 2.225 ...": the lines of an evaluation, a corpus and a model, without newline.
std::string EvaluationLine(const v1::Evaluation& evaluation, Language language);
std::string CorpusLine(const v1::Preparation& preparation, Language language);
std::string ModelLine(const v1::Preparation& preparation, Language language);

}  // namespace electra::client
