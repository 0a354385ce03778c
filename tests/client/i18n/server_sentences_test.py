"""Every sentence that the server can say has its Korean in the client's catalogue.

    server_sentences_test.py --source /path/to/the/checkout

As xgettext does, this reads the sentences where they are written: what is handed to absl's error
functions, to lists of violations, to the log of a job. What they name is a number here.
"""
import argparse
import itertools
import pathlib
import re
import sys
import unittest

OPTIONS = None

# Of these the client shows what they say.
SPEAKERS = ("server/**/*.cc", "server/**/*.h", "core/batch/*.cc", "core/loop/*.cc",
            "core/probe/*.cc", "core/session/*.cc", "core/settings/*.cc", "core/text/*.cc",
            "core/base/device_lost.cc", "core/hub/pretrained*.cc", "core/hub/tensor_check.cc")
# These speak to who runs the daemon, on its own command line and in its log, which are English.
OF_THE_DAEMON = ("server/base/data_dir.cc", "server/base/log.cc", "server/config/",
                 "server/daemon.cc", "server/metrics/", "server/models/card.cc", "server/process/",
                 "server/rpc/listening_sockets.cc", "server/rpc/tls.cc", "server/store/backup.cc",
                 "server/store/migrate.cc", "server/upkeep/check.cc")
# These describe the inside of files of ours, which no user has written: their words are for who
# mends them, and the sentence around them has its Korean.
INTERNAL = ("core/text/token_cache.cc", "core/text/token_cache_build.cc",
            "core/text/token_cache_writer.cc", "core/loop/checkpoint.cc",
            "core/session/session_state.cc", "core/session/adamw.cc", "core/hub/pretrained_save.cc",
            "server/jobs/report_messages.cc", "server/jobs/struct_json.cc", "server/store/database.cc")

SPEECH = re.compile(r"\b(?:absl::\w+Error|Invalid|FilterError|Warn|OnMessage|FieldViolation|Advice|"
                    r"push_back|emplace_back|RefuseName)\(")
LITERAL = re.compile(r'\s*"((?:[^"\\]|\\.)*)"')
NAME = "7"


def without_comments(text):
    pattern = r'"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'|//[^\n]*|R"(\w*)\((?:.|\n)*?\)\1"'
    return re.sub(pattern, lambda m: '""' if m.group(0)[:2] in ("//", 'R"') else m.group(0), text)


def end_of(text, at):
    """Behind the bracket that closes the one at `at`."""
    depth = 0
    while at < len(text):
        char = text[at]
        if char in "\"'":
            quote, at = char, at + 1
            while text[at] != quote:
                at += 2 if text[at] == "\\" else 1
        depth += (char in "([{") - (char in ")]}")
        at += 1
        if depth == 0:
            return at
    return at


def split(text, border):
    """At `border`, where no bracket is open."""
    parts, at, begin = [], 0, 0
    while at < len(text):
        if text[at] in "([{\"'":
            if text[at] in "\"'":
                quote, at = text[at], at + 1
                while text[at] != quote:
                    at += 2 if text[at] == "\\" else 1
                at += 1
            else:
                at = end_of(text, at)
            continue
        if text[at] == border and text[at - 1:at + 2] != "::" and text[at:at + 2] != "::":
            parts.append(text[begin:at])
            begin = at + 1
        at += 1
    return parts + [text[begin:]]


def unescaped(text):
    return re.sub(r'\\(.)', lambda m: {"n": "\n", "t": "\t"}.get(m.group(1), m.group(1)), text)


def literal(text):
    value, at = "", 0
    text = text.strip()
    while at < len(text):
        match = LITERAL.match(text, at)
        if not match:
            return None
        value, at = value + unescaped(match.group(1)), match.end()
    return value if text else None


