#include "server/filter/filter.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "core/base/status_macros.h"
#include "core/base/utf8.h"

namespace electra::server {
namespace {

struct Token {
  enum class Kind { kEnd, kWord, kQuoted, kOperator, kMinus, kOpen, kClose };
  Kind kind = Kind::kEnd;
  std::string text;  // of words and quoted values; of others as written
  FilterOperator op = FilterOperator::kHas;
  FilterPlace place;
};

bool IsSpace(char c) { return absl::ascii_isspace(static_cast<unsigned char>(c)); }

// Characters that end a word where a field or an operator may come.
bool EndsWord(char c) {
  return IsSpace(c) || c == '(' || c == ')' || c == '"' || c == '\'' || c == '<' || c == '>' ||
         c == '=' || c == '!' || c == ':';
}

Message Describe(const Token& token) {
  return token.kind == Token::Kind::kEnd ? Message("FILTER_END", "the end")
                                         : Message::Uncoded(Quoted(token.text));
}

Message ATerm() { return Message("FILTER_TERM", "a term"); }

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  // The next token where a term may begin or go on.
  absl::StatusOr<Token> Next() {
    Token token = Begin();
    if (AtEnd()) return token;
    const char c = text_[position_];
    switch (c) {
      case '(':
        return Single(std::move(token), Token::Kind::kOpen);
      case ')':
        return Single(std::move(token), Token::Kind::kClose);
      case '-':
        return Single(std::move(token), Token::Kind::kMinus);
      case '"':
      case '\'':
        return QuotedValue(std::move(token));
      case '<':
      case '>':
      case '=':
      case '!':
      case ':':
        return Operator(std::move(token));
      default:
        return Word(std::move(token), EndsWord);
    }
  }

  // The next token where a value must come: a word may contain characters that end it elsewhere,
  // such as 2026-11-01T10:00:00Z.
  absl::StatusOr<Token> NextValue() {
    Token token = Begin();
    if (AtEnd()) return token;
    const char c = text_[position_];
    if (c == '"' || c == '\'') return QuotedValue(std::move(token));
    if (c == '(') return Single(std::move(token), Token::Kind::kOpen);
    if (c == ')') return Single(std::move(token), Token::Kind::kClose);
    return Word(std::move(token),
                [](char ends) { return IsSpace(ends) || ends == '(' || ends == ')'; });
  }

 private:
  bool AtEnd() const { return position_ == text_.size(); }

  void Advance() {
    const char c = text_[position_++];
    if (c == '\n') {
      place_ = {place_.line + 1, 1};
    } else if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) {  // not within a character
      ++place_.column;
    }
  }

  Token Begin() {
    while (!AtEnd() && IsSpace(text_[position_])) Advance();
    Token token;
    token.place = place_;
    return token;
  }

  Token Single(Token token, Token::Kind kind) {
    token.kind = kind;
    token.text = text_[position_];
    Advance();
    return token;
  }

  template <typename Ends>
  Token Word(Token token, Ends ends) {
    token.kind = Token::Kind::kWord;
    while (!AtEnd() && !ends(text_[position_])) {
      token.text += text_[position_];
      Advance();
    }
    return token;
  }

  absl::StatusOr<Token> QuotedValue(Token token) {
    token.kind = Token::Kind::kQuoted;
    const char quote = text_[position_];
    Advance();
    while (!AtEnd() && text_[position_] != quote) {
      if (text_[position_] == '\\' && position_ + 1 < text_.size()) Advance();
      token.text += text_[position_];
      Advance();
    }
    if (AtEnd()) {
      return FilterError(token.place,
                         Message("FILTER_QUOTATION_NOT_CLOSED", "the quotation is not closed"));
    }
    Advance();
    return token;
  }

  absl::StatusOr<Token> Operator(Token token) {
    static constexpr std::pair<std::string_view, FilterOperator> kOperators[] = {
        {"!=", FilterOperator::kNotEqual}, {"<=", FilterOperator::kAtMost},
        {">=", FilterOperator::kAtLeast},  {"=", FilterOperator::kEqual},
        {"<", FilterOperator::kLess},      {">", FilterOperator::kGreater},
        {":", FilterOperator::kHas}};
    for (const auto& [text, op] : kOperators) {
      if (!text_.substr(position_).starts_with(text)) continue;
      token.kind = Token::Kind::kOperator;
      token.text = std::string(text);
      token.op = op;
      for (size_t i = 0; i < text.size(); ++i) Advance();
      return token;
    }
    return FilterError(token.place,
                       Message("FILTER_NOT_AN_OPERATOR",
                               "\"!\" is not an operator: != means not equal, NOT negates"));
  }

  const std::string_view text_;
  size_t position_ = 0;
  FilterPlace place_;
};

FilterNode Join(FilterNode::Kind kind, std::vector<FilterNode> nodes) {
  if (nodes.size() == 1) return std::move(nodes.front());
  FilterNode joined;
  joined.kind = kind;
  joined.children = std::move(nodes);
  return joined;
}

// Recursive descent; `token_` is the one to be looked at next.
class Parser {
 public:
  explicit Parser(std::string_view text) : lexer_(text) {}

  absl::StatusOr<std::optional<FilterNode>> Parse() {
    RETURN_IF_ERROR(Take());
    if (token_.kind == Token::Kind::kEnd) return std::nullopt;
    ASSIGN_OR_RETURN(FilterNode node, Conjunction());
    if (token_.kind != Token::Kind::kEnd) {
      return Unexpected(Message("FILTER_JOINT_OR_END", "AND, OR or the end"));
    }
    return node;
  }

