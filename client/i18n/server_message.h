// The server's sentences in the user's language, by their codes and values
// (core/base/message.h, proto/electra/v1/message.proto).
//
// The catalogue has an entry for each code: its context is the code, and its places, such as
// {corpus}, have the names of the values. A value that is itself a sentence has its own code. A
// sentence without a code, with an unknown code of a newer server, or without a value that its
// translation names, is shown as received, in English.
//
// Thread safety: pure functions.
#pragma once

#include <google/protobuf/repeated_ptr_field.h>

#include <string>
#include <vector>

#include "client/i18n/catalogue.h"
#include "core/base/message.h"
#include "electra/v1/message.pb.h"

namespace electra::client {

std::string InLanguage(const Message& message, Language language);

// A text from the wire with its code.
Message ServerMessage(const std::string& text, const v1::MessageCode& code);
// Texts with a code for each; an older server sends fewer codes.
std::vector<Message> ServerMessages(
    const google::protobuf::RepeatedPtrField<std::string>& texts,
    const google::protobuf::RepeatedPtrField<v1::MessageCode>& codes);

// A server's text without a code that is the same in all of its answers, such as the description of
// a preset or a hyperparameter: the catalogue has it under the context "server".
std::string FixedText(const std::string& text, Language language);

}  // namespace electra::client
