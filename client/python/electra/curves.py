"""Curves of a run as SVG."""
from __future__ import annotations

import html
import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from electra.v1 import training_pb2

_POINTS = 200  # of a curve: as many as its picture can show
_WINDOW = 20   # steps
_WIDTH, _HEIGHT = 520, 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 48, 8, 26, 24

_COLORS = ("#2f6fc0", "#c0561a", "#7b5bc4")  # on a light and on a dark page
_DASHES = ("", "6 3", "2 3")


class Curve(NamedTuple):
    """A named line, and points beside it."""
    name: str
    points: Sequence[tuple[float, float]]
    marks: Sequence[tuple[float, float]] = ()


def _buckets(steps: Sequence[training_pb2.StepMetrics]
             ) -> Iterable[Sequence[training_pb2.StepMetrics]]:
    size = math.ceil(len(steps) / _POINTS) or 1
    for begin in range(0, len(steps), size):
        yield steps[begin:begin + size]


def _mean(values: Iterable[float]) -> float:
    finite = [value for value in values if math.isfinite(value)]
    return sum(finite) / len(finite) if finite else math.nan


def loss_curves(steps: Sequence[training_pb2.StepMetrics],
                evaluations: Sequence[training_pb2.Evaluation]) -> list[Curve]:
    """Each point is the mean of a stretch of steps; evaluations are points beside them."""
    curves = []
    for name, field in (("Combined", "combined_loss"), ("Generator", "generator_loss"),
                        ("Discriminator", "discriminator_loss")):
        points = [(bucket[-1].step, _mean(getattr(step, field) for step in bucket))
                  for bucket in _buckets(steps)]
        marks = [(each.step, getattr(each, field)) for each in evaluations]
        curves.append(Curve(name, points, marks))
    return curves


def rate_curves(steps: Sequence[training_pb2.StepMetrics]) -> list[Curve]:
    """Sums of counts over sums of counts, of at least twenty steps: in a single batch a handful of
    tokens decides."""
    counted = [step for step in steps if step.HasField("counts")]
    size = math.ceil(len(counted) / _POINTS) or 1
    windows = [counted[max(0, end - max(size, _WINDOW)):end]
               for end in range(size, len(counted) + 1, size)]
    kinds = (("Precision", "caught_count", ("caught_count", "suspected_count")),
             ("Recall", "caught_count", ("fake_count",)),
             ("Generator accuracy", "generator_correct_count", ("masked_count",)))
    curves = []
    for name, part, whole in kinds:
        points = []
        for window in windows:
            total = sum(getattr(step.counts, field) for step in window for field in whole)
            if total > 0:
                points.append((window[-1].step,
                               sum(getattr(step.counts, part) for step in window) / total))
        curves.append(Curve(name, points))
    return curves


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers, about five of them."""
    span = (high - low) / 5
    unit = 10.0 ** math.floor(math.log10(span))
    unit *= next(factor for factor in (1, 2, 5, 10) if unit * factor >= span)
    return [i * unit for i in range(math.ceil(low / unit), math.floor(high / unit) + 1)]


def plots(rates_title: str, steps: Sequence[training_pb2.StepMetrics],
          evaluations: Sequence[training_pb2.Evaluation]) -> str:
    """A plot a loss, because their scales are far apart, and one of the rates."""
    losses = (svg(curve.name, [curve]) for curve in loss_curves(steps, evaluations))
    return "".join([*losses, svg(rates_title, rate_curves(steps))])


def svg(title: str, curves: Sequence[Curve]) -> str:
    """A plot; "" where there is nothing to draw."""
    drawn = [Curve(curve.name, [p for p in curve.points if math.isfinite(p[1])],
                   [p for p in curve.marks if math.isfinite(p[1])]) for curve in curves]
    every = [point for curve in drawn for point in (*curve.points, *curve.marks)]
    if not every:
        return ""
    x_low, x_high = min(x for x, _ in every), max(x for x, _ in every)
    y_low, y_high = min(y for _, y in every), max(y for _, y in every)
    x_high = max(x_high, x_low + 1)
    if y_high - y_low < 1e-9:
        y_low, y_high = y_low - 0.5, y_high + 0.5

    def place(x: float, y: float) -> tuple[float, float]:
        return (_LEFT + (x - x_low) / (x_high - x_low) * (_WIDTH - _LEFT - _RIGHT),
                _HEIGHT - _BOTTOM - (y - y_low) / (y_high - y_low) * (_HEIGHT - _TOP - _BOTTOM))

    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
           f'aria-label="{html.escape(title)}" style="width:100%;max-width:{_WIDTH}px" '
           'font-size="11" fill="currentColor">']
    x = float(_LEFT)
    for i, curve in enumerate(drawn):
        last = f" {curve.points[-1][1]:.3f}" if curve.points else ""
        text = html.escape(curve.name) + last
        out.append(f'<text x="{x:.0f}" y="14" fill="{_COLORS[i % 3]}">{text}</text>')
        x += 7 * len(curve.name + last) + 14
    for tick in _ticks(y_low, y_high):
        _, y = place(x_low, tick)
        out.append(f'<path d="M{_LEFT} {y:.1f}H{_WIDTH - _RIGHT}" stroke="currentColor" '
                   f'stroke-opacity=".15"/><text x="{_LEFT - 5}" y="{y + 4:.1f}" '
                   f'text-anchor="end">{tick:.4g}</text>')
    for tick in _ticks(x_low, x_high):
        px, _ = place(tick, y_low)
        out.append(f'<text x="{px:.1f}" y="{_HEIGHT - 8}" text-anchor="middle">{tick:.6g}</text>')
    for i, curve in enumerate(drawn):
        color = _COLORS[i % 3]
        line = " ".join(f"{px:.1f},{py:.1f}" for px, py in (place(*p) for p in curve.points))
        out.append(f'<polyline points="{line}" fill="none" stroke="{color}" stroke-width="1.6" '
                   f'stroke-dasharray="{_DASHES[i % 3]}"/>')
        out += [f'<circle cx="{px:.1f}" cy="{py:.1f}" r="3" fill="none" stroke="{color}"/>'
                for px, py in (place(*p) for p in curve.marks)]
    return "".join(out) + "</svg>"
