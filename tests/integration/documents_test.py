"""The documents say what is true: their links lead somewhere, their commands run as they stand, and
their list of commands is the client's."""
import argparse
import functools
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
import unittest

from rig import free_port

ARGUMENTS = None
ROOT = pathlib.Path(__file__).resolve().parents[2]
READMES = ["README.md", *(f"{folder}/README.md" for folder in
                          ("client", "client/python", "core", "deploy", "proto", "server",
                           "tests"))]
DOCUMENTS = READMES + ["CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"]

# Commands that no test can run as they stand, each with the reason, or the place that tries it.
ELSEWHERE = {
    r"deploy/quickstart\.sh": "deployment_test",
    r"deploy/(setup|test|lint)\.sh|\.ci/run": "the way to this test",
    r"cmake |cpack |ctest |(ELECTRA_UPDATE_GOLDEN=1 )?build/release/bin/\w+_test|tests/fuzz/":
        "builds, and what they build",
    r"deploy/release\.sh |sha256sum |podman |skopeo |pip install ": "release_test",
    r"build/gpu/": "needs a GPU",
    r"build/release/bin/engine_bench .*--dtype bfloat16": "takes minutes where bfloat16 is emulated",
    r"docker |kubectl |sed -i .* deploy/kubernetes/": "deployment_test",
    r"torchrun |sbatch ": "ranks_test",
    r"electra (submit|model import) .*\bhf:": "hub_test",
    r"electra ui": "ui_test",
    r"electra (finetune|model download finetunings/)": "finetune_test",
    r"(build/release/bin/)?electrad selftest": "selftest_test",
    r"sudo |apt |runuser |systemctl ": "changes the machine",
    r"ssh |tensorboard |MLFLOW_ALLOW_FILE_STORE=true ": "programs of others",
    r"python3 -m (venv|pip) ": "downloads packages",
}
DEPLOYMENTS = ("Image", "Compose", "Kubernetes")  # whose steps deployment_test takes
# Placeholders for something of the reader's, and their values here.
PLACES = {
    r"\bJOB\b": "$(newest)",
    r"\bDIR\b": "~/electrad",
    r"/backup\b": "~/backup",
    r"/etc/electrad/electrad\.yaml": "deploy/packaging/electrad.yaml",
    r"\bgpu-node\b": "localhost",
    r"(?<![\w/])(ca|ann)\.(pem|key)\b": r"certificates/\1.\2",
    r"\btokens/5d1c\b": "$(token_of bob)",
    r"--model small\b": "--model tiny",  # for its time
    r"~/grpc/bin/python3": "build/venv/bin/python3",
}
# Added to commands that ask for something, or would take long.
ANSWERS = {
    r"electra config init .*": r"\g<0>; sed -i 's/^# column: .*/column: sen/; "
                               r"s/^  # max_steps: .*/  max_steps: 4/; "
                               r"s/^  # vocab_size: .*/  vocab_size: 1000/' job.yaml",
    r"electra submit .*--notify .*": r"\g<0> --dry-run",  # nobody's webhook is told
    r"build/release/bin/engine_bench .*": r"\g<0> --model tiny --steps 3 --threads 1",
    r"electrad token create .*--role admin.*": r"\g<0> | tee token.txt",
    r"electra login (?!.*--cert).*": r"\g<0> <token.txt",
    r"electra watch --follow-all": r"timeout --signal INT 3 \g<0> || [ $? = 124 ]",
}
PRELUDE = r"""
newest() { electra jobs --json | sed -n '1s/.*"name": *"jobs\/\([0-9a-f]*\)".*/\1/p'; }
token_of() { electra token list --server "$TLS_SERVER" | grep "$1" | cut -f1; }
stop() { if [ -n "${daemon-}" ]; then kill "$daemon"; wait "$daemon" || true; daemon=; fi; }
serve() {
  stop
  : >daemon.stdout
  "$@" >daemon.stdout 2>>daemon.log &
  daemon=$!
  until grep -q '^listening on' daemon.stdout; do kill -0 "$daemon"; sleep 0.1; done
}
first_job() {
  serve electrad --data-dir ~/electrad
  electra submit --corpus books.csv --column sen --model tiny --name first --watch \
      --set batch_size=8 --set max_length=48 --set vocab_size=1000 --set sample_every=4
}
published() {  # a vocabulary, and a pair as others publish it
  [ ! -e vocab.txt ] || return 0
  electra model download "$(newest)" pair
  cp pair/generator/vocab.txt .
  mv pair/generator koelectra-small-v3-generator
  mv pair/discriminator koelectra-small-v3-discriminator
}
trap 'kill $(jobs -p) 2>/dev/null || true; wait' EXIT
set -ex
"""


def text_of(document):
    return (ROOT / document).read_text(encoding="utf-8")


