"""A session in Korean, of somebody who reads no English: a wrong key, a job that fails, its
retry, and how the job is shown. Nothing in it is an English sentence."""
import argparse
import contextlib
import fcntl
import hashlib
import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
import unittest

import rig

OPTIONS = None  # set by main

# Two words of a sentence; names of keys, files and losses stand alone, or have capitals.
ENGLISH = re.compile(r"(?<![\w./`-])[a-z]{3,} [a-z]{3,}(?![\w./])| (?:a|is|to|or|of) ")
COMMANDS = re.compile(r"electra( --\S+ \S+)* [a-z]+( [a-z]+)?|`[^`]*`|\"[^\"]*\"|\S+=\S+")


def english(shown):
    """The lines that have an English sentence."""
    return [line for line in shown.splitlines() if ENGLISH.search(COMMANDS.sub("", line))]


class KoreanSession(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="electra-korean-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        (self.folder / "data").mkdir()
        self.daemon = rig.Daemon(OPTIONS.electrad, self.folder / "data").start()
        self.addCleanup(self.daemon.end)
        self.client = rig.Client(OPTIONS.electra, self.daemon.address)
        self.shown = {}

    def on_terminal(self, *arguments, expect):
        """What a Korean user sees."""
        terminal, slave = os.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("4H", 50, 500, 0, 0))
        environment = {**self.client.environment, "LANG": "ko_KR.UTF-8", "TERM": "dumb"}
        environment.pop("LC_ALL", None)
        process = subprocess.Popen([OPTIONS.electra, *map(str, arguments)], env=environment,
                                   stdin=slave, stdout=slave, stderr=slave)
        os.close(slave)
        shown = b""
        with contextlib.suppress(OSError):  # the terminal's end
            while part := os.read(terminal, 65536):
                shown += part
        os.close(terminal)
        text = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "\n", shown.decode().replace("\r", "\n"))
        self.assertEqual(process.wait(timeout=60), expect, text)
        self.assertRegex(text, "[가-힣]")
        self.assertEqual(english(text), [], text)
        return text

    def test_nothing_of_a_session_is_english(self):
        text = pathlib.Path(OPTIONS.corpus).read_text(encoding="utf-8")
        other = self.folder / "other.txt"
        other.write_text(text + "마지막 줄\n", encoding="utf-8")

        wrong = self.on_terminal("submit", "--corpus", OPTIONS.corpus, "--model", "tiny",
                                 "--set", "lerning_rate=1e-4", expect=3)
        self.assertIn("learning_rate", wrong)

        # While one job trains, the text of the next one goes.
        first = self.client.submit("--corpus", OPTIONS.corpus, settings={"max_steps": 100000})
        failing = self.client.submit("--corpus", other, settings={"sample_every": 0})
        stored = self.daemon.data_dir / "corpora" / hashlib.sha256(other.read_bytes()).hexdigest()
        stored.rename(self.folder / "gone")
        self.on_terminal("job", "cancel", first, expect=0)
        failed = self.on_terminal("watch", failing, "--plain", expect=1)
        self.assertIn("실패", failed)
        self.assertIn("이유", self.on_terminal("job", "show", failing, expect=0))

        (self.folder / "gone").rename(stored)
        self.on_terminal("job", "retry", failing, expect=0)
        self.assertIn("완료", self.on_terminal("watch", failing, "--plain", expect=0))
        for command in (("job", "show", failing), ("jobs",), ("status",), ("history",),
                        ("hyperparameters",), ("model", "list"), ("submit", "--help")):
            self.on_terminal(*command, expect=0)

    def test_an_english_sentence_would_be_found(self):
        for line in ("electra: unknown hyperparameter \"lr\": did you mean seed?",
                     "오류: the daemon was restarted", "tried again",
                     "실패: cannot be opened: no such file"):
            self.assertEqual(english(line), [line])
        for line in ("Combined 10.1 Generator 9.1 Discriminator 0.6", "learning_rate  0.0005",
                     "`electra job delete`로 삭제하세요", "models/tiny  computing_ko.txt"):
            self.assertEqual(english(line), [])


def main():
    global OPTIONS
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("--electrad", "--electra", "--corpus"):
        parser.add_argument(name, required=True)
    OPTIONS, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)


if __name__ == "__main__":
    main()
