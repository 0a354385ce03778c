#!/usr/bin/env python3
"""Round trips through hub_tool against live transformers: what transformers saved, hub_tool loads
and saves again, and from_pretrained of the result must warn of nothing, give the same bytes, the
same outputs and a tokenizer with the same ids.

    compare_transformers.py PATH/TO/hub_tool

Needs torch, transformers (4.40 or later) and tokenizers. Exits with 1 when anything differs.
"""
import collections
import itertools
import logging
import pathlib
import subprocess
import sys
import tempfile
import unittest
import warnings

import tokenizers
import torch
import transformers
from safetensors.torch import load_file
from transformers import (AutoTokenizer, ElectraConfig, ElectraForMaskedLM, ElectraForPreTraining,
                          ElectraTokenizerFast)

HUB_TOOL = None
CLASSES = {"generator": ElectraForMaskedLM, "discriminator": ElectraForPreTraining}
VOCAB = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "안드로", "##이드", "특히", "플랫폼", "##은",
         "cafe", "##s", "Cafe", "café", "漢", "字", "漢字", "##字", ".", ",", "a", "b", "##b", "A", "ㄱ",
         "!", "가", "##나"]
TEXTS = ["특히 안드로이드 플랫폼은 Cafes, café.", "漢字 漢 가나다!", "AB ab abb \u0301e\u0301", "가나",
         "", "x" * 120, "a\u200db\u0000c\tA"]
CONFIGS = {
    "projected": dict(embedding_size=8, hidden_act="gelu"),
    "equal_sizes": dict(embedding_size=16, hidden_act="relu", num_hidden_layers=1),
    "untied": dict(embedding_size=8, hidden_act="gelu_new", tie_word_embeddings=False,
                   layer_norm_eps=1e-6, type_vocab_size=3, hidden_dropout_prob=0.25),
}