def without_fences(text):
    return re.sub(r"(?ms)^```.*?^```$", "", text)


def headings(document):
    return re.findall(r"(?m)^##+ (.*)$", without_fences(text_of(document)))


def anchor(heading):
    """As GitHub makes it."""
    heading = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def commands(document, without=()):
    """The lines of the indented blocks, joined after a backslash; `without` names sections."""
    text = without_fences(text_of(document))
    for section in without:
        before, _, after = text.partition(f"\n## {section}\n")
        text = before + "\n## " + after.partition("\n## ")[2]
    lines = text.replace("\\\n", " ").splitlines()
    block = [line[4:] for before, line in zip(["", *lines], lines)
             if re.match(r" {4}\S", line) and not re.match(r"(- |\d+\. | {2}\S)", before)]
    return [re.sub(r"\s{2,}", " ", line) for line in block]


def is_elsewhere(line):
    return any(re.match(pattern, line) for pattern in ELSEWHERE)


def script(document, without=()):
    """The commands that run here, in their order, as one shell's."""
    made = []
    for line in commands(document, without):
        if is_elsewhere(line):
            continue
        for pattern, place in PLACES.items():
            line = re.sub(pattern, place, line)
        code = re.split(r"\s+#\s", line)[0]
        for pattern, answer in ANSWERS.items():
            code = re.sub(f"^{pattern}$", answer, code)
        if "--vocab vocab.txt" in code or code.startswith("electra model import"):
            made.append("published")
        if re.match(r"electrad token ", code):
            made.append("stop")
        if re.match(r"electrad --(?!help)", code) and not code.endswith("&"):
            code = "serve " + code
        made.append(code)
    return made


@functools.cache
def options_of(program, *words):
    """The long options that a command's help names."""
    result = subprocess.run([program, *words, "--help"], capture_output=True, text=True, timeout=60,
                            env={**os.environ, "LC_ALL": "C.UTF-8"})
    return result.returncode, set(re.findall(r"--[a-z][a-z0-9-]*", result.stdout))


class LinksTest(unittest.TestCase):
    def test_each_leads_somewhere(self):
        for document in DOCUMENTS:
            for target in re.findall(r"\]\(([^)\s]+)\)", without_fences(text_of(document))):
                if re.match(r"https?:", target):
                    continue
                path, _, place = target.partition("#")
                there = (ROOT / document).parent / path if path else ROOT / document
                self.assertTrue(there.exists(), f"{document}: {target}")
                if place:
                    name = str(there.resolve().relative_to(ROOT))
                    self.assertIn(place, [anchor(heading) for heading in headings(name)],
                                  f"{document}: {target}")

    def test_each_document_begins_with_its_contents(self):
        for document in READMES[1:]:
            listed = re.findall(r"(?m)^- \[(.*)\]\(#(.*)\)$", text_of(document))
            sections = re.findall(r"(?m)^## (.*)$", without_fences(text_of(document)))
            self.assertEqual(listed, [(name, anchor(name)) for name in sections], document)

    def test_the_first_one_is_short(self):
        self.assertLessEqual(len(text_of("README.md").splitlines()), 150)


class CommandsTest(unittest.TestCase):
    def test_the_table_has_every_command(self):
        section = text_of("client/README.md").split("\n## Commands\n")[1].split("\n## ")[0]
        named = set()
        for first in re.findall(r"(?m)^\| (`electra.*?) \| ", section.replace("\\|", "/")):
            for words in re.findall(r"`electra ([^`]*)`", first):
                group, *more = words.split()
                named.add((group,))
                if more and re.match(r"[a-z]", more[0]):
                    named |= {(group, word) for word in more[0].split("/")}
        named -= {("completion", shell) for shell in ("bash", "zsh", "fish")}
        shown = subprocess.run([ARGUMENTS.electra, "--help"], capture_output=True, text=True,
                               env={**os.environ, "LC_ALL": "C.UTF-8"}).stdout
        shown = shown.split("\nOptions:")[0]
        known = {(name,) for name in re.findall(r"(?m)^  ([a-z]+)  +[A-Z]", shown)}
        self.assertGreater(len(known), 15, shown)
        self.assertEqual(known - named, set())
        for words in sorted(named):
            self.assertEqual(options_of(ARGUMENTS.electra, *words)[0], 0, words)

    def test_a_command_within_a_sentence_has_the_options_that_it_is_given(self):
        for document in DOCUMENTS:
            for code in re.findall(r"`(electrad? [^`]*)`", without_fences(text_of(document))):
                words = shlex.split(code.replace("\\|", "|"))
                program = getattr(ARGUMENTS, words[0])
                path = []
                for word in words[1:]:
                    if not re.fullmatch(r"[a-z]+", word) or len(path) == 2:
                        break
                    path.append(word)
                status, known = options_of(program, *path)
                if status:  # the second word was an argument
                    path.pop()
                    status, known = options_of(program, *path)
                self.assertEqual(status, 0, f"{document}: {code}")
                known |= options_of(program)[1]
                given = {word.split("=")[0] for word in words if word.startswith("--")}
                self.assertLessEqual(given, known, f"{document}: {code}")

    def test_what_runs_elsewhere_names_files_that_are_there(self):
        for document in DOCUMENTS:
            for line in filter(is_elsewhere, commands(document)):
                for name in re.findall(r"(?<![\w/])(?:deploy|tests|\.ci)/[\w./-]*\w", line):
                    made = name.startswith("deploy/secrets")  # by a command of the same block
                    self.assertTrue(made or (ROOT / name).exists(), f"{document}: {line}")
                for preset in re.findall(r"--preset (\w+)", line):
                    self.assertIn(f'"name": "{preset}"', text_of("CMakePresets.json"), line)


