"""The order of an epoch and the masks that the product draws (core/batch), once more in Python, so
that another trainer can be given the same."""
import math


class KeyedRandom:
    """core/batch/random.h"""
    ORDER, MASKED = 2, 3  # RandomUse
    WORD = (1 << 64) - 1

    def __init__(self, *key):
        self.state = 0
        for word in key:
            mixed = self.mix(self.state + 0x9E3779B97F4A7C15)
            self.state = mixed ^ self.mix(word + 0x632BE59B)

    @classmethod
    def mix(cls, z):
        z &= cls.WORD
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & cls.WORD
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & cls.WORD
        return z ^ (z >> 31)

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & self.WORD
        return self.mix(self.state)

    def uniform(self):
        return (self.next() >> 11) * 2.0 ** -53

    def below(self, bound):
        threshold = (2 ** 64 - bound) % bound
        while True:
            product = self.next() * bound
            if product & self.WORD >= threshold:
                return product >> 64


def epoch_order(count, seed, epoch):
    order = list(range(count))
    numbers = KeyedRandom(KeyedRandom.ORDER, seed, epoch)
    for i in range(count, 1, -1):
        j = numbers.below(i)
        order[i - 1], order[j] = order[j], order[i - 1]
    return order


def masked_count(maskable):
    return min(maskable, math.ceil(0.15 * maskable - 1e-9))


def masked_positions(length, seed, epoch, sequence):
    """Of a sequence of `length` tokens without [CLS] and [SEP], counted from [CLS]."""
    positions = list(range(1, length + 1))
    numbers = KeyedRandom(KeyedRandom.MASKED, seed, epoch, sequence)
    for i in range(masked_count(length)):
        j = i + numbers.below(length - i)
        positions[i], positions[j] = positions[j], positions[i]
    return positions[:masked_count(length)]


def becomes_mask(seed, epoch, sequence, position):
    return KeyedRandom(KeyedRandom.MASKED, seed, epoch, sequence, position).uniform() < 0.85