 private:
  absl::Status Take() {
    ASSIGN_OR_RETURN(token_, lexer_.Next());
    return absl::OkStatus();
  }

  absl::Status Unexpected(const Message& expected) const {
    return FilterError(
        token_.place, Message("FILTER_UNEXPECTED", "there is {found} where {expected} was expected",
                              Describe(token_), expected));
  }

  bool IsWord(std::string_view word) const {
    return token_.kind == Token::Kind::kWord && token_.text == word;
  }

  // Terms joined by AND, or only by white space.
  absl::StatusOr<FilterNode> Conjunction() {
    std::vector<FilterNode> nodes;
    do {
      if (IsWord("AND")) {
        if (nodes.empty()) return Unexpected(ATerm());
        RETURN_IF_ERROR(Take());
      }
      ASSIGN_OR_RETURN(FilterNode node, Disjunction());
      nodes.push_back(std::move(node));
    } while (token_.kind != Token::Kind::kEnd && token_.kind != Token::Kind::kClose);
    return Join(FilterNode::Kind::kAnd, std::move(nodes));
  }

  absl::StatusOr<FilterNode> Disjunction() {
    std::vector<FilterNode> nodes;
    while (true) {
      ASSIGN_OR_RETURN(FilterNode node, Negation());
      nodes.push_back(std::move(node));
      if (!IsWord("OR")) return Join(FilterNode::Kind::kOr, std::move(nodes));
      RETURN_IF_ERROR(Take());
    }
  }

  absl::StatusOr<FilterNode> Negation() {
    const bool negated = IsWord("NOT") || token_.kind == Token::Kind::kMinus;
    if (!negated) return Simple();
    if (++depth_ > kMaxFilterDepth) return TooDeep();
    RETURN_IF_ERROR(Take());
    FilterNode node;
    node.kind = FilterNode::Kind::kNot;
    ASSIGN_OR_RETURN(FilterNode child, Negation());
    node.children.push_back(std::move(child));
    --depth_;
    return node;
  }

  absl::StatusOr<FilterNode> Simple() {
    if (token_.kind != Token::Kind::kOpen) return Term();
    if (++depth_ > kMaxFilterDepth) return TooDeep();
    const FilterPlace open = token_.place;
    RETURN_IF_ERROR(Take());
    ASSIGN_OR_RETURN(FilterNode node, Conjunction());
    if (token_.kind != Token::Kind::kClose) {
      return FilterError(open, Message("FILTER_PARENTHESIS_NOT_CLOSED", "\"(\" is not closed"));
    }
    RETURN_IF_ERROR(Take());
    --depth_;
    return node;
  }

  absl::StatusOr<FilterNode> Term() {
    const bool is_text = token_.kind == Token::Kind::kWord || token_.kind == Token::Kind::kQuoted;
    if (!is_text || IsWord("AND") || IsWord("OR")) return Unexpected(ATerm());
    if (++terms_ > kMaxFilterTerms) {
      return FilterError(
          token_.place,
          Message("FILTER_TOO_MANY_TERMS", "a filter has at most {limit} terms", kMaxFilterTerms));
    }
    Token first = std::move(token_);
    RETURN_IF_ERROR(Take());
    FilterNode node;
    FilterTerm& term = node.term;
    term.field_place = first.place;
    term.value_place = first.place;
    if (token_.kind != Token::Kind::kOperator) {
      term.value = std::move(first.text);
      term.quoted = first.kind == Token::Kind::kQuoted;
      return node;
    }
    if (first.kind == Token::Kind::kQuoted) {
      return FilterError(
          first.place, Message("FILTER_QUOTED_FIELD", "a field is named without quotation marks"));
    }
    term.field = std::move(first.text);
    term.op = token_.op;
    ASSIGN_OR_RETURN(token_, lexer_.NextValue());
    if (token_.kind != Token::Kind::kWord && token_.kind != Token::Kind::kQuoted) {
      return Unexpected(Message("FILTER_VALUE", "a value"));
    }
    term.value = std::move(token_.text);
    term.quoted = token_.kind == Token::Kind::kQuoted;
    term.value_place = token_.place;
    RETURN_IF_ERROR(Take());
    return node;
  }

  absl::Status TooDeep() const {
    return FilterError(
        token_.place,
        Message("FILTER_TOO_DEEP", "parentheses and NOTs may be nested at most {limit} deep",
                kMaxFilterDepth));
  }

  Lexer lexer_;
  Token token_;
  int depth_ = 0;
  int terms_ = 0;
};

}  // namespace

absl::StatusOr<std::optional<FilterNode>> ParseFilter(std::string_view text) {
  if (text.size() > kMaxFilterBytes) {
    return InvalidArgumentError("FILTER_TOO_LONG",
                                "filter has {bytes} bytes: at most {limit} are accepted",
                                text.size(), kMaxFilterBytes);
  }
  return Parser(text).Parse();
}

absl::Status FilterError(const FilterPlace& place, const Message& problem) {
  return Error(
      absl::StatusCode::kInvalidArgument,
      Within(Message("FILTER_PLACE", "filter:{line}:{column}", place.line, place.column), problem));
}

}  // namespace electra::server
