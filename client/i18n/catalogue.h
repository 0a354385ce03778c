// The client's words in Korean: one gettext catalogue, ko.po, which the build compiles into the
// client. English is the source: a text is written where it is used, marked for xgettext, and is
// the key of its translation.
//
//   constexpr const char* kGreeting = N_("$0 is queued, position $1");
//   out << absl::Substitute(Translated(kGreeting, language), job, position);
//
// Places are $0, $1, ... for absl::Substitute. tests/catalogue_test.py checks that every marked
// text has its Korean, and updates the catalogue.
//
// Thread safety: constants and pure functions.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <optional>
#include <string_view>

// Marks a text for xgettext. NC_ is for one text that has several translations: a context tells
// them apart.
#define N_(text) text
#define NC_(context, text) context "\004" text

namespace electra::client {

enum class Language { kEnglish, kKorean };

// Translations as msgfmt writes them (.mo, little-endian). A key is a text, or a context, "\004" and
// a text.
class Catalogue {
 public:
  // `bytes` must outlive it. A catalogue that is damaged is empty.
  explicit Catalogue(std::string_view bytes);

  // The result ends with a NUL; nullopt: no translation.
  std::optional<std::string_view> Find(std::string_view key) const;
  // The translation of the first text with this context.
  std::optional<std::string_view> FindContext(std::string_view context) const;

 private:
  bool IsString(uint32_t entry) const;
  bool IsWhole() const;
  uint32_t Number(uint32_t at) const;
  std::string_view String(uint32_t entry) const;
  uint32_t LowerBound(std::string_view key) const;

  std::string_view bytes_;
  uint32_t count_ = 0;
  uint32_t keys_ = 0;          // where the table of keys begins
  uint32_t translations_ = 0;  // where the table of translations begins
};

// ko.po.
const Catalogue& Korean();

// `text`, which N_ or NC_ marked, in the language; English where it has no translation.
const char* Translated(const char* text, Language language);

// A struct of only marked texts (const char*), each of them translated.
template <typename Table>
Table TranslatedTable(const Table& table, Language language) {
  using Texts = std::array<const char*, sizeof(Table) / sizeof(const char*)>;
  auto texts = std::bit_cast<Texts>(table);
  for (const char*& text : texts) text = Translated(text, language);
  return std::bit_cast<Table>(texts);
}

}  // namespace electra::client
