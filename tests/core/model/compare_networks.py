"""Compares the engine with transformers: hidden states, logits, gradients, twenty AdamW steps.

Two cases have options that transformers lacks, written in a few lines of PyTorch: "gdes" (the
discriminator adds a table to the generator's, which only the generator's loss trains) and
"weighted" (tokens of the discriminator's loss have weights).

Random pairs over embedding sizes equal to and smaller than the hidden size, activations, depths,
odd vocabulary sizes and lengths from 1 to 512 tokens. transformers pads, the engine packs: equal
results also show that no attention crosses sequences.

  compare_networks.py NETWORK_TOOL
"""
import json
import pathlib
import subprocess
import sys
import tempfile

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from transformers import ElectraConfig, ElectraForMaskedLM, ElectraForPreTraining

OUTPUT_TOLERANCE = 1e-5   # of hidden states and logits, absolute
GRADIENT_TOLERANCE = 1e-5  # absolute, where their joint norm is 1
LOSS_TOLERANCE = 1e-5     # relative
WEIGHT_TOLERANCE = 1e-5   # of a tensor, relative in norm
PAD, CLS, SEP, MASK = 0, 2, 3, 4
LEARNING_RATE = 1e-3

# name, vocabulary, embedding, generator (hidden, layers, heads, ffn), discriminator, activation,
# lengths of the sequences with [CLS] and [SEP]
CASES = [
    ("projected", 97, 16, (24, 2, 2, 48), (32, 3, 4, 64), "gelu", [5, 9, 9, 31]),
    ("equal sizes", 101, 32, (32, 1, 2, 48), (32, 1, 4, 64), "gelu", [1, 2, 3, 12]),
    ("gelu_new", 89, 16, (16, 2, 2, 32), (32, 2, 4, 64), "gelu_new", [7, 20]),
    ("relu", 211, 24, (16, 2, 1, 32), (24, 2, 3, 40), "relu", [33, 6, 6, 6]),
    ("deep", 103, 16, (16, 12, 2, 32), (16, 12, 2, 32), "gelu", [17, 40]),
    ("long", 131, 16, (16, 2, 2, 32), (32, 2, 2, 64), "gelu", [512, 3, 257]),
    ("gdes", 97, 16, (24, 2, 2, 48), (32, 3, 4, 64), "gelu", [5, 9, 9, 31]),
    ("weighted", 97, 16, (24, 2, 2, 48), (32, 2, 4, 64), "gelu", [5, 9, 9, 31]),
]


class OnTopOf(torch.nn.Module):
    """Embeddings that add `weight` to another table, and leave that alone."""

    def __init__(self, base, own):
        super().__init__()
        self.base = [base]  # in a list: none of this module's parameters
        self.weight = torch.nn.Parameter((own - base).detach().clone())

    def forward(self, ids):
        return F.embedding(ids, self.base[0].detach() + self.weight)


def config(vocabulary, embedding, shape, activation):
    hidden, layers, heads, ffn = shape
    return ElectraConfig(
        vocab_size=vocabulary, embedding_size=embedding, hidden_size=hidden,
        num_hidden_layers=layers, num_attention_heads=heads, intermediate_size=ffn,
        hidden_act=activation, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)


def random_pair(case):
    _, vocabulary, embedding, generator_shape, discriminator_shape, activation, _ = case
    generator = ElectraForMaskedLM(config(vocabulary, embedding, generator_shape, activation))
    discriminator = ElectraForPreTraining(
        config(vocabulary, embedding, discriminator_shape, activation))
    with torch.no_grad():
        for network in (generator, discriminator):
            for parameter in network.parameters():  # biases and LayerNorm too, so that they count
                parameter.add_(torch.randn_like(parameter) * 0.05)
    embeddings = generator.electra.embeddings.word_embeddings
    if case[0] != "gdes":
        discriminator.electra.embeddings.word_embeddings = embeddings
    return generator, discriminator


def share_gdes(generator, discriminator):
    theirs, own = (network.electra.embeddings.word_embeddings.weight
                   for network in (generator, discriminator))
    discriminator.electra.embeddings.word_embeddings = OnTopOf(theirs, own)


def random_batch(vocabulary, lengths):
    batch = []
    for length in lengths:
        ids = torch.randint(5, vocabulary, (length,))
        ids[0] = CLS
        if length > 1:
            ids[-1] = SEP
        maskable = list(range(1, length - 1)) or [0]
        count = max(1, round(0.2 * len(maskable)))
        masked = sorted(maskable[i] for i in torch.randperm(len(maskable))[:count].tolist())
        masked_ids = ids.clone()
        masked_ids[masked] = MASK
        batch.append({"ids": ids.tolist(), "masked_ids": masked_ids.tolist(), "masked": masked})
    return batch


def padded(batch, key):
    width = max(len(sequence[key]) for sequence in batch)
    ids = torch.tensor([s[key] + [PAD] * (width - len(s[key])) for s in batch])
    mask = torch.tensor([[1] * len(s[key]) + [0] * (width - len(s[key])) for s in batch])
    return ids, mask


def masked_places(batch, width):
    places = torch.zeros(len(batch), width, dtype=torch.bool)
    for row, sequence in enumerate(batch):
        places[row, sequence["masked"]] = True
    return places


