#include "server/base/message_code.h"

namespace electra::server {

v1::MessageCode ToProto(const Message& message) {
  v1::MessageCode code;
  code.set_code(message.code());
  code.mutable_args()->insert(message.args().begin(), message.args().end());
  return code;
}

}  // namespace electra::server