def variants(expression):
    """What an expression of text can become, with a number for what is not known here."""
    expression = expression.strip()
    said = literal(expression)
    if said is not None:
        return [said]
    call = re.match(r"(?:absl::)?(StrCat|StrFormat|string|string_view)\(", re.sub(r"^std::", "", expression))
    prefix = re.match(r"(?:std::|absl::)?(StrCat|StrFormat|string)\(", expression)
    if call and prefix and end_of(expression, prefix.end() - 1) == len(expression):
        arguments = split(expression[prefix.end():-1], ",")
        if prefix.group(1) == "StrFormat":
            form = literal(arguments[0])
            return [re.sub(r"%[-.0-9]*[a-z]", NAME, form)] if form else [NAME]
        parts = [variants(argument) for argument in arguments]
        if sum(len(part) > 1 for part in parts) > 4:
            return [NAME]
        return ["".join(choice) for choice in itertools.product(*parts)]
    question = split(expression, "?")
    if len(question) == 2:
        answers = split(question[1], ":")
        if len(answers) == 2:
            return variants(answers[0]) + variants(answers[1])
    return [NAME]


def sentences_of(text):
    text = without_comments(text)
    for match in SPEECH.finditer(text):
        inside = text[match.end():end_of(text, match.end() - 1) - 1].strip()
        if match.group(0) in ("push_back(", "emplace_back("):
            braces = re.match(r"(?:FieldViolation)?\{", inside)
            if not braces and "emplace" not in match.group(0):
                continue
            if braces:
                inside = inside[braces.end():-1]
        for argument in split(inside, ","):
            # Of two words and a number are the ends of sentences that are put together.
            yield from (said for said in variants(argument)
                        if " " in said and len(re.findall("[A-Za-z]+", said)) > 2)


def catalogue(source):
    """The templates as patterns."""
    patterns = []
    for name in ("service_sentences.cc", "training_sentences.cc"):
        text = without_comments((source / "client/i18n" / name).read_text(encoding="utf-8"))
        table = text[text.index("kSentences[] = {"):]
        for entry in re.finditer(r'\{((?:\s*"(?:[^"\\]|\\.)*")+),((?:\s*"(?:[^"\\]|\\.)*")+)\}', table):
            english, korean = literal(entry.group(1)), literal(entry.group(2))
            form = "".join("(.+?)" if part.startswith("$") else re.escape(part)
                           for part in re.split(r"(\$\d)", english) if part)
            patterns.append((english, korean, re.compile(form, re.S)))
    return patterns


class ServerSentences(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.patterns = catalogue(OPTIONS.source)
        # "$0 is $1" is true of nearly everything, and proves nothing.
        cls.telling = [form for english, _, form in cls.patterns
                       if len(re.sub(r"\$\d", "", english)) >= 8]
        cls.samples = [re.sub(r"\$\d", NAME, english) for english, _, _ in cls.patterns]

    def known(self, sentence):
        rest = sentence
        # The end of a sentence whose beginning is put together elsewhere.
        if sentence.startswith(NAME) and any(sample.endswith(sentence[1:]) for sample in self.samples):
            return True
        while True:
            if any(form.fullmatch(rest) for form in self.telling):
                return True
            front, colon, rest = rest.partition(": ")
            if not colon or " " in front:
                return False

    def test_each_has_korean(self):
        read, missing = 0, []
        files = sorted({file for pattern in SPEAKERS for file in OPTIONS.source.glob(pattern)})
        for file in files:
            place = file.relative_to(OPTIONS.source).as_posix()
            if place.startswith(OF_THE_DAEMON + INTERNAL):
                continue
            for sentence in sentences_of(file.read_text(encoding="utf-8")):
                read += 1
                if not self.known(sentence):
                    missing.append(f"{place}: {sentence}")
        self.assertGreater(read, 200)
        self.assertEqual(missing, [], "\n" + "\n".join(missing))

    def test_both_languages_name_the_same(self):
        english = [entry[0] for entry in self.patterns]
        self.assertEqual(len(english), len(set(english)), "a sentence stands twice")
        self.assertGreater(len(english), 250)
        for said, korean, _ in self.patterns:
            with self.subTest(said):
                places = re.findall(r"\$\d", said)
                self.assertEqual(places, [f"${i}" for i in range(len(places))])
                self.assertEqual(set(re.findall(r"\$\d", korean)) - set(places), set())
                self.assertRegex(korean, "[가-힣]|^[$0-9a-zA-Z ,.:/]+$")


def main():
    global OPTIONS
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", type=pathlib.Path, required=True)
    OPTIONS, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)


if __name__ == "__main__":
    main()
