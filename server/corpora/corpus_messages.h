// Converts the options of reading a corpus between core's enums and the contract's. Pure functions.
#pragma once

#include <optional>

#include "core/text/corpus_reader.h"
#include "electra/v1/corpus.pb.h"

namespace electra::server {

// Nothing for CORPUS_FORMAT_UNSPECIFIED and for numbers of a later version.
std::optional<CorpusFormat> FromProto(v1::CorpusFormat format);
v1::CorpusFormat ToProto(CorpusFormat format);

// UNSPECIFIED refuses; nothing for numbers of a later version.
std::optional<OnInvalidText> FromProto(v1::OnInvalidText on_invalid);
v1::OnInvalidText ToProto(OnInvalidText on_invalid);

// UNSPECIFIED leaves it to the format; nothing for numbers of a later version.
std::optional<Quoting> FromProto(v1::Quoting quoting);
v1::Quoting ToProto(Quoting quoting);

}  // namespace electra::server
