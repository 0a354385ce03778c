"""Calls every method of the contract with messages that are almost valid, as an admin.

Fields hold names that exist, values at the ends of their ranges, text that is none, and whole
messages within messages. The daemon must answer each call, in time and in words of its own: never
with INTERNAL or UNKNOWN, never with the text of an exception, and each error with a code of
codes.pot and the values in its text. Prints one line of figures; exit status 0 where that held, the
daemon lives, and `electrad check` finds its folder whole.

    tests/integration/call_campaign.py --electrad ... --corpus ... --calls 22000 --seed 7
"""
import argparse
import collections
import contextlib
import hashlib
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import threading

import grpc
from google.protobuf import struct_pb2
from google.protobuf.descriptor import FieldDescriptor

import error_info
import stubs
from rig import Daemon

THREADS = 4
DEADLINE = 120  # seconds: a call that took longer has stalled
GRPC = re.compile(r"message larger than max")  # says gRPC, before the daemon sees the call
EXCEPTION = re.compile(r"Exception raised|std::|c10::|\bat::|\.cpp:|SQLITE_|bad_alloc|0x[0-9a-f]{6}")
WORDS = ("", "models/tiny", "models/none", "cpu", "cuda:0", "state = RUNNING", "loss < 3 tag:a",
         "name:\"가\" OR -state:QUEUED", "((((", "create_time desc", "../../etc/passwd", "/dev/zero",
         "jobs/", "jobs/../x", "corpora/ffffffffffff", "a\0b", "\x1b[2J\u009b2J", "\u202e가나다", "sen",
         "x" * 5000, "가" * 70000, "*", "%", "'; DROP TABLE jobs; --", "1", "-1", "text/csv", "UTF-16")
INTEGERS = (0, 1, 2, 3, 50, 1000, -1, -2**31, 2**31 - 1, 2**32 - 1, 2**63 - 1, -2**63)
NUMBERS = (0.0, -0.0, 1.0, 0.5, -1.0, 1e-5, 1e308, float("nan"), float("inf"), float("-inf"))


