#include "server/corpora/corpus_messages.h"

namespace electra::server {

std::optional<CorpusFormat> FromProto(v1::CorpusFormat format) {
  switch (format) {
    case v1::TEXT:
      return CorpusFormat::kText;
    case v1::CSV:
      return CorpusFormat::kCsv;
    case v1::TSV:
      return CorpusFormat::kTsv;
    case v1::JSONL:
      return CorpusFormat::kJsonl;
    default:
      return std::nullopt;
  }
}

v1::CorpusFormat ToProto(CorpusFormat format) {
  switch (format) {
    case CorpusFormat::kText:
      return v1::TEXT;
    case CorpusFormat::kCsv:
      return v1::CSV;
    case CorpusFormat::kTsv:
      return v1::TSV;
    case CorpusFormat::kJsonl:
      return v1::JSONL;
  }
  return v1::CORPUS_FORMAT_UNSPECIFIED;
}

std::optional<OnInvalidText> FromProto(v1::OnInvalidText on_invalid) {
  switch (on_invalid) {
    case v1::ON_INVALID_TEXT_UNSPECIFIED:
    case v1::REFUSE:
      return OnInvalidText::kRefuse;
    case v1::REPLACE:
      return OnInvalidText::kReplace;
    case v1::SKIP:
      return OnInvalidText::kSkip;
    default:
      return std::nullopt;
  }
}

v1::OnInvalidText ToProto(OnInvalidText on_invalid) {
  switch (on_invalid) {
    case OnInvalidText::kRefuse:
      return v1::REFUSE;
    case OnInvalidText::kReplace:
      return v1::REPLACE;
    case OnInvalidText::kSkip:
      return v1::SKIP;
  }
  return v1::ON_INVALID_TEXT_UNSPECIFIED;
}

std::optional<Quoting> FromProto(v1::Quoting quoting) {
  switch (quoting) {
    case v1::QUOTING_UNSPECIFIED:
      return Quoting::kByFormat;
    case v1::QUOTING_NONE:
      return Quoting::kNone;
    case v1::QUOTING_CSV:
      return Quoting::kCsv;
    default:
      return std::nullopt;
  }
}

v1::Quoting ToProto(Quoting quoting) {
  switch (quoting) {
    case Quoting::kByFormat:
      break;
    case Quoting::kNone:
      return v1::QUOTING_NONE;
    case Quoting::kCsv:
      return v1::QUOTING_CSV;
  }
  return v1::QUOTING_UNSPECIFIED;
}

}  // namespace electra::server
