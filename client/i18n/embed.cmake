# Writes a compiled catalogue as a C++ source: cmake -DINPUT=ko.mo -DOUTPUT=korean.cc -P embed.cmake
file(READ ${INPUT} bytes HEX)
string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
file(WRITE ${OUTPUT} "#include \"client/i18n/korean.h\"

namespace electra::client {
namespace {

constexpr unsigned char kBytes[] = {${bytes}};

}  // namespace

std::string_view KoreanBytes() { return {reinterpret_cast<const char*>(kBytes), sizeof(kBytes)}; }

}  // namespace electra::client
")