class Recorder(logging.Handler):
    """Keeps what transformers logs at WARNING and above."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.messages = []

    def emit(self, record):
        self.messages.append(record.getMessage())


def save_safetensors(model, path):
    model.save_pretrained(path)


def save_sharded(model, path):
    model.save_pretrained(path, max_shard_size="4KB")
    assert (path / "model.safetensors.index.json").exists()


def save_zip(model, path):
    model.config.save_pretrained(path)
    torch.save(model.state_dict(), path / "pytorch_model.bin")


def save_legacy(model, path):
    model.config.save_pretrained(path)
    torch.save(model.state_dict(), path / "pytorch_model.bin",
               _use_new_zipfile_serialization=False)


def save_old_names(model, path):
    model.config.save_pretrained(path)
    state = collections.OrderedDict()
    for name, tensor in model.state_dict().items():
        name = name.replace("LayerNorm.weight", "LayerNorm.gamma")
        state[name.replace("LayerNorm.bias", "LayerNorm.beta")] = tensor
    positions = torch.arange(model.config.max_position_embeddings).expand((1, -1))
    state["electra.embeddings.position_ids"] = positions
    torch.save(state, path / "pytorch_model.bin")


SAVERS = {f.__name__: f for f in
          (save_safetensors, save_sharded, save_zip, save_legacy, save_old_names)}


def make_tokenizer(folder, **options):
    vocab = folder / "source_vocab.txt"
    vocab.write_text("".join(token + "\n" for token in VOCAB), encoding="utf-8")
    try:
        return ElectraTokenizerFast(vocab=str(vocab), **options)  # transformers 5
    except TypeError:
        return ElectraTokenizerFast(vocab_file=str(vocab), **options)


def make_model(role, **config):
    torch.manual_seed(7)
    defaults = dict(vocab_size=len(VOCAB), hidden_size=16, num_hidden_layers=2,
                    num_attention_heads=2, intermediate_size=20, max_position_embeddings=24)
    model = CLASSES[role](ElectraConfig(**(defaults | config)))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.1)
    return model.eval()


def load_quietly(test, role, path, **options):
    """from_pretrained, with a failure for each thing that it warns of."""
    recorder = Recorder()
    logger = logging.getLogger("transformers")
    logger.addHandler(recorder)
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            model, info = CLASSES[role].from_pretrained(path, output_loading_info=True, **options)
            tokenizer = AutoTokenizer.from_pretrained(path)
    finally:
        logger.removeHandler(recorder)
    test.assertEqual(recorder.messages, [])
    foreign = ("huggingface_hub", "torch/utils", "torch/storage")  # their own deprecations
    test.assertEqual([str(w.message) for w in caught
                      if not any(name in str(w.filename) for name in foreign)], [])
    for key in ("missing_keys", "unexpected_keys", "mismatched_keys", "error_msgs"):
        test.assertFalse(info.get(key), f"{key}: {info.get(key)}")
    return model.eval(), tokenizer


def same_bytes(a, b):
    return a.dtype == b.dtype and a.shape == b.shape and torch.equal(
        a.contiguous().view(torch.uint8), b.contiguous().view(torch.uint8))


class RoundTrip(unittest.TestCase):

    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        self.source = self.folder / "source"
        self.source.mkdir()
        self.result = self.folder / "result"

    def hub_tool(self, role, *options):
        done = subprocess.run([HUB_TOOL, self.source, role, self.result, *options],
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def check_outputs(self, model, loaded):
        generator = torch.Generator().manual_seed(1)
        ids = torch.randint(0, len(VOCAB), (2, 10), generator=generator)
        with torch.no_grad():
            self.assertTrue(torch.equal(model(ids).logits, loaded(ids).logits))

    def test_weights_and_config(self):
        cases = itertools.product(CLASSES, CONFIGS, SAVERS)
        for number, (role, config, saver) in enumerate(cases):
            with self.subTest(role=role, config=config, saver=saver):
                self.source = self.folder / f"source{number}"
                self.source.mkdir()
                self.result = self.folder / f"result{number}"
                model = make_model(role, **CONFIGS[config])
                SAVERS[saver](model, self.source)
                make_tokenizer(self.folder).save_pretrained(self.source)
                self.hub_tool(role)
                loaded, _ = load_quietly(self, role, self.result)
                state = loaded.state_dict()
                self.assertEqual(set(state), set(model.state_dict()))
                for name, tensor in model.state_dict().items():
                    self.assertTrue(same_bytes(tensor, state[name]), name)
                self.check_outputs(model, loaded)
                ignored = ("_name_or_path", "name_or_path", "transformers_version", "torch_dtype",
                           "dtype", "architectures")
                before, after = model.config.to_dict(), loaded.config.to_dict()
                for key in before.keys() - set(ignored):
                    self.assertEqual(before[key], after.get(key), key)

    def test_file_is_the_one_that_transformers_writes(self):
        model = make_model("generator", **CONFIGS["projected"])
        model.save_pretrained(self.source)
        make_tokenizer(self.folder).save_pretrained(self.source)
        self.hub_tool("generator")
        ours, theirs = ((path / "model.safetensors").read_bytes()
                        for path in (self.result, self.source))
        self.assertEqual(ours, theirs)

    def test_narrow_types(self):
        for role, name in itertools.product(CLASSES, ("bfloat16", "float16")):
            with self.subTest(role=role, dtype=name):
                self.source = self.folder / f"source_{role}_{name}"
                self.source.mkdir()
                self.result = self.folder / f"result_{role}_{name}"
                dtype = getattr(torch, name)
                model = make_model(role, **CONFIGS["projected"])
                with torch.no_grad():  # subnormal, overflowing and halfway values too
                    weight = next(model.parameters())
                    weight.view(-1)[:8] = torch.tensor(
                        [1e-7, 3e-8, 2e-8, -6.1e-5, 65519.0, 65520.0, 1.0009765625, 1.00390625])
                save_safetensors(model, self.source)
                make_tokenizer(self.folder).save_pretrained(self.source)
                self.hub_tool(role, name)
                load_quietly(self, role, self.result)
                ours = load_file(self.result / "model.safetensors")
                for key, tensor in load_file(self.source / "model.safetensors").items():
                    self.assertTrue(same_bytes(tensor.to(dtype), ours[key]), key)

    def test_untied_export(self):
        model = make_model("generator", **CONFIGS["projected"])
        save_safetensors(model, self.source)
        make_tokenizer(self.folder).save_pretrained(self.source)
        self.hub_tool("generator", "float32", "separate")
        loaded, _ = load_quietly(self, "generator", self.result)
        self.assertFalse(loaded.config.tie_word_embeddings)
        self.assertTrue(same_bytes(loaded.generator_lm_head.weight,
                                   model.electra.embeddings.word_embeddings.weight))
        self.check_outputs(model, loaded)

    def test_tokenizer(self):
        save_safetensors(make_model("discriminator", embedding_size=8), self.source)
        cases = itertools.product((False, True), (None, False, True), (False, True),
                                  ("both", "vocab.txt", "tokenizer.json"))
        for lower, strip, chinese, files in cases:
            options = dict(do_lower_case=lower, strip_accents=strip,
                           tokenize_chinese_chars=chinese)
            with self.subTest(files=files, **options):
                original = make_tokenizer(self.folder, **options)
                original.save_pretrained(self.source)
                vocab = self.source / "vocab.txt"
                vocab.write_text("".join(token + "\n" for token in VOCAB), encoding="utf-8")
                if files == "vocab.txt":
                    (self.source / "tokenizer.json").unlink()
                if files == "tokenizer.json":
                    vocab.unlink()
                self.hub_tool("discriminator")
                _, loaded = load_quietly(self, "discriminator", self.result)
                self.assertEqual(loaded.get_vocab(), original.get_vocab())
                self.assertEqual((loaded.pad_token_id, loaded.unk_token_id, loaded.cls_token_id,
                                  loaded.sep_token_id, loaded.mask_token_id), (0, 1, 2, 3, 4))
                self.assertEqual(loaded.model_max_length, 24)
                raw = tokenizers.Tokenizer.from_file(str(self.result / "tokenizer.json"))
                for text in TEXTS:
                    expected = original(text, return_offsets_mapping=True)
                    found = loaded(text, return_offsets_mapping=True)
                    self.assertEqual(dict(expected), dict(found), text)
                    self.assertEqual(raw.encode(text).ids, expected["input_ids"], text)
                self.assertEqual(dict(original("가나", "a b")), dict(loaded("가나", "a b")))
                self.assertEqual(loaded("a [MASK] b")["input_ids"],
                                 original("a [MASK] b")["input_ids"])


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    HUB_TOOL = sys.argv.pop(1)
    transformers.utils.logging.set_verbosity_warning()
    transformers.utils.logging.disable_progress_bar()
    print(f"transformers {transformers.__version__}, torch {torch.__version__}")
    unittest.main(verbosity=2)
