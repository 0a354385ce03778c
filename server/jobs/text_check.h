// Warnings about a job's text before it is queued.
//
// Free functions without state; thread-safe like the database.
#pragma once

#include <string>
#include <vector>

#include "core/base/message.h"
#include "core/hub/tokenizer_files.h"
#include "core/text/text_survey.h"
#include "server/base/errors.h"
#include "server/corpora/text_census.h"
#include "server/jobs/check.h"
#include "server/jobs/context.h"
#include "server/store/corpora.h"

namespace electra::server {

TextSource SourceOf(const JobContext& context, const CorpusRow& corpus);

// That the job's model came with; null: none.
const TokenizerFiles* TokenizerOf(const JobSettings& settings);

// Adds oddities of a text to `warnings`, and a violation if nearly all of it is unknown and the job
// does not allow that.
void JudgeText(const TextSurvey& survey, const Hyperparameters& values,
               std::vector<Message>* warnings, std::vector<FieldViolation>* violations);

// Reads the beginning of a stored corpus and judges it. The job itself reports what cannot be read.
void CheckText(const JobContext& context, const JobSettings& settings, const CorpusRow& corpus,
               const std::string& vocabulary, std::vector<Message>* warnings,
               std::vector<FieldViolation>* violations);

}  // namespace electra::server
