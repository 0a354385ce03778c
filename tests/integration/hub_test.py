"""Models by their names on the Hugging Face hub: a hub of the test's own, whose protocol
huggingface_hub's own downloader confirms, with the faults of real ones."""
import argparse
import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import unittest

import grpc
import huggingface_hub

import hub as hubs
import stubs
from model_exchange_test import SENTENCES, make_pair
from rig import Client, Daemon, free_port

OPTIONS = None  # set by main
PAIR = None     # a folder with generator/ and discriminator/

TRAINING = ["--set", "max_steps=2", "batch_size=4", "max_length=16"]
WEIGHTS = "model.safetensors"


class HubTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="electra-test-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.corpus = self.folder / "corpus.txt"
        self.corpus.write_text("\n".join(SENTENCES * 8) + "\n", encoding="utf-8")
        self.hub = hubs.Hub()
        self.addCleanup(self.hub.close)

    def start(self, endpoint=None, **environment):
        environment = {"HF_ENDPOINT": self.hub.endpoint if endpoint is None else endpoint,
                       "HF_TOKEN": self.hub.token, **environment}
        self.daemon = Daemon(OPTIONS.electrad, self.folder / "data", environment=environment)
        self.daemon.start()
        self.addCleanup(self.daemon.end, signal.SIGTERM)
        self.client = Client(OPTIONS.electra, self.daemon.address)
        # Nothing that a test does not name is asked from here either.
        self.client.environment.update(HF_HOME=str(self.folder / "cache"),
                                       HF_ENDPOINT=f"http://127.0.0.1:{free_port()}")
        self.client.environment.pop("HF_TOKEN", None)
        return self.client

    def start_without_hub(self, **environment):
        """A server that asks no hub, and a client that may."""
        self.start(endpoint="", ELECTRAD_HUB_ENDPOINT="")
        self.client.environment.update(HF_ENDPOINT=self.hub.endpoint, **environment)

    def publish(self, name="org/small", parts=("discriminator", "generator")):
        return {part: self.hub.add(f"{name}-{part}", PAIR / part) for part in parts}

    def import_discriminator(self, name="mine", expect=0, **options):
        return self.client.run("model", "import", name, "--discriminator",
                               "hf:org/small-discriminator", expect=expect, **options)

    def model(self, name):
        models = [json.loads(line)
                  for line in self.client.run("model", "list", "--json").stdout.splitlines()]
        return next((model for model in models if model["name"] == f"models/{name}"), None)

    def assert_nothing_is_left(self):
        for folder in ("uploads", "models"):
            self.assertEqual(list((self.folder / "data" / folder).iterdir()), [], folder)
        self.assertEqual(self.daemon.rows("SELECT count(*) FROM started_uploads"), [(0,)])

    def assert_weights_came(self, part="discriminator"):
        stored = list((self.folder / "data/models").glob(f"*/{part}/{WEIGHTS}"))
        self.assertEqual([path.read_bytes() for path in stored],
                         [(PAIR / part / WEIGHTS).read_bytes()])

    # From a name to a job

    def test_a_job_starts_from_a_name_and_knows_the_commits(self):
        self.start()
        repositories = self.publish()
        for repository in repositories.values():
            repository.files.update({"README.md": b"# a model", "tf_model.h5": b"other",
                                     "pytorch_model.bin": b"\x80\x04never read"})
        job = self.client.run("submit", "--corpus", self.corpus, "--model", "hf:org/small",
                              *TRAINING).stdout.strip()
        sources = [f"hf:org/small-{part}@{repositories[part].commit}"
                   for part in ("discriminator", "generator")]
        self.assertEqual(self.model("org--small")["sources"], sources)
        self.assertEqual(self.client.events(job)[-1]["state_change"]["to"], "SUCCEEDED")
        shown = json.loads(self.client.run("job", "show", job, "--json").stdout)
        self.assertEqual(shown["model_sources"], sources)
        self.assertIn(" ".join(sources), self.client.run("job", "show", job).stdout)
        for part in repositories:
            self.assert_weights_came(part)
        needed = {"config.json", "vocab.txt", "tokenizer_config.json", WEIGHTS}
        self.assertEqual(sorted(self.hub.fetched()),
                         sorted(f"org/small-{part}/{name}" for part in repositories
                                for name in needed & set(repositories[part].files)))

        # The same name again asks for the commits alone.
        before = len(self.hub.fetched())
        self.client.run("submit", "--corpus", self.corpus, "--model", "hf:org/small", *TRAINING)
        self.assertEqual(len(self.hub.fetched()), before)
        # Its card names what it began with, as the hub's readers look for it.
        out = self.folder / "out"
        self.client.run("model", "download", job, out, "--part", "discriminator")
        self.assertIn('base_model:\n- "org/small-discriminator"\n- "org/small-generator"\n',
                      (out / "README.md").read_text(encoding="utf-8"))

    def test_another_commit_is_another_model(self):
        self.start()
        first = self.publish()["discriminator"].commit
        submit = ("submit", "--corpus", self.corpus, "--model", "hf:org/small", *TRAINING)
        self.client.run(*submit)
        files = self.hub.repositories["org/small-discriminator"].files
        later = self.hub.add("org/small-discriminator", files, commit="ab" * 20)
        shown = json.loads(self.client.run("job", "show", self.client.run(*submit).stdout.strip(),
                                           "--json").stdout)
        self.assertEqual(shown["model"], "models/org--small--abababab")
        self.assertEqual(shown["model_sources"][0], f"hf:org/small-discriminator@{later.commit}")
        self.assertTrue(self.model("org--small")["sources"][0].endswith(first))

    def test_a_discriminator_alone_is_taken_and_said(self):
        self.start()
        self.publish(parts=("discriminator",))
        said = self.client.run("submit", "--corpus", self.corpus, "--model", "hf:org/small",
                               *TRAINING).stderr
        self.assertIn("the hub shows no org/small-generator", said)
        self.assertNotIn("generator", self.model("org--small"))
        # Under the model's own name.
        self.hub.add("org/plain", PAIR / "discriminator")
        self.client.run("submit", "--corpus", self.corpus, "--model", "hf:org/plain", *TRAINING)
        self.assertEqual(len(self.model("org--plain")["sources"]), 1)

    def test_networks_are_named_one_by_one(self):
        self.start()
        repositories = self.publish()
        commit = repositories["generator"].commit
        self.client.run("model", "import", "mine", "--discriminator", "hf:org/small-discriminator",
                        "--generator", f"hf:org/small-generator@{commit}")
        self.assertIn("generator", self.model("mine"))
        mixed = self.client.run("model", "import", "mixed", "--discriminator",
                                "hf:org/small-discriminator", "--generator", PAIR / "generator",
                                expect=2)
        self.assertIn("both be hf: names", mixed.stderr)

    def test_pickles_come_where_there_is_nothing_else(self):
        self.start()
        pair = make_pair(self.folder / "pair", bin_format="zip")
        self.hub.add("org/old-discriminator", pair / "discriminator")
        self.client.run("model", "import", "old", "--discriminator", "hf:org/old-discriminator")
        self.assertIn("org/old-discriminator/pytorch_model.bin", self.hub.fetched())

    def test_a_dry_run_fetches_nothing(self):
        self.start()
        self.publish()
        refused = self.client.run("submit", "--corpus", self.corpus, "--model", "hf:org/small",
                                  "--dry-run", expect=2)
        self.assertIn("a dry run stores nothing", refused.stderr)
        self.assertEqual(self.hub.requests, [])

    # Connections that break, and hubs that are busy

    def test_a_break_is_resumed_where_it_was(self):
        self.start()
        self.publish(parts=("discriminator",))
        self.hub.content_faults = [hubs.break_off(self.hub, 30_000),
                                   hubs.break_off(self.hub, 10_000)]
        self.import_discriminator()
        self.assert_weights_came()
        ranges = self.hub.ranges_of(WEIGHTS)
        self.assertEqual(ranges, [None, "bytes=30000-", "bytes=40000-"])

    def test_a_server_without_ranges_sends_all_again(self):
        self.start()
        self.publish(parts=("discriminator",))
        self.hub.has_ranges = False
        self.hub.content_faults = [hubs.break_off(self.hub, 30_000)]
        self.import_discriminator()
        self.assert_weights_came()
        self.assertEqual(self.hub.ranges_of(WEIGHTS), [None, "bytes=30000-"])

    def test_a_busy_hub_is_waited_for_as_it_asks(self):
        self.start()
        self.publish(parts=("discriminator",))
        self.hub.faults = [hubs.refuse(429, Retry_After=1), hubs.refuse(503)]
        self.hub.content_faults = [hubs.refuse(429, Retry_After=1)]
        self.import_discriminator()
        self.assert_weights_came()

    def test_a_hub_that_asks_for_too_long_is_not_waited_for(self):
        self.start()
        self.publish(parts=("discriminator",))
        self.hub.faults = [hubs.refuse(429, Retry_After=3600)]
        refused = self.import_discriminator(expect=3)
        self.assertIn("asks to wait 3600 seconds", refused.stderr)
        self.assert_nothing_is_left()

    # Content that differs from the hub's description

    def test_other_bytes_are_refused_by_their_digest(self):
        self.start()
        repository = self.publish(parts=("discriminator",))["discriminator"]
        wrong = bytearray(repository.files[WEIGHTS])
        wrong[-1] ^= 1
        self.hub.content_faults = [hubs.instead(bytes(wrong))]
        refused = self.import_discriminator(expect=3)
        self.assertIn(f"{WEIGHTS} was damaged on its way from the hub: its SHA-256 differs",
                      refused.stderr)
        self.assert_nothing_is_left()
        # Small files lie in git itself, by its digest. The first request is for the description.
        small = bytes(repository.files["config.json"]).replace(b"{", b"[", 1)
        self.hub.faults = [lambda handler, path: self.hub._describe(
            handler, "org/small-discriminator", "main"), hubs.instead(small)]
        refused = self.import_discriminator(expect=3)
        self.assertIn("config.json was damaged on its way from the hub: its git digest differs",
                      refused.stderr)
        self.assert_nothing_is_left()

    def test_more_bytes_than_announced_are_not_taken(self):
        self.start()
        repository = self.publish(parts=("discriminator",))["discriminator"]
        self.hub.content_faults = [hubs.instead(repository.files[WEIGHTS] + b"more")]
        refused = self.import_discriminator(expect=3)
        self.assertIn(f"{WEIGHTS} is longer than the {len(repository.files[WEIGHTS])} bytes",
                      refused.stderr)
        self.assert_nothing_is_left()

    def test_a_model_that_is_none_is_refused_as_in_an_upload(self):
        self.start()
        files = dict(self.publish(parts=("discriminator",))["discriminator"].files)
        config = json.loads(files["config.json"])
        config["hidden_size"] = 64
        self.hub.add("org/small-discriminator", {**files, "config.json": json.dumps(config).encode()})
        refused = self.import_discriminator(expect=3)
        self.assertIn("[", refused.stderr)  # both shapes
        self.assert_nothing_is_left()
        self.hub.add("org/small-discriminator", {"config.json": b"{}", "flax_model.msgpack": b"x"})
        refused = self.import_discriminator(expect=3)
        self.assertIn("has neither model.safetensors nor pytorch_model.bin", refused.stderr)

    # Who may, and how much

    def test_refusals_of_the_hub_say_what_to_do(self):
        self.start(HF_TOKEN="")
        self.publish(parts=("discriminator",))
        repository = self.hub.repositories["org/small-discriminator"]
        self.assertIn("the hub shows no repository org/none-discriminator",
                      self.client.run("model", "import", "none", "--discriminator",
                                      "hf:org/none-discriminator", expect=3).stderr)
        self.assertIn("org/small-discriminator has no revision v9",
                      self.client.run("model", "import", "none", "--discriminator",
                                      "hf:org/small-discriminator@v9", expect=3).stderr)
        repository.is_gated = True
        self.assertIn("org/small-discriminator is gated: accept its terms",
                      self.import_discriminator(expect=3).stderr)
        repository.is_gated, repository.is_private = False, True
        self.assertIn("the hub shows no repository org/small-discriminator",
                      self.import_discriminator(expect=3).stderr)
        self.assertIn("must be hf:ORG/NAME",
                      self.client.run("model", "import", "none", "--discriminator",
                                      "hf:../../etc", expect=2).stderr)
        self.assert_nothing_is_left()

    def test_the_token_goes_to_the_hub_alone(self):
        self.start()
        repository = self.publish(parts=("discriminator",))["discriminator"]
        repository.is_gated = repository.is_private = True
        self.import_discriminator()
        self.assertEqual({request.authorization for request in self.hub.requests},
                         {f"Bearer {self.hub.token}"})
        self.assertEqual({request.authorization for request in self.hub.content_requests}, {None})
        self.assertNotIn(self.hub.token, self.daemon.log())

    def test_redirects_lead_to_https_alone(self):
        self.start()
        self.publish(parts=("discriminator",))
        for location in ("http://example.com/model", "ftp://127.0.0.1/x", "file:///etc/passwd"):
            self.hub.faults = [hubs.refuse(302, Location=location)]
            refused = self.import_discriminator(expect=3)
            self.assertIn(f"redirects to {location}: only redirects to https are followed",
                          refused.stderr)
        self.hub.faults = [hubs.refuse(307, Location=f"{self.hub.endpoint}/api/models/"
                                       "org/small-discriminator/revision/main?blobs=true")]
        self.import_discriminator()

    def test_an_endpoint_is_https_or_this_machine(self):
        for endpoint in ("http://example.com", "ftp://127.0.0.1", "https://user:word@example.com",
                         "example.com"):
            daemon = Daemon(OPTIONS.electrad, self.folder / "data",
                            ["--hub-endpoint", endpoint])
            daemon.spawn()
            self.assertNotEqual(daemon.process.wait(timeout=60), 0)
            daemon.process.stdout.close()
            self.assertIn(f'hub_endpoint is "{endpoint}"', daemon.log())

    def test_there_must_be_room_before_the_first_byte(self):
        self.start()
        repository = self.publish(parts=("discriminator",))["discriminator"]
        repository.sizes[WEIGHTS] = 1 << 39
        refused = self.import_discriminator(expect=3)
        self.assertIn("free on the daemon's disk", refused.stderr)
        self.assertEqual(self.hub.fetched(), [])
        self.assert_nothing_is_left()

    def test_tls_is_verified(self):
        key, certificate = self.folder / "key.pem", self.folder / "cert.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out",
                        certificate, "-days", "2", "-subj", "/CN=hub", "-addext",
                        "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
        self.hub.close()
        self.hub = hubs.Hub(certificate=(certificate, key))
        self.publish(parts=("discriminator",))
        self.start()
        self.assertIn("TLS does not vouch for it", self.import_discriminator(expect=3).stderr)
        self.assertEqual(self.hub.requests, [])
        self.daemon.end(signal.SIGTERM)
        self.daemon.environment["SSL_CERT_FILE"] = str(certificate)
        self.daemon.start()
        self.import_discriminator()
        self.assert_weights_came()

    # Several at once

    def fetch(self, name):
        """The stream of a call, and the messages of it that came."""
        model = stubs.module("model_pb2")
        channel = grpc.insecure_channel(self.daemon.address)
        self.addCleanup(channel.close)
        service = stubs.module("model_pb2_grpc").ModelServiceStub(channel)
        call = service.FetchModel(model.FetchModelRequest(
            name=f"models/{name}", discriminator="hf:org/small-discriminator"), timeout=120)
        messages, changed = [], threading.Condition()

        def read():
            with contextlib.suppress(grpc.RpcError):
                for message in call:
                    with changed:
                        messages.append(message)
                        changed.notify_all()

        thread = threading.Thread(target=read, daemon=True)
        thread.start()
        self.addCleanup(thread.join, 60)

        def wait_for_progress():
            """Until some of the weights are there."""
            with changed:
                self.assertTrue(changed.wait_for(
                    lambda: any(message.progress.file.endswith(WEIGHTS) and
                                message.progress.received_bytes > 0 for message in messages), 60))

        def model_of():
            thread.join(60)
            return messages[-1].model

        return call, wait_for_progress, model_of

    def test_two_who_ask_at_once_share_one_download(self):
        self.start()
        self.publish(parts=("discriminator",))
        gate = hubs.Gate(self.hub)
        self.hub.content_faults = [gate]
        _, first_waits, first = self.fetch("first")
        first_waits()
        _, second_waits, second = self.fetch("second")
        second_waits()  # it watches the download of the first
        gate.opened.set()
        self.assertEqual(first().name, "models/first")
        self.assertEqual(second().name, "models/second")
        self.assertEqual(first().sha256, second().sha256)
        self.assertEqual(self.hub.ranges_of(WEIGHTS), [None])

    def test_who_leaves_leaves_its_part_to_the_next(self):
        self.start()
        repository = self.publish(parts=("discriminator",))["discriminator"]
        gate = hubs.Gate(self.hub)
        self.addCleanup(gate.opened.set)
        self.hub.content_faults = [gate]
        first_call, first_waits, _ = self.fetch("first")
        first_waits()
        _, second_waits, second = self.fetch("second")
        second_waits()
        first_call.cancel()
        self.assertEqual(second().name, "models/second")
        half = len(repository.files[WEIGHTS]) // 2
        self.assertEqual(self.hub.ranges_of(WEIGHTS), [None, f"bytes={half}-"])
        self.assertIsNone(self.model("first"))

    def test_an_interrupted_client_leaves_nothing(self):
        self.start()
        self.publish(parts=("discriminator",))
        gate = hubs.Gate(self.hub)
        self.addCleanup(gate.opened.set)
        self.hub.content_faults = [gate]
        call, waits, _ = self.fetch("mine")
        waits()
        call.cancel()
        # The daemon's end waits for its calls.
        self.daemon.end(signal.SIGTERM)
        for folder in ("uploads", "models"):
            self.assertEqual(list((self.folder / "data" / folder).iterdir()), [], folder)
        self.daemon.start()

    # Without the hub

    def fill_cache(self, *repositories):
        """By huggingface_hub itself, from the same hub."""
        for repository in repositories:
            huggingface_hub.snapshot_download(
                repository, cache_dir=self.folder / "cache/hub", endpoint=self.hub.endpoint,
                token=self.hub.token)

    def test_a_server_without_a_hub_gets_models_from_the_client_s_cache(self):
        repositories = self.publish()
        self.fill_cache("org/small-discriminator", "org/small-generator")
        self.start(endpoint="", ELECTRAD_HUB_ENDPOINT="")
        result = self.client.run("submit", "--corpus", self.corpus, "--model", "hf:org/small",
                                 *TRAINING)
        self.assertIn("from this machine's cache", result.stderr)
        sources = [f"hf:org/small-{part}@{repositories[part].commit}"
                   for part in ("discriminator", "generator")]
        self.assertEqual(self.model("org--small")["sources"], sources)
        shown = json.loads(self.client.run("job", "show", result.stdout.strip(), "--json").stdout)
        self.assertEqual(shown["model_sources"], sources)
        for part in repositories:
            self.assert_weights_came(part)
        # What is there is not sent again, and a commit is a revision.
        self.client.run("model", "import", "by-commit", "--discriminator",
                        f"hf:org/small-discriminator@{repositories['discriminator'].commit}")

    def test_a_client_downloads_what_its_cache_does_not_have(self):
        repositories = self.publish()
        for repository in repositories.values():
            repository.files["README.md"] = b"# a model"
        self.start_without_hub()
        submit = ("submit", "--corpus", self.corpus, "--model", "hf:org/small", *TRAINING)
        job = self.client.run(*submit).stdout.strip()
        sources = [f"hf:org/small-{part}@{repositories[part].commit}"
                   for part in ("discriminator", "generator")]
        shown = json.loads(self.client.run("job", "show", job, "--json").stdout)
        self.assertEqual(shown["model_sources"], sources)
        for part in repositories:
            self.assert_weights_came(part)
        fetched = len(self.hub.fetched())
        self.client.run(*submit)
        self.assertEqual(len(self.hub.fetched()), fetched)
        # The cache is huggingface_hub's own: it finds all, scans it, and adds what it lacks.
        cache = self.folder / "cache/hub"
        for part, repository in repositories.items():
            snapshot = pathlib.Path(huggingface_hub.snapshot_download(
                f"org/small-{part}", cache_dir=cache, local_files_only=True))
            self.assertEqual(snapshot.name, repository.commit)
            self.assertEqual((snapshot / WEIGHTS).read_bytes(), (PAIR / part / WEIGHTS).read_bytes())
            self.assertTrue((snapshot / "config.json").is_symlink())
        report = huggingface_hub.scan_cache_dir(cache)
        self.assertEqual([str(warning) for warning in report.warnings], [])
        self.assertEqual({repository.repo_id for repository in report.repos},
                         {"org/small-discriminator", "org/small-generator"})
        self.assertEqual({ref for repository in report.repos for ref in repository.refs}, {"main"})
        before = len(self.hub.ranges_of(WEIGHTS))
        self.fill_cache("org/small-discriminator")
        self.assertEqual(len(self.hub.ranges_of(WEIGHTS)), before)
        self.assertTrue((cache / "models--org--small-discriminator/snapshots" /
                         repositories["discriminator"].commit / "README.md").exists())

    def test_a_client_s_download_is_resumed_and_checked(self):
        repository = self.publish(parts=("discriminator",))["discriminator"]
        self.start_without_hub()
        wrong = bytearray(repository.files[WEIGHTS])
        wrong[-1] ^= 1
        self.hub.content_faults = [hubs.instead(bytes(wrong))]
        refused = self.import_discriminator(expect=3)
        self.assertIn(f"{WEIGHTS} was damaged on its way from the hub", refused.stderr)
        blobs = self.folder / "cache/hub/models--org--small-discriminator/blobs"
        self.assertNotIn(repository.digest(WEIGHTS), [path.name for path in blobs.iterdir()])
        self.hub.content_requests.clear()
        self.hub.content_faults = [hubs.break_off(self.hub, 30_000)]
        self.import_discriminator()
        self.assert_weights_came()
        self.assertEqual(self.hub.ranges_of(WEIGHTS), [None, "bytes=30000-"])

    def test_a_client_s_token_goes_to_the_hub_alone(self):
        repository = self.publish(parts=("discriminator",))["discriminator"]
        repository.is_gated = repository.is_private = True
        self.start_without_hub()
        refused = self.import_discriminator(expect=3)
        self.assertRegex(refused.stderr, "electra('s environment| a token of that account)")
        # As `hf auth login` keeps it.
        (self.folder / "cache").mkdir(exist_ok=True)
        (self.folder / "cache/token").write_text(self.hub.token + "\n")
        self.hub.requests.clear()
        self.import_discriminator()
        self.assertEqual({request.authorization for request in self.hub.requests},
                         {f"Bearer {self.hub.token}"})
        self.assertEqual({request.authorization for request in self.hub.content_requests}, {None})

    def test_a_client_that_is_offline_asks_nothing(self):
        self.publish(parts=("discriminator",))
        self.start_without_hub(HF_HUB_OFFLINE="1")
        self.assertIn("hf download", self.import_discriminator(expect=3).stderr)
        self.assertEqual(self.hub.requests, [])
        self.client.environment.update(HF_HUB_OFFLINE="", HF_ENDPOINT="http://example.com")
        self.assertIn('HF_ENDPOINT is "http://example.com"',
                      self.import_discriminator(expect=3).stderr)

    def test_a_hub_that_cannot_be_reached_is_as_none(self):
        self.publish(parts=("discriminator",))
        self.start(endpoint=f"http://127.0.0.1:{free_port()}")
        refused = self.import_discriminator(expect=3)
        self.assertIn("cannot reach the hub", refused.stderr)
        self.assertIn("hf download", refused.stderr)
        self.fill_cache("org/small-discriminator")
        self.import_discriminator()
        self.assert_weights_came()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--electrad", required=True)
    parser.add_argument("--electra", required=True)
    global OPTIONS, PAIR
    OPTIONS, rest = parser.parse_known_args()
    # What is asked for stays on this machine.
    for variable in [name for name in os.environ if name.lower().endswith("_proxy")]:
        del os.environ[variable]
    with tempfile.TemporaryDirectory(prefix="electra-test-") as folder:
        stubs.generate(pathlib.Path(folder) / "stubs")
        PAIR = make_pair(pathlib.Path(folder) / "pair")
        unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()
