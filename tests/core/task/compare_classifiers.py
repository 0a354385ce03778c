"""Compares fine-tuning with transformers: logits, losses and weights of twenty AdamW steps.

  compare_classifiers.py CLASSIFIER_TOOL
"""
import json
import pathlib
import subprocess
import sys
import tempfile

import torch
from safetensors.torch import load_file
from transformers import ElectraConfig, ElectraForSequenceClassification

LOGIT_TOLERANCE = 1e-5   # absolute
LOSS_TOLERANCE = 1e-4    # relative
WEIGHT_TOLERANCE = 1e-4  # of a tensor, relative in norm
PAD, CLS, SEP = 0, 2, 3
LEARNING_RATE = 1e-3
STEPS = 20

# name, vocabulary, embedding, (hidden, layers, heads, ffn), activation, classes, learning rate's
# decay from layer to layer, lengths of the sequences with [CLS] and [SEP]
CASES = [
    ("projected", 97, 16, (32, 3, 4, 64), "gelu", 3, 1.0, [5, 9, 9, 31]),
    ("layers apart", 101, 32, (32, 2, 4, 64), "gelu", 2, 0.8, [2, 3, 12]),
    ("relu", 89, 24, (24, 2, 3, 40), "relu", 7, 0.8, [33, 6, 6, 6]),
    ("long", 131, 16, (32, 2, 2, 64), "gelu", 2, 1.0, [257, 3, 64]),
]


def random_model(case):
    _, vocabulary, embedding, (hidden, layers, heads, ffn), activation, classes, _, _ = case
    model = ElectraForSequenceClassification(ElectraConfig(
        vocab_size=vocabulary, embedding_size=embedding, hidden_size=hidden,
        num_hidden_layers=layers, num_attention_heads=heads, intermediate_size=ffn,
        hidden_act=activation, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
        num_labels=classes))
    with torch.no_grad():
        for parameter in model.parameters():  # biases and LayerNorm too, so that they count
            parameter.add_(torch.randn_like(parameter) * 0.05)
    return model


def random_batch(vocabulary, classes, lengths):
    batch = []
    for length in lengths:
        ids = torch.randint(5, vocabulary, (length,))
        ids[0], ids[-1] = CLS, SEP
        batch.append({"ids": ids.tolist(), "label": int(torch.randint(classes, ()))})
    return batch


def forward(model, batch):
    width = max(len(row["ids"]) for row in batch)
    ids = torch.tensor([row["ids"] + [PAD] * (width - len(row["ids"])) for row in batch])
    mask = torch.tensor([[1] * len(row["ids"]) + [0] * (width - len(row["ids"])) for row in batch])
    return model(ids, mask, labels=torch.tensor([row["label"] for row in batch]))


def depth_of(name, layers):
    if name.startswith("electra.embeddings"):
        return 0
    if name.startswith("electra.encoder.layer."):
        return 1 + int(name.split(".")[3])
    return layers + 1


def train(model, batches, decay):
    layers = model.config.num_hidden_layers
    groups = []
    for name, parameter in model.named_parameters():
        plain = name.endswith(".bias") or "LayerNorm" in name
        groups.append({"params": [parameter], "weight_decay": 0.0 if plain else 0.01,
                       "lr": LEARNING_RATE * decay ** (layers + 1 - depth_of(name, layers))})
    optimizer = torch.optim.AdamW(groups, betas=(0.9, 0.999), eps=1e-6)
    losses = []
    for batch in batches:
        optimizer.zero_grad()
        loss = forward(model, batch).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.item())
    return torch.tensor(losses)


def compare(case, tool, folder, failures):
    name, vocabulary, classes, decay, lengths = case[0], case[1], case[5], case[6], case[7]
    torch.manual_seed(sum(map(ord, name)))
    model = random_model(case).train()
    batches = [random_batch(vocabulary, classes, lengths) for _ in range(STEPS)]
    model.save_pretrained(folder)
    (folder / "batches.json").write_text(json.dumps(
        {"classes": classes, "learning_rate": LEARNING_RATE, "layerwise_lr_decay": decay,
         "batches": batches}))
    subprocess.run([tool, folder, folder / "batches.json", folder / "output.safetensors"],
                   check=True)
    ours = load_file(folder / "output.safetensors")

    def check(what, error, tolerance):
        verdict = "ok" if error <= tolerance else "TOO FAR"
        print(f"{name:12} {what:22} {error:.2e} of {tolerance:.0e}  {verdict}")
        if not error <= tolerance:
            failures.append(f"{name}: {what}")

    with torch.no_grad():
        expected = forward(model, batches[0]).logits
    check("logits", (ours["logits"] - expected).abs().max().item(), LOGIT_TOLERANCE)
    before = {key: value.clone() for key, value in model.state_dict().items()}
    losses = train(model, batches, decay)
    check(f"losses of {STEPS} steps", ((ours["losses"] - losses) / losses).abs().max().item(),
          LOSS_TOLERANCE)
    after = model.state_dict()
    moved = min((after[key] - before[key]).norm().item() for key in after if "classifier" in key)
    assert moved > 0, "nothing was trained"
    check(f"weights after {STEPS} steps",
          max(((ours[key] - value).norm() / value.norm().clamp_min(1e-6)).item()
              for key, value in after.items()), WEIGHT_TOLERANCE)


def main():
    torch.set_num_threads(1)
    failures = []
    for case in CASES:
        with tempfile.TemporaryDirectory() as folder:
            compare(case, sys.argv[1], pathlib.Path(folder), failures)
    if failures:
        sys.exit("differs from transformers: " + ", ".join(failures))


if __name__ == "__main__":
    main()
