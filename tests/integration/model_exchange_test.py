"""Hugging Face models in and out: transformers makes pairs, electra imports, trains and downloads
them, and transformers (today's, and an old one where its Python is given) loads what came out."""
import argparse
import gzip
import hashlib
import json
import os
import pathlib
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import unittest

import torch
import transformers
transformers.utils.logging.disable_progress_bar()
from safetensors.torch import load_file

OPTIONS = None  # set by main

SENTENCES = ["서버 데이터 모델 학습", "데이터 모델 언어 서버 학습 데이터", "언어 모델 학습 서버",
             "모델 서버 언어 데이터 학습 언어", "학습 데이터 서버 모델"]
WORDS = ["서버", "데이터", "모델", "학습", "언어"]
VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS,
              *(f"{chr(0xAC00 + i)}" for i in range(91))]
SETTINGS = {"max_steps": 4, "batch_size": 4, "max_length": 16, "eval_steps": 2, "sample_every": 2,
            "save_steps": 2, "validation_split_percentage": 20, "load_best_model_at_end": "false"}

# Prints what from_pretrained says of a directory, and the outputs, as JSON.
PROBE = """
import json, logging, sys, warnings
import torch, transformers
records = []
class Keep(logging.Handler):
    def emit(self, record):
        records.append(record.getMessage())
transformers.utils.logging.disable_progress_bar()
transformers.utils.logging.set_verbosity_warning()
transformers.utils.logging.get_logger("transformers").addHandler(Keep())
name, directory = sys.argv[1:3]
model, info = getattr(transformers, name).from_pretrained(directory, output_loading_info=True)
tokenizer = transformers.AutoTokenizer.from_pretrained(directory)
batch = tokenizer(["서버 데이터 모델", "언어"], padding=True, return_tensors="pt")
with torch.no_grad():
    out = model.eval()(**batch)
values = out.logits if hasattr(out, "logits") else out.last_hidden_state
print(json.dumps({"version": transformers.__version__, "ids": batch["input_ids"].tolist(),
                  "values": values.double().flatten().tolist(), "said": records,
                  "missing": sorted(info["missing_keys"]),
                  "unexpected": sorted(info["unexpected_keys"]),
                  "mismatched": [str(key) for key in info["mismatched_keys"]]}))
"""


def config(**values):
    shape = dict(vocab_size=len(VOCABULARY), embedding_size=16, hidden_size=32, num_hidden_layers=2,
                 num_attention_heads=2, intermediate_size=48, max_position_embeddings=24)
    return transformers.ElectraConfig(**{**shape, **values})


def make_pair(folder, generator_values=None, discriminator_values=None, bin_format=None):
    """A random pair with one vocabulary and shared word embeddings."""
    torch.manual_seed(7)
    generator = transformers.ElectraForMaskedLM(config(hidden_size=16, **(generator_values or {})))
    discriminator = transformers.ElectraForPreTraining(config(**(discriminator_values or {})))
    words = generator.electra.embeddings.word_embeddings.weight
    if words.shape == discriminator.electra.embeddings.word_embeddings.weight.shape:
        discriminator.electra.embeddings.word_embeddings.weight.data.copy_(words.data)
    for part, model in (("generator", generator), ("discriminator", discriminator)):
        directory = folder / part
        model.save_pretrained(directory)
        if bin_format:
            (directory / "model.safetensors").unlink()
            torch.save(model.state_dict(), directory / "pytorch_model.bin",
                       _use_new_zipfile_serialization=bin_format == "zip")
        (directory / "vocab.txt").write_text("\n".join(VOCABULARY) + "\n", encoding="utf-8")
        (directory / "tokenizer_config.json").write_text(
            json.dumps({"do_lower_case": False, "tokenizer_class": "ElectraTokenizer"}))
    return folder


def rewrite_weights(path, change):
    tensors = load_file(path)
    change(tensors)
    from safetensors.torch import save_file
    save_file(tensors, path, metadata={"format": "pt"})


