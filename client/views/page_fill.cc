#include "client/views/page_fill.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "client/text/visible_text.h"
#include "client/views/page.h"
#include "core/base/sha256.h"

namespace electra::client {
namespace {

// The part of a live page above its content: the state of the connection to the server.
constexpr char kLiveParts[] = "<p id=\"connection\" role=\"status\"></p>\n";

std::string HtmlText(const std::string& text) {
  return absl::StrReplaceAll(
      Visible(text),
      {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}, {"'", "&#39;"}});
}

std::string Sha256Base64(std::string_view text) {
  return absl::Base64Escape(absl::HexStringToBytes(Sha256Hex(text)));
}

absl::string_view View(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace

const char* LanguageCode(Language language) { return language == Language::kKorean ? "ko" : "en"; }

std::string Embeddable(const nlohmann::json& value) {
  return absl::StrReplaceAll(value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace),
                             {{"<", "\\u003c"},
                              {">", "\\u003e"},
                              {"&", "\\u0026"},
                              {"\u2028", "\\u2028"},
                              {"\u2029", "\\u2029"}});
}

std::string PagePolicy(std::string_view script, PageReach reach) {
  return absl::StrCat("default-src 'none'; style-src 'sha256-", Sha256Base64(PageStyle()),
                      "'; script-src 'sha256-", Sha256Base64(script), "'; ",
                      reach == PageReach::kItsServer ? "connect-src 'self'; " : "",
                      "base-uri 'none'; form-action 'none'");
}

std::string FillPage(const PageParts& parts) {
  // In one pass, so that inserted text is not searched again.
  return absl::StrReplaceAll(View(PageTemplate()),
                             {{"@LANGUAGE@", LanguageCode(parts.language)},
                              {"@TITLE@", HtmlText(parts.title)},
                              {"@POLICY@", PagePolicy(parts.script, parts.reach)},
                              {"@LIVE@", parts.reach == PageReach::kItsServer ? kLiveParts : ""},
                              {"@MAIN@", View(parts.content)},
                              {"@STYLE@", View(PageStyle())},
                              {"@SCRIPT@", View(parts.script)},
                              {"@DATA@", parts.data}});
}

}  // namespace electra::client
