// Rows of the tables step_metrics, evaluations and corpus_evaluations as messages, and messages as
// rows.
//
// Free functions without state. A row of the same step is replaced.
#pragma once

#include <SQLiteCpp/Statement.h>

#include <cstdint>

#include "electra/v1/training.pb.h"
#include "server/store/database.h"

namespace electra::server {

// What ReadStep and ReadEvaluation read; a WHERE follows.
inline constexpr char kStepColumns[] =
    "SELECT step, epoch, combined_loss, generator_loss, discriminator_loss, generator_accuracy, "
    "discriminator_accuracy, discriminator_precision, discriminator_recall, learning_rate, "
    "gradient_norm, tokens_seen, tokens_per_second, step_seconds, "
    "ranks, coalesce(slowest_tokens_per_second, tokens_per_second), token_count, masked_count, "
    "generator_correct_count, discriminator_correct_count, fake_count, caught_count, "
    "suspected_count, run_seconds FROM step_metrics ";

inline constexpr char kEvaluationColumns[] =
    "SELECT step, epoch, combined_loss, generator_loss, discriminator_loss, generator_accuracy, "
    "discriminator_accuracy, discriminator_precision, discriminator_recall, discriminator_f1, "
    "token_count, seconds FROM evaluations ";

v1::StepMetrics ReadStep(SQLite::Statement& query);
v1::Evaluation ReadEvaluation(SQLite::Statement& query);

// Counts from the columns that begin at `first`, in the order of TokenCounts' fields; none where
// that is NULL.
void ReadCounts(SQLite::Statement& query, int first, v1::StepMetrics* step);

// Reads the parts of evaluations on evaluation corpora, with a statement that is prepared once from
// these columns.
inline constexpr char kCorpusEvaluationColumns[] =
    "SELECT step, epoch, combined_loss, generator_loss, discriminator_loss, generator_accuracy, "
    "discriminator_accuracy, discriminator_precision, discriminator_recall, discriminator_f1, "
    "token_count, seconds, name FROM corpus_evaluations WHERE job_id = ? AND step = ? "
    "ORDER BY position";
void AddCorpusEvaluations(SQLite::Statement& query, int64_t job_id, v1::Evaluation* evaluation);

void WriteStep(Transaction& transaction, int64_t job_id, const v1::StepMetrics& step, int64_t time);
// With its parts on evaluation corpora.
void WriteEvaluation(Transaction& transaction, int64_t job_id, const v1::Evaluation& evaluation,
                     int64_t time);

}  // namespace electra::server
