// Parts of a job as lists and views write them.
//
// Thread safety: pure functions.
#pragma once

#include <string>

#include "absl/time/time.h"
#include "client/i18n/labels.h"
#include "electra/v1/job.pb.h"
#include "google/protobuf/struct.pb.h"

namespace electra::client {

// "12/60"; empty before there is a step or a number of them.
std::string StepText(const v1::Job& job);
// The file name of a job's corpus, else its ID.
std::string CorpusText(const v1::Job& job);
// "books.csv 0.8, general.txt 0.2"; empty where the job has one corpus.
std::string MixText(const v1::Job& job);
// "general=held_out.txt"; empty where it has none.
std::string EvalCorporaText(const v1::Job& job);

// "sweep=a owner=kim", in order of keys; quoted by " where a value has a space or is empty.
std::string TagText(const v1::Job& job);
// "40 (best evaluation by loss)": the step of the job's model; empty before it has one.
std::string ModelStepText(const v1::Job& job, Language language);
// The evaluation of the job's model where that is the best one, else the last; null without any.
const v1::Evaluation* ModelEvaluation(const v1::Job& job);
// Where its vocabulary is from; empty where the server does not say.
std::string VocabularyText(const v1::Job& job, Language language);
// A hyperparameter's value.
std::string ValueText(const google::protobuf::Value& value);
// The time that the job has trained, in all its attempts; zero before it started. Records of older
// servers lack it: there it is the time from the start to the end, or to now.
absl::Duration RunTime(const v1::Job& job, absl::Time now);

}  // namespace electra::client
