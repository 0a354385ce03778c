#!/usr/bin/env python3
"""Compares our tokenizer with Hugging Face's, token by token: ids and character offsets.

    compare_tokenizers.py TOKENIZE_TOOL [--vocab VOCAB] [FILE ...]

TOKENIZE_TOOL is the binary of tokenize_tool.cc. Compared are: every line of tests/golden/text/text.txt
with the vocabulary there; every line of every FILE with VOCAB; then every code point alone, those
of the populated planes between letters and among combining marks too, and seeded random mixtures,
with a vocabulary in which every such code point is a token, so that whatever becomes of a character
shows in the ids. Files that are not there are named and passed over. Exit status 0: no difference.

The two libraries follow different versions of Unicode. `tokenizers` mixes three of them, and ours
reproduces the mixture (core/text/unicode_table.cc), so there is no code point to leave out. These
are the ones that would differ if ICU's own properties (Unicode 15) were taken; the comparison is
held over them as over all others:

  unassigned in Unicode 8, the version of crate unicode_categories 0.1: format characters 8E2,
    890-891, 110CD, 13430-1343F stay; about 420 non-spacing marks and 130 punctuation characters
    of Unicode 9 to 15 are neither stripped nor split off
  unassigned in any version, and non-characters (FFFE, FDD0-FDEF, ...): stay
  166D 111C9 punctuation, 1734 a non-spacing mark, 1885 1886 A9BD none: their categories in
    Unicode 8, changed since
  decompositions and combining classes of characters younger than Unicode 9, among them 11938: none
  lower case of Unicode 16 and 17: 1C89 A7CB A7CC A7CE A7D2 A7D4 A7DA A7DC 10D50-10D65 16EA0-16EB8
"""

import argparse
import pathlib
import random
import subprocess
import sys
import tempfile

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

HERE = pathlib.Path(__file__).resolve().parent
GOLDEN = HERE.parents[1] / "golden" / "text"
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
SURROGATES = range(0xD800, 0xE000)
SHOWN = 10


class Case:
    """One setting of the normalizer."""

    def __init__(self, lower, strip, chinese=True, clean=True):
        self.lower, self.strip, self.chinese, self.clean = lower, strip, chinese, clean

    def arguments(self):
        strip = "default" if self.strip is None else str(int(self.strip))
        return [str(int(self.lower)), strip, str(int(self.chinese)), str(int(self.clean))]

    def normalizer(self):
        return normalizers.BertNormalizer(
            clean_text=self.clean,
            handle_chinese_chars=self.chinese,
            strip_accents=self.strip,
            lowercase=self.lower,
        )

    def __str__(self):
        return "lower={} strip={} chinese={} clean={}".format(*self.arguments())


FOUR = [Case(lower, strip) for lower in (False, True) for strip in (False, True)]
OTHERS = [Case(lower, None, chinese, clean) for lower in (False, True)
          for chinese in (False, True) for clean in (False, True)]


def escape(text):
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")


class Comparison:
    def __init__(self, tool, vocab):
        self.tool, self.vocab = tool, str(vocab)
        self.theirs = Tokenizer(models.WordPiece.from_file(self.vocab, unk_token="[UNK]"))
        self.theirs.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        self.differences = 0

    def ours(self, texts, case):
        lines = "".join(escape(text) + "\n" for text in texts).encode()
        run = subprocess.run([self.tool, self.vocab, *case.arguments()], input=lines,
                             stdout=subprocess.PIPE, check=True)
        # Of what splits lines, only \n does so here.
        return run.stdout.decode().split("\n")[:-1]

    def check(self, name, texts, cases):
        for case in cases:
            self.theirs.normalizer = case.normalizer()
            ours = self.ours(texts, case)
            if len(ours) != len(texts):
                sys.exit(f"{name}, {case}: {len(ours)} results for {len(texts)} texts")
            tokens = wrong = 0
            for start in range(0, len(texts), 10000):
                batch = texts[start:start + 10000]
                encodings = self.theirs.encode_batch(batch, add_special_tokens=False)
                for text, mine, encoding in zip(batch, ours[start:], encodings):
                    expected = " ".join(
                        f"{i}:{b}:{e}" for i, (b, e) in zip(encoding.ids, encoding.offsets))
                    tokens += len(encoding.ids)
                    if mine != expected:
                        wrong += 1
                        if wrong <= SHOWN:
                            print(f"  {text!r}\n    ours   {mine}\n    theirs {expected}")
            self.differences += wrong
            print(f"{name}, {case}: {len(texts)} texts, {tokens} tokens, {wrong} differ", flush=True)


