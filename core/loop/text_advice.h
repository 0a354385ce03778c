// Advice to a job's owner about the text, before training. Sentences for people, with the values.
// Pure functions.
#pragma once

#include <vector>

#include "absl/status/status.h"
#include "core/base/message.h"
#include "core/text/text_survey.h"
#include "core/trainer.h"

namespace electra {

struct TextNote {
  Severity severity = Severity::kInfo;
  Message message;
};

std::vector<TextNote> TextAdvice(const TextSurvey& survey);

// InvalidArgument where a vocabulary knows less than half of the text.
absl::Status CheckTextIsKnown(const TextSurvey& survey);

}  // namespace electra
