"""The Python package, installed from its wheel: submits, watches in a terminal and in a notebook
that nbclient executes, reads history, downloads, and outlives a daemon that is killed."""
import argparse
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import unittest
import zipfile

import nbformat
import pyarrow
import pyarrow.parquet
from nbclient import NotebookClient

from rig import SETTINGS, Daemon
from stubs import ROOT

OPTIONS = None  # set by main

PROBE = "데이터베이스를 다룬다"


class PythonPackageTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="electra-test-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        site = cls.folder / "site"
        subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--no-deps",
                        "--no-index", "--disable-pip-version-check", "--target", site,
                        OPTIONS.wheel], check=True)
        sys.path.insert(0, str(site))
        os.environ["PYTHONPATH"] = str(site)  # for the notebook's kernel
        os.environ["IPYTHONDIR"] = str(cls.folder / "ipython")
        for variable in ("ELECTRA_TOKEN", "ELECTRA_CA", "ELECTRA_SERVER"):
            os.environ.pop(variable, None)
        global electra
        import electra
        cls.daemon = Daemon(OPTIONS.electrad, cls.folder / "data").start()
        cls.addClassCleanup(lambda: cls.daemon.end(signal.SIGTERM))
        cls.client = electra.Client(cls.daemon.address)
        cls.addClassCleanup(cls.client.close)

    def submit(self, client=None, **settings):
        return (client or self.client).submit(
            OPTIONS.corpus, model="tiny", probe=[PROBE],
            **{**SETTINGS, "load_best_model_at_end": False, **settings})

    def test_the_wheel_is_pure_python_and_needs_grpcio_and_protobuf_alone(self):
        with zipfile.ZipFile(OPTIONS.wheel) as wheel:
            names = wheel.namelist()
            metadata = wheel.read(next(n for n in names if n.endswith("/METADATA"))).decode()
        needed = re.findall(r"^Requires-Dist: ([\w-]+)[^;\n]*$", metadata, re.MULTILINE)
        self.assertEqual(sorted(needed), ["grpcio", "protobuf"])
        self.assertIn("electra/py.typed", names)
        self.assertTrue({"electra/v1/job_pb2.py", "electra/v1/job_pb2.pyi",
                         "electra/v1/job_pb2_grpc.py"} <= set(names))
        self.assertEqual([n for n in names if n.endswith((".so", ".pyd"))], [])

    def test_corpora_are_what_electra_takes(self):
        folder = self.folder / "texts"
        (folder / "below").mkdir(parents=True)
        (folder / "b.csv").write_text("n|text\n1|\"one\n2|two\n", encoding="utf-8")
        (folder / "below" / ("가" * 50 + ".csv")).write_text("text|n\n셋|3\n", encoding="utf-8")
        (folder / "README.md").write_text("about")
        corpus = self.client.upload(folder, column="text", delimiter="|", quoting="none")
        self.assertEqual((corpus.file_name, corpus.sample_count, corpus.delimiter),
                         ("texts", 3, "|"))
        again = self.client.upload(folder, column="text", delimiter="|", quoting="none")
        self.assertEqual(again.name, corpus.name)
        (folder / "c.txt").write_text("four\n")
        with self.assertRaisesRegex(ValueError, "files of several kinds, csv, txt"):
            self.client.upload(folder, column="text")

        table = pyarrow.table({"id": [1, 2], "text": ["하나", "둘"]})
        parquet = self.folder / "table.parquet"
        pyarrow.parquet.write_table(table, parquet)
        corpus = self.client.upload(parquet, column="text")
        self.assertEqual((corpus.file_name, corpus.sample_count), ("table.parquet", 2))
        with self.assertRaisesRegex(ValueError, "there is no column 'sen'; there are id, text"):
            self.client.upload(parquet, column="sen")

    def test_a_job_from_its_corpus_to_its_files(self):
        job = self.submit(name="books", tags={"kind": "test"})
        events = list(job.events())
        self.assertEqual([event.sequence for event in events], list(range(1, len(events) + 1)))
        self.assertEqual(job.refresh().state, "SUCCEEDED")

        history = job.history()
        steps = [event.step for event in events if event.WhichOneof("kind") == "step"]
        self.assertEqual(history.steps, steps)
        frame = history.to_pandas()
        self.assertEqual(list(frame.index), [step.step for step in steps])
        self.assertEqual(list(frame.combined_loss), [step.combined_loss for step in steps])
        self.assertEqual(list(frame.fake_count), [step.counts.fake_count for step in steps])
        evaluations = history.evaluations_to_pandas()
        self.assertEqual(list(evaluations.index), [0, 10, 20, 30, 40])
        self.assertLessEqual(len(job.history(max_points=10).steps), 10)

        samples = job.samples(step=8)
        self.assertEqual([sample.message.probe for sample in samples], [0, 1])
        self.assertEqual(samples[1].original.replace("(", "").replace(")", ""), PROBE)
        tokens = samples.to_pandas()
        self.assertEqual(len(tokens), sum(len(sample.message.tokens) for sample in samples))
        for sample in job.samples(missed_only=True):
            self.assertIn("| fake   | -         | ✗", str(sample).replace("X", "✗"))

        adapted = job.download(self.folder / "adapted", dtype="bfloat16")
        config = json.loads((adapted / "discriminator/config.json").read_text(encoding="utf-8"))
        self.assertEqual(config["model_type"], "electra")
        self.assertTrue((adapted / "generator/model.safetensors").stat().st_size > 0)
        with self.assertRaises(FileExistsError):
            job.download(adapted)
        again = self.client.submit(OPTIONS.corpus, model=job.name, max_steps=1, batch_size=4)
        self.assertEqual(list(again.message.model_sources),
                         [f"{job.name}@{job.message.model_step}"])
        list(again.events())
        self.assertEqual([found.name for found in self.client.jobs('tags.kind="test"')], [job.name])

    def test_a_finetuning_compares_both_models(self):
        job = self.submit(max_steps=8)
        list(job.events())
        data = self.folder / "reviews.jsonl"
        data.write_text("".join(json.dumps({"text": f"{words} {i}", "stars": stars}) + "\n"
                                for i in range(16)
                                for words, stars in (("정말 좋다", 1), ("아주 나쁘다", 0))),
                        encoding="utf-8")
        found = self.client.finetune(job, data, "text", label="stars", seeds=2, epochs=1,
                                     batch_size=8)
        self.assertEqual((found.state, found.message.class_count, found.message.row_count),
                         ("SUCCEEDED", 2, 32))
        self.assertEqual((found.base.run_count, found.adapted.run_count, len(found.gains)),
                         (2, 2, 2))
        frame = found.to_pandas()
        self.assertEqual(list(frame.model), ["BASE", "ADAPTED"] * 2)
        adapted = frame[frame.model == "ADAPTED"].macro_f1
        self.assertAlmostEqual(adapted.mean(), found.adapted.macro_f1_mean)
        self.assertAlmostEqual(sum(found.gains) / 2,
                               found.adapted.macro_f1_mean - found.base.macro_f1_mean)
        self.assertRegex(str(found), r"^reviews.jsonl:stars: SUCCEEDED\nbase: macro F1 \d")
        waiting = job.finetune(found.message.corpus, label="stars", seeds=20, epochs=100,
                               wait=False)
        self.assertEqual(waiting.cancel().wait().state, "CANCELLED")
        with self.assertRaises(electra.InvalidRequestError) as caught:
            job.finetune(data, text="text", label="none")
        self.assertEqual(caught.exception.code, "UNKNOWN_FIELD")

    def test_a_terminal_gets_lines(self):
        job = self.submit()
        result = subprocess.run(
            [sys.executable, "-c", "import sys, electra\n"
             "with electra.Client(sys.argv[1]) as client:\n"
             "    print(client.watch(sys.argv[2], language='ko').state)",
             self.daemon.address, job.name.removeprefix("jobs/")[:8]],
            capture_output=True, text=True, encoding="utf-8", timeout=300,
            env={**os.environ, "PYTHONIOENCODING": "utf-8"})
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("step 40/40 · Combined ", result.stdout)
        self.assertIn("고정 문장 1번 ------- 0번째 step까지 학습한 결과\n\n원본 문장 :  ", result.stdout)
        self.assertIn("문장 위치 | 실제 토큰", result.stdout)
        self.assertIn("[완료]\n모델: ", result.stdout)
        self.assertTrue(result.stdout.endswith("SUCCEEDED\n"))

    def notebook(self, *cells):
        """The cells' outputs."""
        book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        NotebookClient(book, timeout=300, kernel_name="python3",
                       resources={"metadata": {"path": str(self.folder)}}).execute()
        return [cell.outputs for cell in book.cells]

    def test_a_notebook_draws_sentences_table_and_curves_in_one_output(self):
        outputs = self.notebook(
            "from electra import Client",
            f"client = Client({self.daemon.address!r})",
            f"job = client.submit({str(OPTIONS.corpus)!r}, model='tiny', probe=[{PROBE!r}], "
            f"name='<script>alert(1)</script>\\u202e', "
            f"**{ {**SETTINGS, 'load_best_model_at_end': False}!r})",
            "job.watch(language='ko')",
            "job.history()",
            "job.samples(step=40)",
            "job.history().to_pandas().tail(2)")
        watched = outputs[3]
        # What was drawn again and again is one output; the cell's value follows it.
        self.assertEqual([output.output_type for output in watched],
                         ["display_data", "execute_result"])
        page = watched[0].data["text/html"]
        for words in ("완료", "step 40/40", "원본 문장", "가짜 문장", "8개 토큰 중", "문장 위치",
                      "<table", "<polyline", "<circle", "모델: "):
            self.assertIn(words, page)
        self.assertEqual(page.count("<svg"), 4)  # a loss each, and the rates
        self.assertIn("&lt;script&gt;alert(1)&lt;/script&gt;\\u202e", page)
        self.assertNotIn("<script", page)
        self.assertIn("SUCCEEDED, step 40/40", watched[1].data["text/plain"])
        self.assertEqual(outputs[4][0].data["text/html"].count("<svg"), 4)
        self.assertEqual(outputs[5][0].data["text/html"].count("<table"), 2)
        self.assertIn("combined_loss", outputs[6][0].data["text/html"])
        if OPTIONS.keep:
            OPTIONS.keep.write_text("<meta charset=utf-8>" + page, encoding="utf-8")

    def test_errors_have_codes_arguments_and_fields(self):
        with self.assertRaises(electra.NotFoundError) as caught:
            self.client.job("nope")
        self.assertEqual(caught.exception.status.name, "NOT_FOUND")
        self.assertEqual(caught.exception.code, "UNKNOWN_NAME")
        self.assertEqual((caught.exception.arguments["kind"], caught.exception.arguments["name"]),
                         ("job", "nope"))
        corpus = next(self.client.corpora()).name if list(self.client.corpora()) else (
            self.client.upload(OPTIONS.corpus).name)
        with self.assertRaises(electra.InvalidRequestError) as caught:
            self.client.submit(corpus, model="tiny", learning_rate=-1, epochs="three")
        self.assertEqual(sorted(each.field for each in caught.exception.violations),
                         ["hyperparameters.epochs", "hyperparameters.learning_rate"])
        with self.assertRaises(electra.InvalidRequestError) as caught:
            self.submit(max_steps="many")  # before the corpus is sent
        with self.assertRaises(electra.UnavailableError):
            electra.Client("127.0.0.1:1").status()
        with self.assertRaises(ValueError):
            electra.Client("gpu1:50551", token="secret", insecure=True)

    def test_a_watch_outlives_a_daemon_that_is_killed(self):
        job = self.submit(max_steps=60, save_steps=10, eval_steps=60, sample_every=30)
        sequences, killed = [], threading.Event()
        for event in job.events():
            sequences.append(event.sequence)
            if event.WhichOneof("kind") == "checkpoint" and not killed.is_set():
                killed.set()
                self.daemon.end()  # SIGKILL
                self.daemon.start()
        self.assertTrue(killed.is_set())
        self.assertEqual(sequences, list(range(1, len(sequences) + 1)))
        self.assertEqual(job.refresh().state, "SUCCEEDED")
        self.assertEqual([step.step for step in job.history().steps], list(range(1, 61)))

    def test_tokens_go_over_tls(self):
        certificates = self.folder / "certificates"
        subprocess.run([ROOT / "deploy/certificates.sh", "--out", certificates, "localhost"],
                       check=True, capture_output=True)
        data = self.folder / "guarded"
        token = subprocess.run(
            [OPTIONS.electrad, "token", "create", "--data-dir", data, "--name", "ann", "--role",
             "viewer"], check=True, capture_output=True, text=True).stdout.split()[-1]
        daemon = Daemon(OPTIONS.electrad, data, ["--tls-cert", str(certificates / "server.pem"),
                                                "--tls-key", str(certificates / "server.key")])
        daemon.start()
        self.addCleanup(daemon.end, signal.SIGTERM)
        server = daemon.address.replace("127.0.0.1", "localhost")
        ca = certificates / "ca.pem"
        with electra.Client(server, ca=ca, token=token) as client:
            self.assertEqual(list(client.jobs()), [])
            with self.assertRaises(electra.AccessError):
                client.submit("corpora/x")
        with electra.Client(server, ca=ca) as client:
            with self.assertRaises(electra.AccessError) as caught:
                client.status()
        self.assertEqual(caught.exception.status.name, "UNAUTHENTICATED")


def main():
    global OPTIONS
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--electrad", required=True)
    parser.add_argument("--corpus", required=True, type=pathlib.Path)
    parser.add_argument("--wheel", required=True, type=pathlib.Path)
    parser.add_argument("--keep", type=pathlib.Path, help="file for the notebook's last picture")
    OPTIONS, rest = parser.parse_known_args()
    OPTIONS.corpus, OPTIONS.wheel = OPTIONS.corpus.resolve(), OPTIONS.wheel.resolve()
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)


if __name__ == "__main__":
    main()
