#include "core/hub/pickle.h"

#include "tests/core/hub/hub_test_util.h"

namespace electra {
namespace {

using absl::StatusCode;
using testing::ElementsAre;
using testing::Pair;
using Kind = PickleValue::Kind;
using namespace std::string_literals;

class PickleTest : public testing::Test {
 protected:
  absl::StatusOr<const PickleValue*> Read(std::string bytes) {
    bytes_ = std::move(bytes);
    reader_ = std::make_unique<PickleReader>(std::as_bytes(std::span(bytes_.data(), bytes_.size())),
                                             "f.bin");
    return reader_->ReadOne();
  }
  void ExpectRefused(std::string bytes, std::string message) {
    EXPECT_THAT(Read(std::move(bytes)), Fails(StatusCode::kPermissionDenied, message));
  }
  void ExpectInvalid(std::string bytes, std::string message) {
    EXPECT_THAT(Read(std::move(bytes)), Fails(StatusCode::kInvalidArgument, message));
  }

  std::string bytes_;
  std::unique_ptr<PickleReader> reader_;
};

TEST_F(PickleTest, ReadsPlainData) {
  const auto root = Read(
      "\x80\x02}q\x00(X\x01\x00\x00\x00"s
      "aJ\xff\xff\xff\xffX\x01\x00\x00\x00"s
      "b]q\x01(K\x07M\x01\x02\x88N)eh\x01\x85u.tail"s);
  // The last pair's key is a list: nothing here demands strings.
  ASSERT_THAT(root, Fails(StatusCode::kInvalidArgument, "other than a list or dict"));
  const auto dict = Read(
      "\x80\x02}q\x00(X\x01\x00\x00\x00"s
      "aJ\xff\xff\xff\xffX\x01\x00\x00\x00"s
      "b]q\x01(K\x07M\x01\x02\x88N)eu.tail"s);
  ASSERT_THAT(dict, Succeeds());
  ASSERT_EQ((*dict)->kind, Kind::kDict);
  ASSERT_EQ((*dict)->items.size(), 4U);
  EXPECT_EQ((*dict)->items[0]->text, "a");
  EXPECT_EQ((*dict)->items[1]->integer, -1);
  const PickleValue& list = *(*dict)->items[3];
  ASSERT_EQ(list.items.size(), 5U);
  EXPECT_EQ(list.items[0]->integer, 7);
  EXPECT_EQ(list.items[1]->integer, 0x201);
  EXPECT_EQ(list.items[2]->kind, Kind::kBool);
  EXPECT_EQ(list.items[3]->kind, Kind::kNone);
  EXPECT_EQ(list.items[4]->kind, Kind::kTuple);
  EXPECT_EQ(reader_->position(), bytes_.size() - 4);
}

TEST_F(PickleTest, ReadsLongsOfEverySize) {
  EXPECT_EQ((*Read("\x8a\x00."s))->integer, 0);
  EXPECT_EQ((*Read("\x8a\x01\xff."s))->integer, -1);
  EXPECT_EQ((*Read("\x8a\x02\x00\x80."s))->integer, -32768);
  EXPECT_EQ((*Read("\x8a\x05\x00\x00\x00\x00\x01."s))->integer, int64_t{1} << 32);
  EXPECT_EQ((*Read("\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x00\x01."s))->kind, Kind::kBigInt);
}

TEST_F(PickleTest, RefusesNamesThatAreNoTensors) {
  ExpectRefused(
      "\x80\x02"s
      "cos\nsystem\nX\x02\x00\x00\x00ls\x85R."s,
      "f.bin: byte 2: names os.system, which is not a tensor: refused");
  EXPECT_THAT(Read("\x80\x02"s
                   "cos\nsystem\n"s),
              Says("PICKLE_NAME", ElementsAre(Pair("at", "f.bin: byte 2"), Pair("at.at", "f.bin"),
                                              Pair("at.byte", "2"), Pair("at.code", "AT_BYTE"),
                                              Pair("name", "os.system"))));
  ExpectRefused("cposix\nsystem\n."s, "posix.system");
  ExpectRefused("cbuiltins\neval\n."s, "builtins.eval");
  ExpectRefused("ctorch\nload\n."s, "torch.load");
  ExpectRefused("ctorch._utils\n_rebuild_device_tensor_from_numpy\n."s, "names torch._utils.");
  ExpectRefused("ctorch.cuda\nOrderedDict\n."s, "torch.cuda.OrderedDict");
  ExpectRefused("c\xff\xfe\n\n."s, "which is not a tensor");
}

TEST_F(PickleTest, RefusesOpcodesThatTensorsDoNotNeed) {
  ExpectRefused("(X\x02\x00\x00\x00lsios\nsystem\n."s, "opcode 0x69 (INST)");
  ExpectRefused("X\x02\x00\x00\x00osX\x06\x00\x00\x00system\x93."s, "opcode 0x93 (STACK_GLOBAL)");
  ExpectRefused("\x82\x01."s, "opcode 0x82 (EXT)");
  ExpectRefused("(o."s, "(OBJ)");
  ExpectRefused("))\x81."s, "(NEWOBJ)");
  ExpectRefused("Pid\n."s, "(PERSID)");
  ExpectRefused("\xff."s, "opcode 0xff");
  ExpectInvalid("\x80\x04."s, "uses pickle protocol 4");
}

TEST_F(PickleTest, CallsOnlyWhatMakesATensor) {
  ExpectRefused("ctorch\nFloatStorage\n)R."s, "calls torch.FloatStorage");
  ExpectInvalid("))R."s, "calls a value other than a function");
  ExpectInvalid("ccollections\nOrderedDict\nK\x01\x85R."s, "makes an OrderedDict");
  const auto call = Read("ctorch._utils\n_rebuild_tensor_v2\nK\x05\x85R."s);
  ASSERT_THAT(call, Succeeds());
  EXPECT_EQ((*call)->kind, Kind::kCall);
  EXPECT_EQ((*call)->items[1]->integer, 5);
}

TEST_F(PickleTest, KeepsToItsStack) {
  for (const char* bytes : {"t.", "a.", "s.", "e.", "u.", "R.", "b.", "Q.", "q\x01.", "\x85.",
                            "(\x85.", "N(a.", "]N(u.", "(.", "NN.", ".", "N(Q.", "](Na."}) {
    EXPECT_THAT(Read(bytes), Fails(StatusCode::kInvalidArgument, "the pickle ")) << bytes;
  }
  ExpectInvalid("N(Q.", "takes from an empty stack");  // the value is below the mark
  ExpectInvalid("h\x07."s, "recalls value 7");
  ExpectInvalid("j\x07\x00\x00\x01."s, "recalls value 16777223");
  ExpectInvalid("}(Nu."s, "other than a list or dict");
  ExpectInvalid("NNa."s, "other than a list or dict");
  ExpectInvalid("N}b."s, "other than an OrderedDict");
}

TEST_F(PickleTest, KeepsToItsBytes) {
  EXPECT_THAT(Read("X\xff\xff\xff\xffgone"s), Fails(StatusCode::kDataLoss, "4294967295 bytes"));
  EXPECT_THAT(Read("U\x05gone"s), Fails(StatusCode::kDataLoss, "cut short"));
  EXPECT_THAT(Read("J\x01"s), Fails(StatusCode::kDataLoss, "cut short"));
  EXPECT_THAT(Read(""s), Fails(StatusCode::kDataLoss, "cut short"));
  EXPECT_THAT(Read("N"s), Fails(StatusCode::kDataLoss, "cut short"));
  ExpectInvalid("ctorch"s, "a name without an end");
  ExpectInvalid("c" + std::string(1000, 'x') + "\n\n.", "one too long");
}

TEST_F(PickleTest, BoundsMemory) {
  ExpectInvalid(std::string(2'000'000, 'N'), "too many values");
  ExpectInvalid(std::string(2'000'000, '('), "too many marks");
  std::string recalls = "Nq\x01"s;
  for (int i = 0; i < 1'100'000; ++i) recalls += "h\x01"s;
  ExpectInvalid(recalls, "too large a stack");
  // One tuple of 10,000, copied again and again by torch.Size.
  std::string copies = "ctorch\nSize\nq\x01(" + std::string(10'000, 'N') + "tq\x02";
  for (int i = 0; i < 1'000; ++i) copies += "h\x01h\x02\x85R"s;
  ExpectInvalid(copies, "too large containers");
}

TEST_F(PickleTest, CyclesDoNoHarm) {
  const auto root = Read(
      "]q\x01h\x01"s
      "a."s);
  ASSERT_THAT(root, Succeeds());
  EXPECT_EQ((*root)->items[0], *root);
}

}  // namespace
}  // namespace electra
