#!/usr/bin/env python3
"""Makes tests/golden/hub: tiny ELECTRA model directories in every form that tests/core/hub reads.

    build/venv/bin/python tests/golden/make_hub_golden.py

Needs torch and safetensors. Tensor k of the names in order (0, 1, ...) has the values k + j / 1024
for its elements j = 0, 1, ..., exact in float32, so that a test knows them without a file.
"""
import collections
import json
import pathlib
import shutil

import torch
from safetensors.torch import save_file

ROOT = pathlib.Path(__file__).resolve().parent / "hub"
VOCAB = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "가", "##나", "a"]
CONFIG = dict(
    model_type="electra", vocab_size=len(VOCAB), embedding_size=2, hidden_size=4,
    num_hidden_layers=1, num_attention_heads=2, intermediate_size=3, max_position_embeddings=5,
    type_vocab_size=2, hidden_act="gelu", layer_norm_eps=1e-12, pad_token_id=0)


def shapes(role):
    c = CONFIG
    v, e, h, i = c["vocab_size"], c["embedding_size"], c["hidden_size"], c["intermediate_size"]
    s = {}

    def linear(name, outputs, inputs):
        s[name + ".weight"], s[name + ".bias"] = [outputs, inputs], [outputs]

    def norm(name, size):
        s[name + ".weight"], s[name + ".bias"] = [size], [size]

    embeddings = "electra.embeddings."
    s[embeddings + "word_embeddings.weight"] = [v, e]
    s[embeddings + "position_embeddings.weight"] = [c["max_position_embeddings"], e]
    s[embeddings + "token_type_embeddings.weight"] = [c["type_vocab_size"], e]
    norm(embeddings + "LayerNorm", e)
    linear("electra.embeddings_project", h, e)
    for n in range(c["num_hidden_layers"]):
        layer = f"electra.encoder.layer.{n}."
        for part in ("query", "key", "value"):
            linear(layer + "attention.self." + part, h, h)
        linear(layer + "attention.output.dense", h, h)
        norm(layer + "attention.output.LayerNorm", h)
        linear(layer + "intermediate.dense", i, h)
        linear(layer + "output.dense", h, i)
        norm(layer + "output.LayerNorm", h)
    if role == "discriminator":
        linear("discriminator_predictions.dense", h, h)
        linear("discriminator_predictions.dense_prediction", 1, h)
    else:
        linear("generator_predictions.dense", e, h)
        norm("generator_predictions.LayerNorm", e)
        s["generator_lm_head.bias"] = [v]
    return s


def tensors(role):
    made = collections.OrderedDict()
    for k, (name, shape) in enumerate(sorted(shapes(role).items())):
        count = torch.Size(shape).numel()
        made[name] = (k + torch.arange(count, dtype=torch.float32) / 1024).reshape(shape)
    return made


def directory(name, **config):
    path = ROOT / name
    path.mkdir(parents=True)
    (path / "config.json").write_text(json.dumps(CONFIG | config, indent=1) + "\n")
    return path


def with_tokenizer(path):
    (path / "vocab.txt").write_text("".join(token + "\n" for token in VOCAB))
    (path / "tokenizer_config.json").write_text('{"do_lower_case": false}\n')


def old_names(state):
    """As transformers wrote before 2021, from a network without heads."""
    old = collections.OrderedDict()
    old["embeddings.position_ids"] = torch.arange(CONFIG["max_position_embeddings"]).expand(1, -1)
    for name, tensor in state.items():
        name = name.removeprefix("electra.")
        name = name.replace("LayerNorm.weight", "LayerNorm.gamma")
        old[name.replace("LayerNorm.bias", "LayerNorm.beta")] = tensor
    return old


def halves(state):
    names = list(state)
    return [{n: state[n] for n in names[0::2]}, {n: state[n] for n in names[1::2]}]


def write_sharded(path, state, stem, save):
    index = {}
    for number, part in enumerate(halves(state), 1):
        base, extension = stem.rsplit(".", 1)
        name = f"{base}-{number:05}-of-00002.{extension}"
        save(part, path / name)
        index |= {tensor: name for tensor in part}
    (path / (stem + ".index.json")).write_text(
        json.dumps({"metadata": {}, "weight_map": index}, indent=1) + "\n")


def main():
    shutil.rmtree(ROOT, ignore_errors=True)
    generator, discriminator = tensors("generator"), tensors("discriminator")
    save_st = lambda state, path: save_file(state, path, metadata={"format": "pt"})

    path = directory("zip_discriminator")
    with_tokenizer(path)
    parameters = collections.OrderedDict(
        (n, torch.nn.Parameter(t) if n.endswith("bias") else t) for n, t in discriminator.items())
    parameters._metadata = collections.OrderedDict({"": {"version": 1}})
    torch.save(parameters, path / "pytorch_model.bin")

    # A transposed view, two tensors of one storage and a tied output matrix, in the older form.
    path = directory("legacy_generator")
    legacy = collections.OrderedDict(generator)
    legacy["generator_lm_head.weight"] = legacy["electra.embeddings.word_embeddings.weight"]
    query = "electra.encoder.layer.0.attention.self.query.weight"
    legacy[query] = legacy[query].t().contiguous().t()
    dense = "generator_predictions.dense.weight"
    legacy[dense] = torch.cat([torch.zeros(3), legacy[dense].flatten()])[3:].reshape(2, 4)
    torch.save(legacy, path / "pytorch_model.bin", _use_new_zipfile_serialization=False)

    path = directory("old_names_discriminator")
    base = {n: t for n, t in discriminator.items() if n.startswith("electra.")}
    torch.save(old_names(base), path / "pytorch_model.bin")

    write_sharded(directory("sharded_generator"), generator, "model.safetensors", save_st)
    write_sharded(directory("sharded_bin_generator"), generator, "pytorch_model.bin", torch.save)

    both = {"generator." + n: t for n, t in generator.items()}
    both |= {"discriminator." + n: t for n, t in discriminator.items()}
    save_st(both, directory("combined") / "model.safetensors")

    path = directory("bfloat16_discriminator")
    save_st({n: t.bfloat16() for n, t in discriminator.items()}, path / "model.safetensors")


if __name__ == "__main__":
    main()