class Messages:
    """Random messages of the contract's types. Names in answers are used again in requests."""

    def __init__(self, generator, corpus, taboo):
        self.random = generator
        self.corpus = corpus
        self.taboo = taboo  # names that no request may hold
        self.names = collections.defaultdict(lambda: collections.deque(maxlen=40))
        self.keys = []

    def learn(self, message):
        for field, value in message.ListFields():
            values = value if field.is_repeated else [value]
            if field.type == FieldDescriptor.TYPE_STRING:
                for text in values:
                    if (re.fullmatch(r"(jobs|corpora|models|tokens)/\S+", text) and
                            not self.taboo.search(text)):
                        self.names[text.split("/")[0]].append(text)
            elif field.type == FieldDescriptor.TYPE_MESSAGE and not is_map(field):
                for inner in values:
                    self.learn(inner)

    def text(self, field):
        known = [name for names in self.names.values() for name in names]
        of_field = self.names.get({"job": "jobs", "corpus": "corpora", "model": "models",
                                     "name": self.random.choice(list(self.names) or ["jobs"])}.get(
            field.name, field.name), ())
        choices = [lambda: self.random.choice(WORDS)]
        if known:
            choices += [lambda: self.random.choice(known)]
        if of_field:
            choices += [lambda: self.random.choice(list(of_field))] * 6
        return self.random.choice(choices)()

    def number(self, field):
        if field.type in (FieldDescriptor.TYPE_DOUBLE, FieldDescriptor.TYPE_FLOAT):
            return self.random.choice(NUMBERS)
        value = self.random.choice(INTEGERS)
        unsigned = field.cpp_type in (FieldDescriptor.CPPTYPE_UINT32, FieldDescriptor.CPPTYPE_UINT64)
        bits = 32 if field.cpp_type in (FieldDescriptor.CPPTYPE_INT32,
                                        FieldDescriptor.CPPTYPE_UINT32) else 64
        low, high = (0, 2**bits - 1) if unsigned else (-2**(bits - 1), 2**(bits - 1) - 1)
        return min(max(value, low), high)

    def scalar(self, field):
        if field.type == FieldDescriptor.TYPE_STRING:
            return self.text(field)
        if field.type == FieldDescriptor.TYPE_BYTES:
            return self.random.choice((b"", self.corpus, self.random.randbytes(1000), b"\x1f\x8b\x08",
                                       bytes(70000)))
        if field.type == FieldDescriptor.TYPE_BOOL:
            return self.random.random() < 0.5
        if field.type == FieldDescriptor.TYPE_ENUM:
            return self.random.choice([value.number for value in field.enum_type.values] + [77])
        return self.number(field)

    def hyperparameters(self):
        """Settings of a job that is over soon, some of them wrong."""
        settings = struct_pb2.Struct()
        settings.update({"max_steps": self.random.choice((1, 2, 5)), "batch_size": 4,
                         "max_length": 32, "vocab_size": 500})
        for key in self.random.sample(self.keys, k=min(len(self.keys), self.random.randint(0, 3))):
            settings.update({key: self.random.choice(
                (0, 1, 2, -1, 0.5, 1e300, True, None, "", "가", "adamw", [], [1, "a"], {"a": {}}))})
        return settings

    def fill(self, message, depth=0):
        left_out = self.random.choice((0.2, 0.6, 0.9))
        for field in message.DESCRIPTOR.fields:
            chance = 0.05 if field.name in ("name", "job", "jobs", "model", "text") else left_out
            if self.random.random() < chance or is_map(field):
                continue
            if field.type == FieldDescriptor.TYPE_MESSAGE:
                self.fill_message(message, field, depth)
            elif field.is_repeated:
                count = self.random.choice((0, 1, 1, 2, 3, 200))
                with contextlib.suppress(ValueError):  # Python refuses half a surrogate
                    getattr(message, field.name).extend(self.scalar(field) for _ in range(count))
            else:
                setattr(message, field.name, self.scalar(field))
        return message

    def fill_message(self, message, field, depth):
        if depth > 3:
            return
        inner = getattr(message, field.name)
        if field.is_repeated:
            for _ in range(self.random.choice((0, 1, 2))):
                self.fill(inner.add(), depth + 1)
        elif isinstance(inner, struct_pb2.Struct):
            inner.CopyFrom(self.hyperparameters())
        else:
            self.fill(inner, depth + 1)
            inner.SetInParent()

    def request(self, kind):
        message = self.fill(kind())
        if kind.DESCRIPTOR.name == "SubmitJobRequest" and self.random.random() < 0.7:
            message = kind(model="models/tiny", hyperparameters=self.hyperparameters(),
                           corpus=self.random.choice(list(self.names["corpora"]) or ["corpora/x"]))
        return message

    def upload(self, corpus_pb2):
        """A corpus that is sent as it should be, except for the changes."""
        content = self.corpus[:self.random.randint(1, len(self.corpus))]
        header = corpus_pb2.CorpusHeader(file_name=self.random.choice(("a.txt", "a.csv", "a.jsonl",
                                                                       "../a.gz", "")),
                                         size_bytes=len(content),
                                         sha256=hashlib.sha256(content).hexdigest())
        if self.random.random() < 0.4:
            self.fill(header)
        yield corpus_pb2.UploadCorpusRequest(header=header)
        for offset in range(0, len(content), 1 << 15):
            chunk = corpus_pb2.CorpusChunk(offset=offset, data=content[offset:offset + (1 << 15)])
            if self.random.random() < 0.1:
                self.fill(chunk)
            yield corpus_pb2.UploadCorpusRequest(chunk=chunk)


def is_map(field):
    return field.type == FieldDescriptor.TYPE_MESSAGE and field.message_type.GetOptions().map_entry


