#!/usr/bin/env python3
"""The client's catalogue, client/i18n/ko.po, and the list of the server's codes,
proto/electra/v1/codes.pot, have every text of the sources.

    catalogue_test.py [--write]   --write renews codes.pot, and merges the texts into ko.po: new ones
                                  without their Korean, ones that nobody says any more go

xgettext reads the sources: the texts that the client marks (client/i18n/catalogue.h), those that
its commands are defined with, and the messages of core, hub and the server (core/base/message.h). Texts
under the context "server", which have no code, are added to ko.po by hand.
"""
import collections
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[1]
KOREAN = ROOT / "client/i18n/ko.po"
CODES = ROOT / "proto/electra/v1/codes.pot"

STATUS_CODES = ("Aborted AlreadyExists Cancelled DataLoss DeadlineExceeded FailedPrecondition "
                "Internal InvalidArgument NotFound OutOfRange PermissionDenied ResourceExhausted "
                "Unauthenticated Unavailable Unimplemented Unknown").split()
MESSAGES = ["Message:1c,2"] + [f"{code}Error:1c,2" for code in STATUS_CODES]
CLIENT = ["N_", "NC_:1c,2", "AddCommand:2", "AddOption:3", "AddFlag:2,2t", "AddFlag:3,3t",
          "AddVersion:3", "Footer:1"]

# Where the texts are that are under this context.
FIXED = "server"
FIXED_SOURCES = ("core/settings/hyperparameter_table.cc", "core/shape/presets.cc",
                 "server/services/model_service.cc")

# Names that are the same in Korean.
NAMES = {"Combined loss", "Generator loss", "Discriminator loss", "combined loss", "generator loss"}

HEADER = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n'


def parse(po):
    """{(context, text): translation} of a .po file's text; its header is left out."""
    entries, entry, key = {}, {}, None
    for line in [*po.splitlines(), ""]:
        keyword, _, string = line.partition(" ")
        if keyword in ("msgctxt", "msgid", "msgstr"):
            key = keyword
            entry[key] = json.loads(string)
        elif line.startswith('"'):
            entry[key] += json.loads(line)
        elif not line:
            if entry.get("msgid"):
                entries[entry.get("msgctxt", ""), entry["msgid"]] = entry["msgstr"]
            entry = {}
    return entries


def write(entries):
    """A .pot file of these (context, text)."""
    quoted = lambda text: json.dumps(text, ensure_ascii=False)
    return HEADER + "".join(
        (f"\nmsgctxt {quoted(context)}" if context else "") +
        f'\nmsgid {quoted(text)}\nmsgstr ""\n' for context, text in entries)


def sources(*folders):
    return sorted(str(path.relative_to(ROOT)) for folder in folders
                  for path in (ROOT / folder).rglob("*") if path.suffix in (".cc", ".h"))


def run(*command):
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout


def extract(keywords, files):
    """The (context, text) that stand under these keywords, in the order of the sources."""
    return list(parse(run("xgettext", "--from-code=UTF-8", "--language=C++", "--no-location",
                          "--no-wrap", "-k", *(f"-k{word}" for word in keywords), "-o", "-",
                          *files)))


def messages():
    return sorted(extract(MESSAGES, sources("core", "hub", "server")))


def fixed_texts():
    """All literals of the sources of texts without a code, most of which are not such texts."""
    literals = parse(run("xgettext", "--from-code=UTF-8", "--language=C++", "--extract-all",
                         "--no-location", "--no-wrap", "-o", "-", *FIXED_SOURCES))
    return {(FIXED, text) for _, text in literals}


def places(text):
    return set(re.findall(r"\{[a-z_]+\}|\$\d", text))


def typed(text):
    """The command lines of a help text, without their comments."""
    return {line.partition("  # ")[0].rstrip() for line in text.splitlines()
            if line.startswith("  electra ")}


class Catalogue(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.messages = messages()
        cls.client = extract(CLIENT, sources("client"))
        cls.text = KOREAN.read_text(encoding="utf-8")
        cls.korean = parse(cls.text)

    def test_the_list_has_the_codes_that_are_said(self):
        self.assertEqual(CODES.read_text(encoding="utf-8"), write(self.messages),
                         "renew it: tests/catalogue_test.py --write")

    def test_a_code_has_one_template(self):
        templates = collections.defaultdict(list)
        for code, text in self.messages:
            templates[code].append(text)
        self.assertEqual({}, {code: texts for code, texts in templates.items() if len(texts) > 1})

    def test_every_text_has_its_korean(self):
        self.assertGreater(len(self.client), 600)
        said = [*self.client, *self.messages]
        self.assertEqual([], [key for key in said if not self.korean.get(key)])
        self.assertNotRegex(self.text, "(?m)^#.*fuzzy")

    def test_nothing_is_there_that_nobody_says(self):
        said = {*self.client, *self.messages, *fixed_texts()}
        self.assertEqual([], [key for key in self.korean if key not in said])
        self.assertNotIn("#~", self.text)

    def test_both_languages_have_the_same_places(self):
        self.assertEqual([], [key for key, korean in self.korean.items()
                              if places(key[1]) != places(korean)])

    def test_command_lines_are_the_same_in_both_languages(self):
        self.assertEqual([], [key for key, korean in self.korean.items()
                              if typed(key[1]) != typed(korean)])

    def test_sentences_are_korean(self):
        self.assertEqual([], [key for key, korean in self.korean.items()
                              if re.search("[a-z]{3,} [a-z]{3,}", key[1]) and key[1] not in NAMES
                              and not re.search("[가-힣]", korean)])

    def test_gettext_accepts_it(self):
        done = subprocess.run(["msgfmt", "--check", "-o", "/dev/null", KOREAN],
                              capture_output=True, text=True)
        self.assertEqual("", done.stderr)
        self.assertEqual(0, done.returncode)


def renew():
    CODES.write_text(write(messages()), encoding="utf-8")
    known = fixed_texts()
    fixed = [key for key in parse(KOREAN.read_text(encoding="utf-8")) if key in known]
    with tempfile.TemporaryDirectory() as folder:
        pot, merged = pathlib.Path(folder, "all.pot"), pathlib.Path(folder, "ko.po")
        said = dict.fromkeys([*extract(CLIENT, sources("client")), *fixed, *messages()])
        pot.write_text(write(said), encoding="utf-8")
        run("msgmerge", "--quiet", "--no-fuzzy-matching", "--no-wrap", "-o", merged, KOREAN, pot)
        run("msgattrib", "--no-obsolete", "--no-wrap", "-o", KOREAN, merged)


if __name__ == "__main__":
    if "--write" in sys.argv[1:]:
        renew()
    else:
        unittest.main(verbosity=2)
