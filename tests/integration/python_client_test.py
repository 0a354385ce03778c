"""A client made of proto/ alone, as anybody would make one with grpcio-tools: uploads, submits,
watches, reads history, tries the model; what proto/README.md shows; and server reflection."""
import argparse
import hashlib
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

import grpc
from google.protobuf import descriptor_pool
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase)

import stubs
from rig import SETTINGS, Daemon
from stubs import ROOT, module

OPTIONS = None  # set by main
SERVICES = {"AccessService", "CorpusService", "DaemonService", "FinetuningService",
            "HistoryService", "InferenceService", "JobService", "ModelService", "TrainingService"}


class PythonClient(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="electra-test-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        stubs.generate(cls.folder / "stubs")
        cls.daemon = Daemon(OPTIONS.electrad, cls.folder / "data").start()
        cls.addClassCleanup(cls.daemon.end, signal.SIGTERM)
        cls.channel = grpc.insecure_channel(cls.daemon.address)
        cls.addClassCleanup(cls.channel.close)

    def stub(self, name):
        return getattr(module(f"{name.lower()}_pb2_grpc"), f"{name}ServiceStub")(self.channel)

    def upload(self):
        corpus = module("corpus_pb2")
        content = OPTIONS.corpus.read_bytes()

        def requests():
            yield corpus.UploadCorpusRequest(header=corpus.CorpusHeader(
                file_name="books.txt", size_bytes=len(content),
                sha256=hashlib.sha256(content).hexdigest()))
            for offset in range(0, len(content), 1 << 16):
                yield corpus.UploadCorpusRequest(chunk=corpus.CorpusChunk(
                    offset=offset, data=content[offset:offset + (1 << 16)]))

        return self.stub("Corpus").UploadCorpus(requests())

    def submit(self, corpus):
        request = module("job_pb2").SubmitJobRequest(corpus=corpus.name, model="models/tiny")
        request.hyperparameters.update({**SETTINGS, "load_best_model_at_end": False})
        return self.stub("Job").SubmitJob(request)

    def test_submits_watches_and_reads_history(self):
        job = self.submit(self.upload())
        training = module("training_pb2")
        events = list(self.stub("Training").WatchJob(training.WatchJobRequest(name=job.name)))
        self.assertEqual([event.sequence for event in events], list(range(1, len(events) + 1)))
        self.assertEqual(events[-1].state_change.to, training.SUCCEEDED)

        history_pb2 = module("history_pb2")
        history = self.stub("History")
        steps = [event.step for event in events if event.WhichOneof("kind") == "step"]
        request = history_pb2.ListStepMetricsRequest(parent=job.name, page_size=7)
        listed = []
        while True:
            page = history.ListStepMetrics(request)
            listed += page.steps
            if not page.next_page_token:
                break
            request.page_token = page.next_page_token
        self.assertEqual(listed, steps)
        self.assertEqual(len(listed), SETTINGS["max_steps"])

        samples = history.ListSamples(history_pb2.ListSamplesRequest(parent=job.name)).samples
        confusions = history.GetConfusions(
            history_pb2.GetConfusionsRequest(name=job.name, limit=1000))
        tokens = [token for sample in samples for token in sample.tokens]
        fakes = [token for token in tokens if token.original != token.fake]
        self.assertEqual(confusions.sample_count, len(samples))
        self.assertEqual(confusions.fake_count, len(fakes))
        self.assertEqual(confusions.caught_count, sum(token.predicted_fake for token in fakes))
        self.assertEqual(confusions.token_count,
                         sum(1 for token in tokens if token.text or token.original != token.fake))
        self.assertEqual(sum(token.fake_count for token in confusions.faked), len(fakes))
        counts = [token.fake_count for token in confusions.faked]
        self.assertEqual(counts, sorted(counts, reverse=True))

        inference_pb2 = module("inference_pb2")
        answer = self.stub("Inference").JudgeText(
            inference_pb2.JudgeTextRequest(name=job.name, texts=["데이터베이스를 다룬다"]))
        self.assertEqual(answer.step, SETTINGS["max_steps"])
        self.assertEqual("".join(token.text for token in answer.texts[0].sample.tokens),
                         "데이터베이스를다룬다")

    def test_errors_have_the_right_codes(self):
        history, history_pb2 = self.stub("History"), module("history_pb2")
        inference, inference_pb2 = self.stub("Inference"), module("inference_pb2")
        for call, request, code in (
                (history.GetConfusions, history_pb2.GetConfusionsRequest(name="jobs/none"),
                 "NOT_FOUND"),
                (history.GetConfusions, history_pb2.GetConfusionsRequest(name="jobs/x", limit=-1),
                 "INVALID_ARGUMENT"),
                (inference.JudgeText, inference_pb2.JudgeTextRequest(name="jobs/none", texts=["a"]),
                 "NOT_FOUND"),
                (inference.JudgeText, inference_pb2.JudgeTextRequest(name="models/tiny", texts=["a"]),
                 "FAILED_PRECONDITION"),
                (inference.JudgeText, inference_pb2.JudgeTextRequest(name="jobs/none"),
                 "INVALID_ARGUMENT"),
                (inference.JudgeText,
                 inference_pb2.JudgeTextRequest(name="jobs/none", texts=["a"] * 65),
                 "INVALID_ARGUMENT"),
                (inference.EmbedText,
                 inference_pb2.EmbedTextRequest(name="jobs/none", texts=["a" * 16385]),
                 "INVALID_ARGUMENT")):
            with self.subTest(request=str(request)), self.assertRaises(grpc.RpcError) as caught:
                call(request)
            self.assertEqual(caught.exception.code().name, code)

    def test_readme_works_as_it_stands(self):
        readme = (ROOT / "proto/README.md").read_text(encoding="utf-8")
        code = readme.split("\n```python\n", 1)[1].split("\n```\n", 1)[0]
        corpus = self.upload()
        code = code.replace("127.0.0.1:50551", self.daemon.address)
        code = code.replace("corpora/3f2a", corpus.name)
        self.assertLessEqual(len(code.splitlines()), 12)
        script = self.folder / "readme.py"
        script.write_text(code, encoding="utf-8")
        result = subprocess.run([sys.executable, script], capture_output=True, text=True,
                                timeout=300, env={"PYTHONPATH": str(self.folder / "stubs")})
        self.assertEqual(result.returncode, 0, f"{code}\n{result.stderr}")
        self.assertIn("step", result.stdout)

    def test_reflection_describes_the_contract(self):
        database = ProtoReflectionDescriptorDatabase(self.channel)
        services = set(database.get_services())
        self.assertLessEqual({f"electra.v1.{name}" for name in SERVICES}, services)
        pool = descriptor_pool.DescriptorPool(database)
        for name in SERVICES:
            there = pool.FindServiceByName(f"electra.v1.{name}")
            ours = getattr(module(f"{name.removesuffix('Service').lower()}_pb2"),
                           "DESCRIPTOR").services_by_name[name]
            self.assertEqual([method.name for method in there.methods],
                             [method.name for method in ours.methods])

    def test_reflection_is_not_there_for_strangers(self):
        daemon = Daemon(OPTIONS.electrad, self.folder / "guarded", ["--require-tokens"]).start()
        self.addCleanup(daemon.end, signal.SIGTERM)
        with grpc.insecure_channel(daemon.address) as channel:
            with self.assertRaises(grpc.RpcError) as caught:
                ProtoReflectionDescriptorDatabase(channel).get_services()
            self.assertEqual(caught.exception.code(), grpc.StatusCode.UNIMPLEMENTED)
            inference = module("inference_pb2_grpc").InferenceServiceStub(channel)
            with self.assertRaises(grpc.RpcError) as caught:
                inference.JudgeText(module("inference_pb2").JudgeTextRequest(
                    name="jobs/none", texts=["a"]))
            self.assertEqual(caught.exception.code(), grpc.StatusCode.UNAUTHENTICATED)


def main():
    global OPTIONS
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--electrad", required=True)
    parser.add_argument("--corpus", required=True, type=pathlib.Path)
    OPTIONS, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)


if __name__ == "__main__":
    main()
