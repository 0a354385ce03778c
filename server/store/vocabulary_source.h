// Where a job's vocabulary is from.
//
// Thread safety: a pure function.
#pragma once

#include "electra/v1/job.pb.h"
#include "server/store/jobs.h"

namespace electra::server {

// A preset alone comes without a vocabulary; for an imported model that has none, one is submitted.
inline v1::Job::VocabularySource VocabularySourceOf(const JobRow& row) {
  if (!row.vocabulary_sha256.empty()) return v1::Job::VOCABULARY_SOURCE_REQUEST;
  return row.model_sha256.empty() ? v1::Job::VOCABULARY_SOURCE_CORPUS
                                  : v1::Job::VOCABULARY_SOURCE_MODEL;
}

}  // namespace electra::server