def raw_tensors(path):
    """Name -> (type, shape, bytes) as they lie in a safetensors file."""
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8:8 + length])
    header.pop("__metadata__", None)
    return {name: (entry["dtype"], entry["shape"],
                   data[8 + length + entry["data_offsets"][0]:8 + length + entry["data_offsets"][1]])
            for name, entry in header.items()}


class ModelExchange(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="electra-test-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.log = open(self.folder / "electrad.log", "w", encoding="utf-8")
        self.addCleanup(self.log.close)
        (self.folder / "trusted").mkdir()
        self.daemon = subprocess.Popen(
            [OPTIONS.electrad, "--data-dir", self.folder / "data", "--listen", "127.0.0.1:0",
             "--threads", "1", "--trusted-models", self.folder / "trusted"],
            stdout=subprocess.PIPE, stderr=self.log, text=True)
        self.addCleanup(self.stop)
        self.address = self.daemon.stdout.readline().split()[-1]
        self.corpus = self.folder / "corpus.txt"
        self.corpus.write_text("\n".join(SENTENCES * 8) + "\n", encoding="utf-8")

    def stop(self):
        self.daemon.send_signal(signal.SIGTERM)
        self.daemon.wait(timeout=120)
        self.daemon.stdout.close()

    def run_client(self, *arguments, expect=0):
        result = subprocess.run([OPTIONS.electra, *map(str, arguments)], capture_output=True,
                                text=True, encoding="utf-8", timeout=300,
                                env={**os.environ, "ELECTRA_SERVER": self.address,
                                     "LANG": "C.UTF-8"})
        self.assertEqual(result.returncode, expect,
                         f"electra {arguments}: {result.stdout[-2000:]}{result.stderr[-2000:]}")
        return result

    def import_pair(self, name, pair, *more, expect=0):
        return self.run_client("model", "import", name, "--generator", pair / "generator",
                               "--discriminator", pair / "discriminator", *more, expect=expect)

    def train(self, model, **settings):
        arguments = [argument for key, value in {**SETTINGS, **settings}.items()
                     for argument in ("--set", f"{key}={value}")]
        job = self.run_client("submit", "--corpus", self.corpus, "--model", model,
                              *arguments).stdout.strip()
        events = [json.loads(line)
                  for line in self.run_client("watch", job, "--json").stdout.splitlines()]
        return job, events

    def download(self, source, name, *more):
        directory = self.folder / name
        self.run_client("model", "download", source, directory, *more)
        return directory

    def assert_same_tensors(self, a, b):
        first, second = raw_tensors(a), raw_tensors(b)
        self.assertEqual(first.keys(), second.keys())
        for name in first:
            self.assertEqual(first[name], second[name], name)

    def probe(self, python, name, directory):
        result = subprocess.run([python, "-B", "-c", PROBE, name, directory], capture_output=True,
                                text=True, timeout=300, encoding="utf-8")
        self.assertEqual(result.returncode, 0, result.stderr[-3000:])
        said = json.loads(result.stdout.splitlines()[-1])
        self.assertEqual(said["missing"] + said["unexpected"] + said["mismatched"], [], said)
        self.assertEqual(said["said"], [])
        return said

    def test_import_and_download_change_nothing(self):
        pair = make_pair(self.folder / "pair")
        self.assertEqual(self.import_pair("mine", pair).stdout.strip(), "models/mine")
        self.import_pair("mine", pair)  # the same again is the same
        out = self.download("models/mine", "out")
        # A learning rate that is nothing in float32: the weights go through a job as they are.
        job, _ = self.train("mine", learning_rate="1e-60", weight_decay=0)
        trained = self.download(job, "trained")
        for part in ("generator", "discriminator"):
            source = pair / part / "model.safetensors"
            self.assert_same_tensors(source, out / part / "model.safetensors")
            self.assert_same_tensors(source, trained / part / "model.safetensors")
            self.assertEqual((out / part / "vocab.txt").read_text(encoding="utf-8"),
                             (pair / part / "vocab.txt").read_text(encoding="utf-8"))
            for name in ("config.json", "tokenizer.json", "tokenizer_config.json",
                         "special_tokens_map.json", "README.md"):
                self.assertTrue((out / part / name).is_file(), name)

    def test_what_is_trained_loads_in_transformers(self):
        pair = make_pair(self.folder / "pair", discriminator_values={"hidden_act": "gelu_new"})
        self.import_pair("mine", pair)
        job, events = self.train("mine")
        self.assertEqual(events[-1]["state_change"]["to"], "SUCCEEDED")
        out = self.download(job, "out")
        with open(self.corpus, "rb") as corpus:
            digest = hashlib.sha256(corpus.read()).hexdigest()
        described = json.loads(self.run_client("job", "show", job, "--json").stdout)
        for part, network in (("generator", "ElectraForMaskedLM"),
                              ("discriminator", "ElectraForPreTraining")):
            today = self.probe(sys.executable, network, out / part)
            card = (out / part / "README.md").read_text(encoding="utf-8")
            for fact in (digest, "`mine`", "`2`", "max_steps", "discriminator F1", f"`{network}`",
                         f"step {described['best_evaluation']['step']}, by `loss`",
                         f"{described['last_evaluation']['combined_loss']:.4f}"):
                self.assertIn(fact, card)
            if OPTIONS.old_python:
                old = self.probe(OPTIONS.old_python, network, out / part)
                self.assertTrue(old["version"].startswith("4."), old["version"])
                self.assertEqual(old["ids"], today["ids"])
                self.assertLess(max(abs(a - b) for a, b in zip(old["values"], today["values"])),
                                1e-5)
        # AutoModel is the encoder alone: it leaves the head in the file, and says nothing else.
        _, info = transformers.AutoModel.from_pretrained(out / "discriminator",
                                                         output_loading_info=True)
        self.assertEqual(list(info["missing_keys"]), [])
        self.assertEqual(set(info["unexpected_keys"]),
                         {f"discriminator_predictions.{layer}.{part}" for part in ("weight", "bias")
                          for layer in ("dense", "dense_prediction")})
        self.assertNotEqual(
            raw_tensors(out / "discriminator/model.safetensors"),
            raw_tensors(pair / "discriminator/model.safetensors"))

        half = self.download(job, "half", "--part", "discriminator", "--dtype", "bfloat16",
                             "--checkpoint", 2)
        self.assertEqual({entry[0] for entry in raw_tensors(half / "model.safetensors").values()},
                         {"BF16"})
        self.assertIn("| Step | 2 of 4 |", (half / "README.md").read_text(encoding="utf-8"))
        missing = self.run_client("model", "download", job, self.folder / "no", "--checkpoint", 3,
                                  expect=3)
        self.assertIn("2, 4", missing.stderr)
        taken = self.run_client("model", "download", job, out, expect=2)
        self.assertIn("not an empty folder", taken.stderr)

    def test_pickles_and_server_paths_give_the_same_weights(self):
        plain = make_pair(self.folder / "plain")
        for form in ("zip", "legacy"):
            pair = make_pair(self.folder / "trusted" / form, bin_format=form)
            self.import_pair(form, pair, "--server-path")
            out = self.download(f"models/{form}", f"out-{form}")
            for part in ("generator", "discriminator"):
                self.assert_same_tensors(plain / part / "model.safetensors",
                                         out / part / "model.safetensors")
        outside = self.import_pair("outside", plain, "--server-path", expect=3)
        self.assertIn("--trusted-models", outside.stderr)
        link = self.folder / "trusted" / "link"
        link.symlink_to(plain)
        self.assertIn("--trusted-models",
                      self.import_pair("link", link, "--server-path", expect=3).stderr)

    def test_a_job_goes_on_from_the_model_of_another(self):
        self.import_pair("mine", make_pair(self.folder / "pair"))
        first, _ = self.train("mine")
        out = {step: self.download(first, f"first-{step}", "--checkpoint", step)
               for step in (2, 4)}
        unchanged = {"learning_rate": "1e-60", "weight_decay": 0}
        for model, step in ((first, 4), (f"{first}@2", 2)):
            estimate = json.loads(self.run_client(
                "submit", "--corpus", self.corpus, "--model", model, "--set", "max_steps=4",
                "batch_size=4", "max_length=16", "--dry-run", "--json").stdout)
            self.assertEqual(estimate["model"], f"{first}@{step}")
            job, _ = self.train(model, **unchanged)
            shown = json.loads(self.run_client("job", "show", job, "--json").stdout)
            self.assertEqual(shown["model"], f"models/{first[5:]}-step-{step}")
            self.assertEqual(shown["model_sources"], [f"{first}@{step}"])
            self.assertEqual(shown["vocabulary_source"], "VOCABULARY_SOURCE_MODEL")
            trained = self.download(job, f"second-{step}")
            for part in ("generator", "discriminator"):
                self.assert_same_tensors(out[step] / part / "model.safetensors",
                                         trained / part / "model.safetensors")
                self.assertEqual((trained / part / "vocab.txt").read_bytes(),
                                 (out[step] / part / "vocab.txt").read_bytes())
                self.assertIn(f"| Goes on from | `{first}@{step}` |",
                              (trained / part / "README.md").read_text(encoding="utf-8"))
        for model, fact in ((f"{first}@3", "2, 4"), (f"{first}@x", "0 or above"),
                            (f"{first}@0", "use models/mine"),
                            ("jobs/00000000", "jobs")):
            self.assertIn(fact, self.run_client("submit", "--corpus", self.corpus, "--model", model,
                                                expect=3).stderr)
        self.assertIn("own vocabulary", self.run_client(
            "submit", "--corpus", self.corpus, "--model", first, "--vocab",
            out[4] / "generator/vocab.txt", expect=3).stderr)

        def queue(model, **settings):
            return self.run_client("submit", "--corpus", self.corpus, "--model", model, "--set",
                                   *(f"{key}={value}" for key, value in
                                     {**SETTINGS, **settings}.items())).stdout.strip()

        # Where training made nothing better, the best checkpoint is that of the start.
        kept, _ = self.train("mine", load_best_model_at_end="true", **unchanged)
        estimate = json.loads(self.run_client(
            "submit", "--corpus", self.corpus, "--model", f"{kept}@0", "--set", "max_steps=4",
            "batch_size=4", "max_length=16", "--dry-run", "--json").stdout)
        self.assertEqual(estimate["model"], f"{kept}@0")

        running = queue("mine", max_steps=1_000_000)
        waiting = queue(first, **unchanged)
        refused = self.run_client("submit", "--corpus", self.corpus, "--model", waiting, expect=3)
        self.assertIn("no checkpoint yet", refused.stderr)
        self.run_client("job", "cancel", waiting)
        self.run_client("job", "delete", "--yes", first)
        self.run_client("job", "retry", waiting)
        self.run_client("job", "cancel", running)
        self.run_client("watch", waiting, "--json")
        trained = self.download(waiting, "retried")
        self.assert_same_tensors(out[4] / "discriminator/model.safetensors",
                                 trained / "discriminator/model.safetensors")

    def test_a_vocabulary_is_extended_as_transformers_reads_it(self):
        pieces = ["서", "##버", "데", "##이", "##터", "모", "##델", "학", "##습", "언", "##어"]
        words = [*VOCABULARY[:5], *pieces, *VOCABULARY[5 + len(pieces):]]
        pair = make_pair(self.folder / "pair")
        for part in ("generator", "discriminator"):
            (pair / part / "vocab.txt").write_text("\n".join(words) + "\n", encoding="utf-8")
        rewrite_weights(pair / "generator/model.safetensors", lambda all: all.update(
            {"generator_lm_head.bias": torch.arange(len(words), dtype=torch.float32)}))
        self.import_pair("mine", pair)
        estimate = json.loads(self.run_client(
            "submit", "--corpus", self.corpus, "--model", "mine", "--set", "vocab_extend=3",
            "batch_size=4", "max_length=16", "--dry-run", "--json").stdout)
        self.assertEqual(int(estimate["vocab_size"]), len(words) + 3)
        job, events = self.train("mine", vocab_extend=3, learning_rate="1e-60", weight_decay=0)
        out = self.download(job, "out")
        old, new = (transformers.AutoTokenizer.from_pretrained(folder / "discriminator")
                    for folder in (pair, out))
        lines = self.corpus.read_text(encoding="utf-8").splitlines()
        before, after = (sum(len(tokenizer.tokenize(line)) for line in lines)
                         for tokenizer in (old, new))
        prepared = next(event["preparation"] for event in events if "preparation" in event)
        self.assertEqual(int(prepared["token_count"]), after)
        logs = " ".join(event["log"]["text"] for event in events if "log" in event)
        self.assertIn(f"into {after} tokens instead of {before}", logs)
        self.assertEqual(int(estimate["token_count"]), after)
        added = (out / "generator/vocab.txt").read_text(encoding="utf-8").split("\n")[len(words):-1]
        self.assertEqual(added[0], "데이터")
        self.assertEqual(len(added), 3)
        rows = [old.convert_tokens_to_ids(old.tokenize(token)) for token in added]
        for part, network, tensors in (
                ("generator", "ElectraForMaskedLM", ["generator_lm_head.bias"]),
                ("discriminator", "ElectraForPreTraining", [])):
            self.probe(sys.executable, network, out / part)
            first = load_file(pair / part / "model.safetensors")
            extended = load_file(out / part / "model.safetensors")
            for name in ("electra.embeddings.word_embeddings.weight", *tensors):
                means = torch.stack([first[name][ids].mean(0) for ids in rows])
                torch.testing.assert_close(extended[name],
                                           torch.cat([first[name], means]), atol=1e-5, rtol=0)
        next_job, _ = self.train(job, vocab_extend=1)
        shape = json.loads((self.download(next_job, "next") / "generator/config.json").read_text())
        self.assertEqual(shape["vocab_size"], len(words) + 4)
        refused = self.run_client("submit", "--corpus", self.corpus, "--model", "tiny", "--set",
                                  "vocab_extend=3", expect=3)
        self.assertIn("preset", refused.stderr)

    def test_without_a_generator_a_new_one_is_made(self):
        pair = make_pair(self.folder / "pair")
        self.run_client("model", "import", "alone", "--discriminator", pair / "discriminator")
        job, events = self.train("alone", learning_rate="1e-60", weight_decay=0,
                                 generator_size=0.5)
        logs = " ".join(event["log"]["text"] for event in events if "log" in event)
        self.assertIn("without a generator", logs)
        out = self.download(job, "out")
        generator = raw_tensors(out / "generator/model.safetensors")
        discriminator = raw_tensors(pair / "discriminator/model.safetensors")
        for name, tensor in generator.items():
            if name.startswith("electra.embeddings."):
                self.assertEqual(tensor, discriminator[name], name)
        shape = json.loads((out / "generator/config.json").read_text())
        self.assertEqual((shape["hidden_size"], shape["num_attention_heads"],
                          shape["intermediate_size"]), (16, 1, 24))

    def test_what_does_not_fit_is_refused_by_name(self):
        def refuse(pair, *facts):
            said = self.import_pair("bad", pair, expect=3).stderr
            for fact in facts:
                self.assertIn(fact, said)

        name = "electra.encoder.layer.0.output.dense.weight"
        broken = make_pair(self.folder / "missing")
        rewrite_weights(broken / "discriminator/model.safetensors", lambda all: all.pop(name))
        refuse(broken, name, "[32, 48]")
        broken = make_pair(self.folder / "shape")
        rewrite_weights(broken / "discriminator/model.safetensors",
                        lambda all: all.update({name: torch.zeros(32, 40)}))
        refuse(broken, name, "[32, 48]", "[32, 40]")
        broken = make_pair(self.folder / "extra")
        rewrite_weights(broken / "generator/model.safetensors",
                        lambda all: all.update({"electra.other.weight": torch.zeros(3)}))
        refuse(broken, "electra.other.weight", "[3]")
        broken = make_pair(self.folder / "nan")
        rewrite_weights(broken / "generator/model.safetensors",
                        lambda all: all["generator_lm_head.bias"].__setitem__(3, float("nan")))
        refuse(broken, "generator: tensor generator_lm_head.bias holds nan at [3]")
        broken = make_pair(self.folder / "class")
        for part in ("generator", "discriminator"):
            (broken / part / "tokenizer_config.json").unlink()
            path = broken / part / "config.json"
            path.write_text(json.dumps({**json.loads(path.read_text()),
                                        "tokenizer_class": "BertJapaneseTokenizer"}))
        refuse(broken, "config.json", "tokenizer_class", "BertJapaneseTokenizer")
        rows = len(VOCABULARY)
        refuse(make_pair(self.folder / "rows", generator_values={"vocab_size": rows + 4}),
               f"[{rows + 4}, 16]", f"[{rows}, 16]")
        broken = make_pair(self.folder / "words")
        (broken / "generator/vocab.txt").write_text(
            "\n".join([*VOCABULARY[:-1], "다름"]) + "\n", encoding="utf-8")
        refuse(broken, f"token {rows - 1}", "다름")
        self.assertEqual(os.listdir(self.folder / "data/uploads"), [])
        self.assertEqual(os.listdir(self.folder / "data/models"), [])

        wrapped = make_pair(self.folder / "wrapped")
        for part in ("generator", "discriminator"):
            rewrite_weights(
                wrapped / part / "model.safetensors",
                lambda all: [all.update({"module." + name: all.pop(name)}) for name in list(all)])
        self.assertIn("module.", self.import_pair("wrapped", wrapped).stderr)
        self.run_client("model", "delete", "--yes", "wrapped")
        self.import_pair("good", make_pair(self.folder / "good"))
        for setting, fact in (("max_length=64", "max_position_embeddings"),
                              ("do_lower_case=true", "do_lower_case")):
            said = self.run_client("submit", "--corpus", self.corpus, "--model", "good", "--set",
                                   setting, expect=3).stderr
            self.assertIn(fact, said)
        self.assertEqual(self.run_client("jobs", "--json").stdout, "")
        self.run_client("model", "delete", "--yes", "good")
        self.assertEqual(os.listdir(self.folder / "data/models"), [])

    def test_corpora_in_other_encodings(self):
        packed = self.folder / "corpus.txt.gz"
        packed.write_bytes(gzip.compress(self.corpus.read_text(encoding="utf-8").encode("cp949")))
        self.corpus = packed
        pair = make_pair(self.folder / "pair")
        self.import_pair("mine", pair)
        refused = self.run_client("submit", "--corpus", packed, "--model", "mine", expect=2)
        self.assertIn("line 1", refused.stderr)
        self.assertIn("--encoding cp949", refused.stderr)
        wrong = self.run_client("submit", "--corpus", packed, "--encoding", "klingon", expect=3)
        self.assertIn("klingon", wrong.stderr)
        job = self.run_client("submit", "--corpus", packed, "--encoding", "cp949", "--model",
                              "mine", "--set", "max_steps=1", "batch_size=4",
                              "max_length=16").stdout.strip()
        prepared = [json.loads(line)["preparation"]
                    for line in self.run_client("watch", job, "--json").stdout.splitlines()
                    if "preparation" in json.loads(line)]
        self.assertEqual(prepared[0]["unknown_token_count"], 0)
        self.assertEqual(prepared[0]["sample_count"], 40)

        broken = self.folder / "broken.txt"
        broken.write_bytes("서버 데이터\n".encode() * 9 + b"\xc3\x28\n")
        skipped = self.run_client("submit", "--corpus", broken, "--on-invalid", "skip", "--model",
                                  "mine", "--set", "max_steps=1", "batch_size=4", "max_length=16")
        self.assertIn("1 samples skipped", skipped.stderr)
        corpora = [json.loads(line)
                   for line in self.run_client("corpus", "list", "--json").stdout.splitlines()]
        self.assertEqual(corpora[0]["skipped_sample_count"], 1)
        self.assertEqual(corpora[0]["sample_count"], 9)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--electrad", required=True)
    parser.add_argument("--electra", required=True)
    parser.add_argument("--old-python", help="a Python with transformers 4.40, or the oldest that it can have")
    global OPTIONS
    OPTIONS, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()