def scalars():
    return (c for c in range(0x110000) if c not in SURROGATES)


def populated(c):
    """Whether a code point lies where Unicode has characters, or is one of few of the empty rest:
    there one is treated like the other."""
    return c < 0x33500 or 0xE0000 <= c < 0xE0200 or c % 61 == 0 or c & 0xFFFE == 0xFFFE


def write_vocabulary(path, points):
    """Every one of these code points, as a word and as a continuation."""
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write("\n".join(SPECIAL) + "\n")
        for c in points:
            if c != 0x0A:
                file.write(f"{chr(c)}\n##{chr(c)}\n")


def random_texts(count, seed):
    """Mixtures of what normalizing treats in different ways."""
    source = random.Random(seed)
    kinds = [
        "ab Zé 9",
        "가각힣뷁",
        "\u1100\u1161\u11a8\u1112\u1175\u11c2",
        "漢字\uf900\U0002f800\u9fff",
        "\u0301\u0323\u0345\u0334\u0344\u0f71\u0f72\u0f73\u0f75\u0f81",
        "\U0001d15e\U0001d165\U0001d16e\u302e\u302f\u31f0\U0001d1bc",
        "ÅǺṩὟΆİßΣς≠ặ\u09cb\u0ddd\u0cca",
        ".,!?[]##$+~\u3002\u300c\u2014",
        "\u200d\ufe0f\U0001f469\U0001f3fd\U0001f468\U0001f1f0",
        "\u0000\u0001\u007f\u0085\u00ad\u200b\ufeff\ufffd\ue000\t\n\r\x0b\x0c\x1c",
        "\u00a0\u2000\u2001\u2028\u3000\u1680\u180e",
        "\u0e31\u0e33\u0eb1\u07a6",
    ]
    texts = []
    for _ in range(count):
        if source.random() < 0.2:
            characters = [chr(source.choice([c for c in (source.randrange(0x110000),)
                                             if c not in SURROGATES] or [0x41]))
                          for _ in range(source.randrange(1, 12))]
        else:
            few = source.sample(kinds, source.randrange(1, 4))
            characters = [source.choice(source.choice(few)) for _ in range(source.randrange(1, 40))]
        texts.append("".join(characters))
    texts += ["", " ", "x" * 100, "x" * 101, "가" * 100, "가" * 101, "é" * 100 + " é" * 3,
              "e\u0301" * 101, "\u0301" * 300, "[MASK] [CLS]", "##a a##a"]
    return texts


def compare_full(tool):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "vocab.txt"
        write_vocabulary(path, scalars())
        # What strips and lowers does all that the others do.
        every = Comparison(tool, path)
        every.check("every code point alone", [chr(c) for c in scalars()], FOUR[-1:])
        # The tool reads its vocabulary in each case: a smaller one halves the time of the whole.
        write_vocabulary(path, filter(populated, scalars()))
        comparison = Comparison(tool, path)
        points = [chr(c) for c in scalars() if populated(c)]
        comparison.check("code points alone", points, FOUR)
        comparison.check("code points between letters", [f"a{c}b" for c in points], FOUR)
        comparison.check("code points among marks",
                         [f"a\u0301{c}\u0323{c}\u0334\U0001d165b" for c in points],
                         [case for case in FOUR if case.strip])
        comparison.check("random mixtures", random_texts(30000, seed=1), FOUR + OTHERS)
        return every.differences + comparison.differences


def read_lines(path):
    return path.read_bytes().decode("utf-8").split("\n")


def main():
    parser = argparse.ArgumentParser(description="ours against Hugging Face's tokenizer")
    parser.add_argument("tool")
    parser.add_argument("--vocab", type=pathlib.Path, default=GOLDEN / "vocab.txt")
    parser.add_argument("files", nargs="*", type=pathlib.Path)
    arguments = parser.parse_intermixed_args()

    differences = 0
    for vocab, files in ((GOLDEN / "vocab.txt", [GOLDEN / "text.txt"]),
                         (arguments.vocab, arguments.files)):
        present = [path for path in files if path.exists()]
        for path in set(files) - set(present):
            print(f"{path} is not there, passed over")
        if not vocab.exists():
            print(f"{vocab} is not there, its files are passed over")
            continue
        comparison = Comparison(arguments.tool, vocab)
        for path in present:
            comparison.check(path.name, read_lines(path), FOUR + OTHERS)
        differences += comparison.differences
    differences += compare_full(arguments.tool)
    print("equal" if differences == 0 else f"{differences} differences")
    return 0 if differences == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
