"""One sample prediction as people read it: the sentence pair and the table of its tokens."""
from __future__ import annotations

import html
import unicodedata

from electra.labels import labels
from electra.v1 import training_pb2

# Readable on a light and on a dark page, whose text colour they leave as it is.
_STYLES = {
    "caught": "background:rgba(46,160,67,.25);text-decoration:underline",
    "missed": "background:rgba(218,54,51,.25);text-decoration:underline wavy",
    "suspected": "background:rgba(210,153,34,.28);text-decoration:underline dotted",
}
_CELL = "padding:1px 10px;text-align:left;border-bottom:1px solid rgba(128,128,128,.3)"

# Characters upon which a terminal acts, or that reorder the text around them.
_ACTIVE = {*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029, *range(0x202A, 0x202F),
           *range(0x2066, 0x206A)}


def visible(text: str) -> str:
    """Text from a corpus or a server, safe to print."""
    return "".join(f"\\u{ord(char):04x}" if ord(char) in _ACTIVE else char for char in text)


def _width(text: str) -> int:
    """Columns of a terminal."""
    return sum(0 if unicodedata.combining(char) else
               2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))


def verdict(token: training_pb2.SampleToken) -> str:
    """caught, missed, suspected; "" where the token is unremarkable."""
    if token.original != token.fake:
        return "caught" if token.predicted_fake else "missed"
    return "suspected" if token.predicted_fake else ""


class SampleView:
    """A sample in a notebook or, by `print`, on a terminal. `message` has all of it."""

    def __init__(self, message: training_pb2.Sample, language: str | None = None) -> None:
        self.message = message
        self._labels = labels(language)

    @property
    def original(self) -> str:
        """The sentence, with parentheses round each token that was changed."""
        return "".join(part for part, _ in self._sentence(of_fakes=False))

    @property
    def fake(self) -> str:
        """The same with the generator's tokens."""
        return "".join(part for part, _ in self._sentence(of_fakes=True))

    def _sentence(self, *, of_fakes: bool) -> list[tuple[str, str]]:
        parts: list[tuple[str, str]] = []
        for token in self.message.tokens:
            changed = token.original != token.fake
            if not token.text and not changed:
                continue  # [CLS], [SEP]
            if token.space_before and parts:
                parts.append((" ", ""))
            if not changed:
                text = token.text
            elif of_fakes:
                text = f"({token.fake.removeprefix('##') or token.fake})"
            else:
                text = f"({token.text or token.original.removeprefix('##')})"
            parts.append((visible(text), verdict(token)))
        return parts

    def _rows(self) -> list[tuple[str, tuple[str, ...]]]:
        """The table: fakes caught, fakes missed, originals suspected, each by position."""
        rows: list[tuple[str, tuple[str, ...]]] = []
        for kind in ("caught", "missed", "suspected"):
            for position, token in enumerate(self.message.tokens):
                if verdict(token) == kind:
                    rows.append((kind, (
                        str(position), visible(token.original), visible(token.fake),
                        "-" if kind == "suspected" else "fake",
                        "-" if kind == "missed" else "fake",
                        self._labels["right" if kind == "caught" else "wrong"])))
        return rows

    def _headings(self) -> tuple[str, ...]:
        return tuple(self._labels[name] for name in ("position", "real_token", "fake_token",
                                                     "actual", "predicted", "correct"))

    def _title(self) -> str:
        message = self.message
        if message.probe:
            return str(self._labels["probe"]).format(number=message.probe, step=message.step)
        return str(self._labels["sample"]).format(epoch=message.epoch, step=message.step)

    def _counts(self) -> str:
        kinds = [verdict(token) for token in self.message.tokens]
        caught, missed = kinds.count("caught"), kinds.count("missed")
        return str(self._labels["counts"]).format(
            tokens=len(kinds), fakes=caught + missed, caught=caught,
            wrong=missed + kinds.count("suspected"))

    def _loss_line(self) -> str:
        message = self.message
        return (f"Combined Loss {message.combined_loss:.3f} -- "
                f"Generator Loss : {message.generator_loss:.3f} -- "
                f"Discriminator Loss : {message.discriminator_loss:.3f}")

    def __str__(self) -> str:
        rows = [self._headings(), *(cells for _, cells in self._rows())]
        widths = [max(_width(row[i]) for row in rows) for i in range(len(rows[0]))]
        lines = [" | ".join(map(_padded, row, widths)).rstrip() for row in rows]
        lines.insert(1, "-+-".join("-" * width for width in widths))
        return "\n".join([self._title(), "",
                          f"{self._labels['original']} :  {self.original}",
                          f"{self._labels['fake']} :  {self.fake}", "", self._counts(), "", *lines,
                          "", self._loss_line()])

    def _repr_html_(self) -> str:
        def sentence(name: str, of_fakes: bool) -> str:
            words = "".join(
                f'<bdi style="{_STYLES[kind]}">{html.escape(text)}</bdi>' if kind else
                f"<bdi>{html.escape(text)}</bdi>" if text != " " else " "
                for text, kind in self._sentence(of_fakes=of_fakes))
            return f"<div><b>{html.escape(self._labels[name])}</b> : {words}</div>"

        def row(tag: str, cells: tuple[str, ...], style: str = "") -> str:
            return "<tr>" + "".join(
                f'<{tag} style="{_CELL}{";" + style if style and i >= 2 else ""}">'
                f"<bdi>{html.escape(cell)}</bdi></{tag}>" for i, cell in enumerate(cells)) + "</tr>"

        return (f'<div style="line-height:1.6"><p><b>{html.escape(self._title())}</b></p>'
                f'{sentence("original", False)}{sentence("fake", True)}'
                f"<p>{html.escape(self._counts())}</p>"
                f'<table style="border-collapse:collapse"><thead>{row("th", self._headings())}'
                "</thead><tbody>"
                + "".join(row("td", cells, _STYLES[kind]) for kind, cells in self._rows())
                + f"</tbody></table><p>{html.escape(self._loss_line())}</p></div>")
