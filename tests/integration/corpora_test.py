"""Corpora as people have them: folders, Parquet and Arrow files, tables with other delimiters and
quotes, duplicates.

    corpora_test.py --electrad ... --electra ... --corpus computing_ko.txt
"""
import argparse
import csv
import gzip
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import pyarrow
import pyarrow.parquet

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from rig import Client, Daemon  # noqa: E402

options = None


class Corpora(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.folder = pathlib.Path(cls.temporary.name)
        cls.lines = pathlib.Path(options.corpus).read_text(encoding="utf-8").splitlines()[:120]
        cls.table = pyarrow.table({"id": list(range(len(cls.lines))), "text": cls.lines})
        cls.daemon = Daemon(options.electrad, cls.folder / "data").start()
        cls.client = Client(options.electra, cls.daemon.address)

    @classmethod
    def tearDownClass(cls):
        cls.daemon.end()
        cls.temporary.cleanup()

    def make(self, name):
        folder = self.folder / name
        folder.mkdir()
        return folder

    def submit(self, *arguments, python=sys.executable, expect=0):
        """The corpus of the job as the server lists it."""
        environment = {**os.environ, "ELECTRA_PYTHON": python}
        done = subprocess.run(
            [options.electra, "submit", "--server", self.daemon.address, "--lang", "en", "--model",
             "tiny", "--json", "--set", "max_steps=1", "--corpus", *map(str, arguments)],
            capture_output=True, text=True, env=environment)
        self.assertEqual(done.returncode, expect, done.stderr)
        if expect:
            return done.stderr
        job = json.loads(done.stdout)
        corpora = [json.loads(line) for line in
                   self.client.run("corpus", "list", "--json").stdout.splitlines()]
        corpus = next(one for one in corpora if one["name"] == job["corpus"])
        return {**corpus, "job": job["name"], "said": done.stderr}

    def end(self, corpus):
        """The events of its job, which succeeds."""
        events = self.client.events(corpus["job"])
        states = [event["state_change"]["to"] for event in events if "state_change" in event]
        self.assertEqual(states[-1], "SUCCEEDED")
        return events

    def test_a_folder_is_one_corpus(self):
        folder = self.make("books")
        (folder / "first.csv").write_text("text,n\n" + "".join(
            f'"{line}",1\n' for line in self.lines[:50]), encoding="utf-8")
        with gzip.open(folder / "second.csv.gz", "wt", encoding="utf-8") as file:
            csv.writer(file).writerows([["n", "text"], *([1, line] for line in self.lines[50:])])
        (folder / "README.md").write_text("about")
        corpus = self.submit(f"{folder}/", "--column", "text")
        self.assertEqual((corpus["file_name"], corpus["format"]), ("books", "CSV"))
        self.assertEqual(int(corpus["sample_count"]), len(self.lines))
        self.assertIn("books: 2 files; left out: README.md", corpus["said"])
        self.end(corpus)
        estimate = json.loads(self.client.run("submit", "--corpus", folder, "--column", "text",
                                              "--model", "tiny", "--dry-run", "--timeout", "300",
                                              "--json").stdout)
        self.assertEqual(int(estimate["sample_count"]), len(self.lines))
        (folder / "third.csv").write_text("n,text\n1,\"open\n2,b\n")
        self.assertIn("books/third.csv: line 2: the quote opened here is never closed",
                      self.submit(folder, "--column", "text", expect=3))

    # An archive that another program wrote is read as well, long Korean names included.
    def test_a_tar_of_another_program_is_read(self):
        folder = self.make("texts")
        for number in range(3):
            name = "가" * 40 + f"{number}.txt"
            (folder / name).write_text("\n".join(self.lines[number * 40:(number + 1) * 40]))
        for form in ("gnu", "ustar", "pax"):
            if form == "ustar":  # which has no room for such a name
                for path in folder.iterdir():
                    path.rename(folder / path.name[30:])
            archive = self.folder / f"{form}.tar"
            subprocess.run(["tar", "-C", folder, f"--format={form}", "-cf", archive, "."], check=True)
            corpus = self.submit(archive, "--format", "txt")
            self.assertEqual(int(corpus["sample_count"]), len(self.lines), form)
        self.end(corpus)

    def test_parquet_and_arrow_are_read_through_python(self):
        samples = "".join(json.dumps({"text": line}, ensure_ascii=False) + "\n"
                          for line in self.lines)
        plain = self.folder / "plain.jsonl"
        plain.write_text(samples, encoding="utf-8")
        as_jsonl = self.submit(plain, "--column", "text")
        parquet = self.folder / "books.parquet"
        pyarrow.parquet.write_table(self.table, parquet)
        shards = self.make("shards")
        for number in range(2):
            pyarrow.parquet.write_table(self.table.slice(number * 60, 60),
                                        shards / f"train-0000{number}.parquet")
        dataset = self.make("dataset")  # as datasets' save_to_disk writes it
        with pyarrow.OSFile(str(dataset / "data-00000-of-00001.arrow"), "wb") as file, \
                pyarrow.ipc.new_stream(file, self.table.schema) as writer:
            writer.write_table(self.table)
        (dataset / "state.json").write_text(
            json.dumps({"_data_files": [{"filename": "data-00000-of-00001.arrow"}]}))
        (dataset / "dataset_info.json").write_text("{}")
        for path in (parquet, shards, dataset):
            corpus = self.submit(f"{path}:text")
            # The same bytes: what is stored already is not sent again.
            self.assertEqual(corpus["name"], as_jsonl["name"], path)
        self.end(corpus)
        self.assertIn('books.parquet: there is no column "sen"; there are "id", "text"',
                      self.submit(parquet, "--column", "sen", expect=2))
        self.assertIn('the column "id" holds int64, not text',
                      self.submit(parquet, "--column", "id", expect=2))

    def test_without_pyarrow_it_says_what_is_needed(self):
        parquet = self.folder / "other.parquet"
        pyarrow.parquet.write_table(self.table, parquet)
        without = self.folder / "python_without_pyarrow"
        without.write_text(f'#!/bin/sh\nexec {sys.executable} -S "$@"\n')
        without.chmod(0o755)
        said = self.submit(parquet, "--column", "text", python=str(without), expect=2)
        self.assertIn("other.parquet: reading Parquet and Arrow needs Python with pyarrow: pip "
                      "install pyarrow", said)
        self.assertIn("cannot run '/nonexistent'",
                      self.submit(parquet, "--column", "text", python="/nonexistent", expect=2))

    def test_quotes_and_delimiters(self):
        table = self.folder / "notes.tsv"
        table.write_text("text\tn\n" + "".join(f'"{line}\t1\n' for line in self.lines[:60]) +
                         "".join(f'{line}"\t1\n' for line in self.lines[60:]), encoding="utf-8")
        corpus = self.submit(table, "--column", "text", "--quoting", "none")
        self.assertEqual(int(corpus["sample_count"]), len(self.lines))
        self.assertNotIn("quotes enclose", corpus["said"])
        pipes = self.folder / "pipes.csv"
        pipes.write_text("n|text\n" + "".join(f"1|{line}\n" for line in self.lines) +
                         '2|"a\nb"\n', encoding="utf-8")
        corpus = self.submit(pipes, "--column", "text", "--delimiter", "|")
        self.assertEqual((corpus["delimiter"], int(corpus["sample_count"])),
                         ("|", len(self.lines) + 1))
        self.assertIn(f"quotes enclose line ends in 1 samples, the longest from line "
                      f"{len(self.lines) + 2} to {len(self.lines) + 3}", corpus["said"])
        self.end(corpus)

    def test_duplicates_are_left_out_on_wish(self):
        text = self.folder / "twice.txt"
        text.write_text("\n".join(self.lines + self.lines) + "\n", encoding="utf-8")
        distinct = len(set(self.lines))
        estimate = json.loads(self.client.run("submit", "--corpus", text, "--model", "tiny",
                                              "--deduplicate", "--dry-run", "--timeout", "300",
                                              "--json").stdout)
        corpus = self.submit(text, "--deduplicate")
        said = [event["log"]["text"] for event in self.end(corpus) if "log" in event]
        copies = 2 * len(self.lines) - distinct
        self.assertIn(f"{copies} of {2 * len(self.lines)} samples have the same tokens as an earlier "
                      "one (duplicates) and are left out", said)
        self.assertLessEqual(int(estimate["train_sequence_count"]),
                             int(estimate["sequence_count"]) // 2)
        shown = json.loads(self.client.run("job", "show", corpus["job"], "--json").stdout)
        self.assertEqual(shown["hyperparameters"]["deduplicate"], True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--electrad", required=True)
    parser.add_argument("--electra", required=True)
    parser.add_argument("--corpus", required=True)
    options, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest])