class Campaign:
    def __init__(self, options, folder):
        self.options = options
        data = folder / "data"
        data.mkdir()
        # Nothing that it asks for leaves the machine.
        self.daemon = Daemon(options.electrad, data, ["--require-tokens"],
                             {"ELECTRAD_HUB_ENDPOINT": ""})
        created = subprocess.run(
            [options.electrad, "token", "create", "--data-dir", data, "--role", "admin",
             "--requests-per-second", "100000"], capture_output=True, text=True, timeout=60)
        assert created.returncode == 0, created.stderr
        self.token = created.stdout.strip()
        self.own_token = re.fullmatch(r"electra_([0-9a-f]{12})_\S+", self.token).group(1)
        self.lock = threading.Lock()
        self.codes = collections.Counter()
        self.faults = {}
        self.templates = error_info.templates()
        self.left = options.calls

    def methods(self):
        """(descriptor, request class) of each method of the contract."""
        from google.protobuf.message_factory import GetMessageClass
        for path in sorted((stubs.ROOT / "proto/electra/v1").glob("*.proto")):
            services = stubs.module(f"{path.stem}_pb2").DESCRIPTOR.services_by_name
            for service in services.values():
                for method in service.methods:
                    yield method, GetMessageClass(method.input_type), GetMessageClass(
                        method.output_type)

    def fault(self, method, text):
        with self.lock:
            self.faults.setdefault((method, re.sub(r"\d+", "#", text)[:80]), text[:500])

    def call(self, channel, messages, method, request_class, response_class):
        path = f"/{method.containing_service.full_name}/{method.name}"
        metadata = [("authorization", f"Bearer {self.token}")]
        if method.client_streaming:
            requests = (messages.upload(stubs.module("corpus_pb2"))
                        if method.name == "UploadCorpus" and messages.random.random() < 0.8 else
                        iter([messages.request(request_class) for _ in
                              range(messages.random.randint(0, 4))]))
        else:
            requests = messages.request(request_class)
        kind = ("stream" if method.client_streaming else "unary") + "_" + (
            "stream" if method.server_streaming else "unary")
        code = "OK"
        try:
            answer = getattr(channel, kind)(
                path, request_serializer=request_class.SerializeToString,
                response_deserializer=response_class.FromString)(
                    requests, timeout=DEADLINE, metadata=metadata)
            if method.server_streaming:
                for part in answer:
                    messages.learn(part)
            else:
                messages.learn(answer)
        except grpc.RpcError as error:
            code = error.code().name
            if code in ("INTERNAL", "UNKNOWN", "UNAVAILABLE", "DEADLINE_EXCEEDED",
                        "UNAUTHENTICATED") or EXCEPTION.search(error.details() or ""):
                self.fault(method.name, f"{code}: {error.details()}")
            problem = error_info.problem_with(error, self.templates)
            if problem and not GRPC.search(error.details() or ""):
                self.fault(method.name, f"{problem}: {error.details()}")
        with self.lock:
            self.codes[code] += 1

    def work(self, number):
        messages = Messages(random.Random(self.options.seed * 1000 + number),
                            self.options.corpus.read_bytes(),
                            # The campaign's own token, and networks that take gigabytes to train.
                            re.compile(f"{self.own_token}|models/(small|base|large)"))
        # A watcher of a job that waits would wait as well.
        methods = [method for method in self.methods() if method[0].name != "WatchJob"]
        with grpc.insecure_channel(self.daemon.address) as channel:
            settings = [method for method in methods if method[0].name == "ListHyperparameters"][0]
            answer = channel.unary_unary(
                f"/{settings[0].containing_service.full_name}/ListHyperparameters",
                request_serializer=settings[1].SerializeToString,
                response_deserializer=settings[2].FromString)(
                    settings[1](), metadata=[("authorization", f"Bearer {self.token}")])
            messages.keys = [entry.key for entry in answer.hyperparameters]
            while True:
                with self.lock:
                    if self.left <= 0:
                        return
                    self.left -= 1
                self.call(channel, messages, *messages.random.choice(methods))

    def resident_kib(self):
        status = pathlib.Path(f"/proc/{self.daemon.process.pid}/status").read_text(encoding="utf-8")
        return int(re.search(r"VmRSS:\s+(\d+)", status).group(1))

    def run(self):
        self.daemon.start()
        before = self.resident_kib()
        threads = [threading.Thread(target=self.work, args=(number,)) for number in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if self.left > 0:
            self.fault("campaign", f"{self.left} calls were not made")
        lives = self.daemon.is_running()
        memory = f"{before} to {self.resident_kib()} KiB" if lives else "it died"
        status = self.daemon.end(15) if lives else self.daemon.process.poll()
        if status != 0:
            self.fault("electrad", f"ended with {status}: {self.daemon.log()[-1000:]}")
        check = self.daemon.tool("check")
        if check.returncode != 0:
            self.fault("check", check.stdout + check.stderr)
        for (method, _), text in sorted(self.faults.items()):
            print(f"{method}: {text}")
        print(f"seed {self.options.seed}; {sum(self.codes.values())} calls: "
              f"{dict(self.codes.most_common())}; memory {memory}; faults {len(self.faults)}",
              flush=True)
        return not self.faults


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("--electrad", "--corpus"):
        parser.add_argument(name, required=True, type=pathlib.Path)
    parser.add_argument("--calls", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="electra-calls-") as folder:
        stubs.generate(pathlib.Path(folder) / "stubs")
        campaign = Campaign(options, pathlib.Path(folder))
        try:
            whole = campaign.run()
        finally:
            if campaign.daemon.is_running():
                campaign.daemon.end()
    return 0 if whole else 1


if __name__ == "__main__":
    sys.exit(main())
