#!/usr/bin/env python3
"""Bans turns of phrase from everything that people read: the documents, the comments of the
contract and of public headers, and the texts of the programs, their --help among them.

    words_test.py [FILE...]   shows what is wrong in these files, or in all of them"""
import pathlib
import re
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[1]

# A turn as a regular expression, and the better one.
BANNED = {
    r"(?<!here )\b(is|are|was|were) no (?!longer\b|more\b|less\b)": '"is not a number"',
    r"(?<!here )\b(is|are|was|were) none\b(?! of (it|its|them|these|the)\b)": '"is not one"',
    r"\b(is|are|was) wanted\b": '"expected a string"',
    r"\bbehind\b(?! a (firewall|proxy)\b)": '"after"; for a place, say what holds it',
    r"\bOf [a-z]": "begin with the subject",
    r"\bthose (that|which|who|whose)\b": "the noun",
    r"\bthat which\b": "the noun",
    r"\b(after|as|at|beside|besides|but|by|for|from|in|into|like|of|on|over|than|to|with|without)"
    r" what\b(?! follows:)": "the noun",
    r"(^|[.:] )What (is|are|was|were|has|have) (?![^.]*\?)": "the noun",
    r"\b(for|from|of|to|by|with) who\b": '"for anyone who"',
    r"(^|[.:;] )Who (?!may\b|is\b|can\b|signs\b)[a-z]+ (?![^.]*\?)": '"A user who", "Anyone who"',
    r"\bin the place of\b": '"instead of"',
    r"\b[Nn]othing is to be\b": "the imperative",
}
TURNS = [(re.compile(turn, re.MULTILINE), better) for turn, better in BANNED.items()]

PUBLIC_HEADERS = ("core/trainer.h", "core/inference.h", "core/base/", "server/base/")
LITERAL = re.compile(r'"(?:\\.|[^"\\\n])*"')
RAW = re.compile(r'R"(\w*)\((.*?)\)\1"', re.DOTALL)
# A string, a character, or a comment, whichever begins first: what is in one is not another.
CODE = re.compile(r'R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'|//[^\n]*|/\*.*?\*/',
                  re.DOTALL)


def texts_of_markdown(text):
    """Paragraphs, without what is quoted as code: with the line that each begins in."""
    text = re.sub(r"(?ms)^```.*?^```", lambda code: "\n" * code[0].count("\n"), text)
    text = re.sub(r"`[^`\n]*`", "``", text)
    for block in re.finditer(r"(?:^(?! {4}).*\S.*\n?)+", text, re.MULTILINE):
        yield text.count("\n", 0, block.start()) + 1, " ".join(block[0].split())


def texts_of_code(text, comments, literals):
    """Comments and string literals, those that stand beside each other in one."""
    found, end = [], None
    for token in CODE.finditer(text):
        kind = token[0][:1]
        if kind == "'" or (kind == "/" and not comments) or (kind in '"R' and not literals):
            continue
        if kind == "/":
            part = re.sub(r"^[/* ]+|[*/ ]+$", "", token[0])
        elif kind == "R":
            part = RAW.match(token[0])[2]
        else:
            part = token[0][1:-1].replace("\\n", " ").replace('\\"', '"')
        line = text.count("\n", 0, token.start()) + 1
        beside = end is not None and not text[end:token.start()].strip()
        if beside and found[-1][2] == (kind == "/"):
            found[-1][1] += (" " if kind == "/" else "") + part
        else:
            found.append([line, part, kind == "/"])
        end = token.end()
    return [(line, part) for line, part, _ in found]


def texts(path):
    """What people read in a file, as pairs of a line and a text."""
    text = (ROOT / path).read_text(encoding="utf-8")
    if path.endswith(".md"):
        return list(texts_of_markdown(text))
    is_program = path.startswith(("core/", "server/", "client/"))
    is_public = path.startswith(PUBLIC_HEADERS) and path.endswith(".h")
    return texts_of_code(text, path.endswith(".proto") or is_public, is_program)


def files():
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "*.md", "proto/electra/*.proto",
                             "core/*.h", "core/*.cc", "server/*.h", "server/*.cc", "client/*.h",
                             "client/*.cc"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [name for name in listed.stdout.splitlines() if (ROOT / name).exists()]


def wrong(names):
    return [f"{name}:{line}: \"{found[0].strip()}\" in \"{text[max(0, found.start() - 60):found.end() + 60]}\": {better}"
            for name in names for line, text in texts(name)
            for turn, better in TURNS for found in turn.finditer(text)]


class WordsTest(unittest.TestCase):
    def test_no_text_has_a_banned_turn(self):
        self.assertEqual("\n".join(wrong(files())), "")

    def test_each_kind_of_text_is_read(self):
        """Or the test above would pass over what it does not find."""
        read = {pathlib.Path(name).suffix: texts(name)
                for name in ("README.md", "proto/electra/v1/job.proto", "core/trainer.h",
                             "server/config/settings.cc")}
        for suffix, words in ((".md", "adapts ELECTRA language models"), (".proto", "skipped"),
                              (".h", "The one interface"), (".cc", "free one")):
            self.assertTrue(any(words in text for _, text in read[suffix]), suffix)

    def test_what_is_banned_is_found(self):
        for text in ("value is no number", "a string is wanted", "it goes on behind the step",
                     "Of the corpus", "keeps those that are free", "for what is older",
                     "said. Who comes later is told", "it is none"):
            self.assertTrue(any(turn.search(text) for turn, _ in TURNS), text)
        for text in ("there is no model", "it is no longer there", "behind a firewall",
                     "says what is wrong", "Who may call it"):
            self.assertFalse(any(turn.search(text) for turn, _ in TURNS), text)


if __name__ == "__main__":
    if sys.argv[1:]:
        print("\n".join(wrong(sys.argv[1:])))
    else:
        unittest.main()
