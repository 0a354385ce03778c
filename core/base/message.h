// Sentences for people that programs and translators can take apart: a code, an English template,
// and the values of its places.
//
//   return NotFoundError("CORPUS_NOT_FOUND", "no corpus {corpus}", Quoted(id));
//   return InvalidArgumentError("BAD_SETTING", "{file}: {cause}", path, status);
//
// The template is where the sentence arises, so that a reader of the code reads the sentence. Code
// and template are literals: xgettext collects them (tests/catalogue_test.py), and the compiler
// counts the places. A value that is itself a message, or a status that carries one, keeps its own
// code: a client translates it in its place.
//
// Thread safety: values and pure functions.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace electra {

// A literal in capitals, digits and underscores, at most 63 of them (the form of
// google.rpc.ErrorInfo.reason).
class CodeLiteral {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor): call sites write the literal alone.
  consteval CodeLiteral(const char* text) : text_(text) {
    if (text_.empty() || text_.size() > 63) throw "a code has 1 to 63 characters";
    for (char c : text_) {
      const bool allowed = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
      if (!allowed) throw "a code has capitals, digits and underscores";
    }
  }
  std::string_view text() const { return text_; }

 private:
  std::string_view text_;
};

// A literal with `places` different places such as {corpus}; one that occurs again has the same
// value.
template <size_t places>
class TemplateLiteral {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor)
  consteval TemplateLiteral(const char* text) : text_(text) {
    size_t found = 0;
    for (size_t open = text_.find('{'); open != std::string_view::npos;
         open = text_.find('{', open + 1)) {
      const size_t close = text_.find('}', open);
      if (close == std::string_view::npos || close == open + 1) throw "a place is written {name}";
      const std::string_view name = text_.substr(open + 1, close - open - 1);
      for (char c : name) {
        if (!((c >= 'a' && c <= 'z') || c == '_')) throw "a place has small letters";
      }
      if (name == "at" || name == "code") throw "these names are taken";
      bool is_known = false;
      for (size_t i = 0; i < found; ++i) is_known = is_known || names_[i] == name;
      if (is_known) continue;
      if (found == places) throw "the template has more places than values";
      names_[found++] = name;
    }
    if (found != places) throw "the template has fewer places than values";
  }
  std::string_view text() const { return text_; }
  std::span<const std::string_view> names() const { return {names_.data(), places}; }

 private:
  std::string_view text_;
  std::array<std::string_view, places> names_ = {};
};

class MessageValue;

class Message {
 public:
  // Without a sentence.
  Message() = default;
  template <typename... Values>
  Message(CodeLiteral code, TemplateLiteral<sizeof...(Values)> text, const Values&... values);

  // A sentence without a code: from another program, or recorded before there were codes.
  static Message Uncoded(std::string text);
  // Code, values and sentence as they were taken apart.
  static Message Of(std::string code, std::map<std::string, std::string> args, std::string text);

  const std::string& text() const { return text_; }  // English, its places filled
  const std::string& code() const { return code_; }  // empty: uncoded
  // Values by the names of their places. For a value that is a message of its own, "NAME" is its
  // text, "NAME.code" its code and "NAME.PLACE" the values of its places. "at" is where it holds
  // (see Within), and comes before the sentence.
  const std::map<std::string, std::string>& args() const { return args_; }

  // The message in the place `name`; uncoded where that is a plain value.
  Message Inner(std::string_view name) const;

 private:
  friend class MessageValue;
  friend Message Within(const Message& where, const Message& message);

  Message(std::string_view code, std::string_view text, std::span<const std::string_view> names,
          std::span<const MessageValue> values);
  void Put(const std::string& name, const Message& inner);

  std::string text_;
  std::string code_;
  std::map<std::string, std::string> args_;
};

template <typename Text>
concept TextLike = std::convertible_to<const Text&, std::string_view> ||
    std::convertible_to<const Text&, absl::string_view>;
template <typename Number>
concept Arithmetic = std::is_arithmetic_v<Number>;

// The value of a place: text, a number, a message, or a status for its message.
class MessageValue {
 public:
  // NOLINTBEGIN(google-explicit-constructor)
  MessageValue(const Message& message) : message_(message) {}
  MessageValue(const absl::Status& status);
  template <TextLike Text>
  MessageValue(const Text& text) : message_(Message::Uncoded(std::string(text))) {}
  template <Arithmetic Number>
  MessageValue(Number number) : message_(Message::Uncoded(absl::StrCat(number))) {}
  // NOLINTEND(google-explicit-constructor)

  const Message& message() const { return message_; }

 private:
  Message message_;
};

template <typename... Values>
Message::Message(CodeLiteral code, TemplateLiteral<sizeof...(Values)> text, const Values&... values)
    : Message(code.text(), text.text(), text.names(),
              std::array<MessageValue, sizeof...(Values)>{MessageValue(values)...}) {}

// "books.csv: ..." : the sentence, and before it where it holds. Its code stays.
Message Within(const Message& where, const Message& message);
Message Within(std::string_view where, const Message& message);
absl::Status Within(const Message& where, const absl::Status& status);
absl::Status Within(std::string_view where, const absl::Status& status);

// A status that carries `message` whole, and the message of any status.
absl::Status Error(absl::StatusCode code, const Message& message);
Message MessageOf(const absl::Status& status);

// {"code": ..., "args": {...}} for files and databases, which keep the text next to it.
// Empty for an uncoded message.
std::string CodeJson(const Message& message);
// `text` alone where `json` is not of that form.
Message FromCodeJson(std::string text, std::string_view json);

// A status of each code that its namesake in Abseil makes.
#define ELECTRA_MESSAGE_ERROR(Kind)                                                   \
  template <typename... Values>                                                       \
  absl::Status Kind##Error(CodeLiteral code, TemplateLiteral<sizeof...(Values)> text, \
                           const Values&... values) {                                 \
    return Error(absl::StatusCode::k##Kind, Message(code, text, values...));          \
  }
ELECTRA_MESSAGE_ERROR(Aborted)
ELECTRA_MESSAGE_ERROR(AlreadyExists)
ELECTRA_MESSAGE_ERROR(Cancelled)
ELECTRA_MESSAGE_ERROR(DataLoss)
ELECTRA_MESSAGE_ERROR(DeadlineExceeded)
ELECTRA_MESSAGE_ERROR(FailedPrecondition)
ELECTRA_MESSAGE_ERROR(Internal)
ELECTRA_MESSAGE_ERROR(InvalidArgument)
ELECTRA_MESSAGE_ERROR(NotFound)
ELECTRA_MESSAGE_ERROR(OutOfRange)
ELECTRA_MESSAGE_ERROR(PermissionDenied)
ELECTRA_MESSAGE_ERROR(ResourceExhausted)
ELECTRA_MESSAGE_ERROR(Unauthenticated)
ELECTRA_MESSAGE_ERROR(Unavailable)
ELECTRA_MESSAGE_ERROR(Unimplemented)
ELECTRA_MESSAGE_ERROR(Unknown)
#undef ELECTRA_MESSAGE_ERROR

}  // namespace electra
