"""Trains a pair of transformers' networks with electra-pytorch's class `Electra` and the product's
schedule, AdamW groups and clipping."""
import math
import random

import electra_pytorch.electra_pytorch as source
import torch
from recipe_masks import becomes_mask, epoch_order, masked_count, masked_positions
from torch.nn import functional
from transformers import ElectraForMaskedLM, ElectraForPreTraining

PAD, CLS, SEP, MASK = 0, 2, 3, 4
BATCH = 16
LEARNING_RATE = 5e-4
WARMUP = 0.1

# What may be done otherwise than the product does it.
DETAILS = {
    "released_mask_count": "masks counted as electra-pytorch 0.1.2 does, by the padded length",
    "untied_output": "the generator's output matrix is its own, as in electra-pytorch's script",
    "no_attention_mask": "padding is attended to, as where the class is called with ids alone",
    "all_embeddings": "position and token-type embeddings are shared too, as in its script",
    "none_shared": "no embeddings are shared, as where both networks are loaded one by one",
    "decay_all": "weight decay on biases and LayerNorm too",
    "plain_not_trained": "biases and LayerNorm are not in the optimizer, as in its script",
    "drop_last": "an epoch's last partial batch is left out",
    "zero_first_step": "the first step has a learning rate of 0, as in transformers' schedules",
    "mean_by_sequence": "the generator's loss is the mean of the sequences' means",
    "eager_attention": "attention by transformers' own code instead of libtorch's",
    "eval_mode": "no dropout: the networks are left as from_pretrained returns them",
}


def load_pair(folder, dropout=(0.0, 0.0), details=()):
    options = {"hidden_dropout_prob": dropout[0], "attention_probs_dropout_prob": dropout[1],
               "attn_implementation": "eager" if "eager_attention" in details else "sdpa"}
    return (ElectraForMaskedLM.from_pretrained(folder / "generator", **options),
            ElectraForPreTraining.from_pretrained(folder / "discriminator", **options))


def padded(sequences):
    width = max(map(len, sequences))
    ids = torch.tensor([s + [PAD] * (width - len(s)) for s in sequences])
    return ids, (ids != PAD).long()


class Logits(torch.nn.Module):
    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, ids, **arguments):
        return self.network(ids, **arguments).logits


def mended_mask(maskable, probability):
    """electra-pytorch's get_mask_subset_with_prob, but that it masks as many as it says."""
    chosen = torch.zeros_like(maskable)
    for row, places in enumerate(maskable):
        positions = places.nonzero().squeeze(1)
        picked = torch.randperm(len(positions))[:masked_count(len(positions))]
        chosen[row, positions[picked]] = True
    return chosen


RELEASED = {name: getattr(source, name) for name in
            ("get_mask_subset_with_prob", "prob_mask_like")}


def use_masks(ids, batch, seed, epoch, settings):
    """Lets the next call of `Electra` mask as the product does, or by itself."""
    released = "released_mask_count" in settings["details"]
    if settings["masks"] or released:
        source.get_mask_subset_with_prob = \
            RELEASED["get_mask_subset_with_prob"] if released else mended_mask
        source.prob_mask_like = RELEASED["prob_mask_like"]
        return
    masked = torch.zeros_like(ids, dtype=torch.bool)
    replaced = torch.zeros_like(masked)
    for row, (sequence, tokens) in enumerate(batch):
        for position in masked_positions(len(tokens) - 2, seed, epoch, sequence):
            masked[row, position] = True
            replaced[row, position] = becomes_mask(seed, epoch, sequence, position)
    source.get_mask_subset_with_prob = lambda *_: masked
    source.prob_mask_like = lambda *_: replaced


def mean_by_sequence(logits, labels, ignore_index):
    losses = functional.cross_entropy(logits, labels, ignore_index=ignore_index, reduction="none")
    masked = (labels != ignore_index).float()
    return (losses.sum(1) / masked.sum(1)).mean()


class Functions:
    """torch.nn.functional for electra-pytorch, with another mean."""
    cross_entropy = staticmethod(mean_by_sequence)
    binary_cross_entropy_with_logits = staticmethod(functional.binary_cross_entropy_with_logits)


def share(generator, discriminator, details):
    ours, theirs = generator.electra.embeddings, discriminator.electra.embeddings
    if "untied_output" in details:  # the output matrix stays what was replaced
        generator.generator_lm_head.weight = torch.nn.Parameter(
            generator.generator_lm_head.weight.detach().clone())
    if "none_shared" not in details:
        theirs.word_embeddings = ours.word_embeddings
    if "all_embeddings" in details:
        theirs.position_embeddings = ours.position_embeddings
        theirs.token_type_embeddings = ours.token_type_embeddings


def make_optimizer(trainer, details):
    groups = {0.01: [], 0.0: []}
    for name, parameter in trainer.named_parameters():
        plain = name.endswith(".bias") or "LayerNorm" in name
        if plain and "plain_not_trained" in details:
            continue
        groups[0.0 if plain and "decay_all" not in details else 0.01].append(parameter)
    return torch.optim.AdamW(
        [{"params": parameters, "weight_decay": decay}
         for decay, parameters in groups.items() if parameters],
        betas=(0.9, 0.999), eps=1e-6)


def learning_rate(step, total, settings):
    """Of step 1, 2, ..."""
    warmup = math.ceil(WARMUP * total)
    if "zero_first_step" in settings["details"]:
        step -= 1
        return settings["rate"] * min(step / warmup, (total - step) / (total - warmup))
    return settings["rate"] * min(step / warmup, (total - step + 1) / (total - warmup))


def train_theirs(folder, sequences, epochs, seed, settings):
    """The trained pair and each step's losses."""
    details = settings["details"]
    generator, discriminator = load_pair(folder, settings["dropout"], details)
    share(generator, discriminator, details)
    source.F = Functions if "mean_by_sequence" in details else functional
    trainer = source.Electra(
        Logits(generator), Logits(discriminator), mask_token_id=MASK, pad_token_id=PAD,
        mask_ignore_token_ids=[CLS, SEP], temperature=settings["temperature"])
    trainer.train("eval_mode" not in details)
    optimizer = make_optimizer(trainer, details)
    torch.manual_seed(seed)
    shuffler = random.Random(seed)
    batches = len(sequences) // BATCH if "drop_last" in details else -(-len(sequences) // BATCH)
    total = epochs * batches
    losses = []
    for step in range(1, total + 1):
        epoch, place = divmod(step - 1, batches)
        if place == 0:
            order = epoch_order(len(sequences), seed, epoch)
            if settings["order"]:
                shuffler.shuffle(order)
        batch = [(i, sequences[i]) for i in order[place * BATCH:(place + 1) * BATCH]]
        ids, attention = padded([tokens for _, tokens in batch])
        use_masks(ids, batch, seed, epoch, settings)
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step, total, settings)
        arguments = {} if "no_attention_mask" in details else {"attention_mask": attention}
        result = trainer(ids, **arguments)
        optimizer.zero_grad()
        result.loss.backward()
        torch.nn.utils.clip_grad_norm_(trainer.parameters(), 1.0)
        optimizer.step()
        losses.append((result.mlm_loss.item(), result.disc_loss.item()))
    return generator, discriminator, losses
