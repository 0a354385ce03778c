// The frame of every page of the client: one document that holds its style, its script and its data.
//
//   std::string page = FillPage({.content = RunContent(), .script = PageScript(), ...});
//
// Texts of a server are hostile: they are only in a JSON block that no parser takes for HTML, the
// page's script turns them into text nodes, and its Content-Security-Policy runs only that script.
//
// Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "client/i18n/labels.h"
#include "nlohmann/json.hpp"

namespace electra::client {

// The servers that a page's script may connect to.
enum class PageReach { kNothing, kItsServer };

struct PageParts {
  std::string_view content;  // what <main> holds
  std::string_view script;
  Language language = Language::kEnglish;
  std::string title;  // any text
  std::string data;   // from Embeddable()
  PageReach reach = PageReach::kNothing;
};

// "ko", "en"
const char* LanguageCode(Language language);

// Text in which `<` cannot begin a tag. U+2028 and U+2029 are line ends to some readers.
std::string Embeddable(const nlohmann::json& value);

std::string PagePolicy(std::string_view script, PageReach reach);

std::string FillPage(const PageParts& parts);

}  // namespace electra::client