class BlocksTest(unittest.TestCase):
    """Each document's commands, typed into one shell from its first line to its last."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="electra-test-")
        self.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name)
        (self.path / "build/release").mkdir(parents=True)
        for name in ("deploy", "proto", "tests", "build/venv"):
            (self.path / name).symlink_to(ROOT / name)
        (self.path / "build/release/bin").symlink_to(pathlib.Path(ARGUMENTS.electrad).absolute().parent)
        for name in ("home/.local/share/bash-completion/completions", "home/backup"):
            (self.path / name).mkdir(parents=True)
        sentences = pathlib.Path(ARGUMENTS.corpus).read_text(encoding="utf-8").splitlines()[:80]
        for name, lines in (("books.csv", ["sen", *(f'"{line}"' for line in sentences)]),
                            ("draft.txt", sentences[:2]), ("sentences.txt", sentences[:3])):
            (self.path / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
        for name in ("electrad", "electra"):
            self.assertTrue((self.path / "build/release/bin" / name).exists())

    def type(self, lines, more=""):
        port = free_port()
        text = "\n".join(lines).replace("50551", str(port)).replace("9464", str(free_port()))
        environment = {name: value for name, value in os.environ.items()
                       if not name.startswith(("ELECTRA", "XDG_"))}
        result = subprocess.run(
            ["bash"], input=f"{PRELUDE}{text}\n{more}\n: all done\n", cwd=self.path, text=True,
            encoding="utf-8", capture_output=True, timeout=600,
            env={**environment, "HOME": str(self.path / "home"), "LC_ALL": "C.UTF-8",
                 "PATH": f"{self.path}/build/release/bin:{os.environ['PATH']}",
                 "PYTHONDONTWRITEBYTECODE": "1", "ELECTRAD_LISTEN": f"127.0.0.1:{port}", "ELECTRA_SERVER": f"127.0.0.1:{port}",
                 "ELECTRAD_THREADS": "1", "TLS_SERVER": f"localhost:{port}",
                 "ELECTRA_MODEL": "tiny"})
        said = f"{result.stdout[-3000:]}\n{result.stderr[-4000:]}"
        self.assertEqual(result.returncode, 0, said)
        self.assertIn("all done", result.stderr, said)
        return result.stdout

    def test_readme(self):
        python = re.search(r"(?ms)^```python\n(.*?)^```$", text_of("README.md"))[1]
        (self.path / "load.py").write_text(python, encoding="utf-8")
        said = self.type(script("README.md"), "build/venv/bin/python3 load.py")
        self.assertEqual(said.count("] succeeded"), 3, said)

    def test_client(self):
        self.type(["first_job", *script("client/README.md")])
        written = {path.name for path in (self.path / "run").iterdir()}
        self.assertIn("steps.csv", written)
        self.assertTrue((self.path / "run.html").exists())

    def test_server(self):
        self.type(["first_job", *script("server/README.md")])
        self.assertTrue((self.path / "home/backup/electrad.db").exists())

    def test_core(self):
        self.type(["first_job", *script("core/README.md")])

    def test_deploy(self):
        self.type(["first_job", *script("deploy/README.md", DEPLOYMENTS)])

    def test_proto(self):
        self.type(script("proto/README.md"))
        self.assertTrue((self.path / "electra/v1/job_pb2_grpc.py").exists())

    def test_tests(self):
        self.type(script("tests/README.md"))

    def test_contributing(self):
        self.assertEqual(script("CONTRIBUTING.md"), [])  # builds alone


def main():
    global ARGUMENTS
    parser = argparse.ArgumentParser()
    for name in ("electrad", "electra", "corpus"):
        parser.add_argument(f"--{name}", required=True)
    ARGUMENTS, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)


if __name__ == "__main__":
    main()