def reference_outputs(generator, discriminator, batch):
    ids, attention = padded(batch, "ids")
    masked_ids, _ = padded(batch, "masked_ids")
    places = masked_places(batch, ids.shape[1])
    real = attention.bool()
    with torch.no_grad():
        return {
            "generator_hidden": generator.electra(masked_ids, attention).last_hidden_state[real],
            "generator_logits": generator(masked_ids, attention).logits[places],
            "discriminator_hidden": discriminator.electra(ids, attention).last_hidden_state[real],
            "discriminator_logits": discriminator(ids, attention).logits[real].unsqueeze(-1),
        }


def reference_training(generator, discriminator, batches, token_weights):
    parameters = {}
    for prefix, network in (("generator.", generator), ("discriminator.", discriminator)):
        for name, parameter in network.named_parameters():
            parameters.setdefault(id(parameter), (prefix + name, parameter))
    plain = [p for n, p in parameters.values() if n.endswith(".bias") or "LayerNorm" in n]
    decayed = [p for n, p in parameters.values() if not (n.endswith(".bias") or "LayerNorm" in n)]
    optimizer = torch.optim.AdamW([{"params": decayed, "weight_decay": 0.01},
                                   {"params": plain, "weight_decay": 0.0}],
                                  lr=LEARNING_RATE, betas=(0.9, 0.999), eps=1e-6)
    losses = []
    gradients = {}
    for batch in batches:
        ids, attention = padded(batch, "ids")
        masked_ids, _ = padded(batch, "masked_ids")
        places = masked_places(batch, ids.shape[1])
        logits = generator(masked_ids, attention).logits[places]
        generator_loss = F.cross_entropy(logits, ids[places])
        fakes = ids.clone()
        fakes[places] = logits.detach().argmax(-1)
        real = attention.bool()
        judged = discriminator(fakes, attention).logits[real]
        judged_losses = F.binary_cross_entropy_with_logits(
            judged, (fakes != ids)[real].float(), reduction="none")
        discriminator_loss = judged_losses.mean()  # what is reported
        weights = token_weights[ids[real]]
        optimizer.zero_grad()
        (generator_loss + 50 * (judged_losses * weights).sum() / weights.sum()).backward()
        torch.nn.utils.clip_grad_norm_([*plain, *decayed], 1.0)
        if not gradients:
            gradients = {name: p.grad.clone() for name, p in parameters.values()}
        optimizer.step()
        losses.append([generator_loss.item(), discriminator_loss.item()])
    return torch.tensor(losses), gradients


def compare(case, tool, folder, failures):
    name, vocabulary, lengths = case[0], case[1], case[-1]
    torch.manual_seed(sum(map(ord, name)))
    generator, discriminator = random_pair(case)
    steps = 20 if max(lengths) < 100 else 3
    batches = [random_batch(vocabulary, lengths) for _ in range(steps)]
    generator.save_pretrained(folder / "generator")
    discriminator.save_pretrained(folder / "discriminator")
    options = {"learning_rate": LEARNING_RATE, "batches": batches, "gdes": name == "gdes"}
    token_weights = torch.ones(vocabulary)
    if name == "weighted":
        token_weights = 1 + 2 * torch.rand(vocabulary)
        options["token_weights"] = token_weights.tolist()
    (folder / "batches.json").write_text(json.dumps(options))
    subprocess.run([tool, folder / "generator", folder / "discriminator", folder / "batches.json",
                    folder / "output.safetensors"], check=True)
    ours = load_file(folder / "output.safetensors")

    def check(what, error, tolerance):
        verdict = "ok" if error <= tolerance else "TOO FAR"
        print(f"{name:12} {what:24} {error:.2e} of {tolerance:.0e}  {verdict}")
        if error > tolerance:
            failures.append(f"{name}: {what}")

    for what, expected in reference_outputs(generator, discriminator, batches[0]).items():
        check(what, (ours[what] - expected).abs().max().item(), OUTPUT_TOLERANCE)

    before = {f"{prefix}.{key}": value.clone()
              for prefix, network in (("generator", generator), ("discriminator", discriminator))
              for key, value in network.state_dict().items()}
    if name == "gdes":
        share_gdes(generator, discriminator)
    losses, gradients = reference_training(generator, discriminator, batches, token_weights)
    if name == "gdes":  # what is saved is the sum
        with torch.no_grad():
            embeddings = discriminator.electra.embeddings.word_embeddings
            embeddings.weight += embeddings.base[0]
    check("gradients of a step",
          max((ours[f"gradient.{key}"] - value).abs().max().item()
              for key, value in gradients.items()), GRADIENT_TOLERANCE)
    check(f"losses of {steps} steps", ((ours["losses"] - losses) / losses).abs().max().item(),
          LOSS_TOLERANCE)
    worst = 0.0
    for prefix, network in (("generator", generator), ("discriminator", discriminator)):
        for key, value in network.state_dict().items():
            full = f"{prefix}.{key}"
            if full == "generator.generator_lm_head.weight":  # tied, written once
                continue
            change = (value - before[full]).norm()
            worst = max(worst, ((ours[full] - value).norm() / value.norm().clamp_min(1e-6)).item()
                        if change > 0 else (ours[full] - value).abs().max().item())
    check(f"weights after {steps} steps", worst, WEIGHT_TOLERANCE)


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
