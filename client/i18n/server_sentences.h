// The Korean of what the server says: refusals, why a job ended, the warnings of its log.
//
// The server speaks English, in its answers and in what it has recorded. Here its sentences are
// looked up in a catalogue, as gettext does, but with places for what they name: "there is no model
// \"$0\"". So a sentence that was recorded long ago has its Korean as well, and one that the
// catalogue lacks, of a newer server, is shown as it came.
//
// Thread safety: pure functions.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "client/i18n/labels.h"

namespace electra::client {

// `sentence`, in the user's language where the catalogue has it. Of a sentence with a beginning or
// an end that is not in the catalogue ("books.csv: line 3: ...") what is there is translated.
std::string InLanguage(const std::string& sentence, Language language);

struct ServerSentence {
  std::string_view english;  // $0, $1, ... in this order
  const char* korean;        // the same in any order
};

// What the daemon's services say (service_sentences.cc), and what training says: corpora, models,
// steps (training_sentences.cc).
std::span<const ServerSentence> ServiceSentences();
std::span<const ServerSentence> TrainingSentences();

}  // namespace electra::client
