"""Plots of a run: drawn once, saved as PNG beside the report, and given as SVG that takes the page's own colours and font."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from tools.core.evaluation import Score
    from tools.report.class_facts import Bin, Confusion

# in the PNG these colours, in the SVG variables of the page, so that light and dark both read well
INK, MUTED, ACCENT, WARM, LINE = "#1c2430", "#6b7480", "#2f5fd0", "#c2571a", "#d5dae1"
VARIABLES = {INK: "var(--ink)", MUTED: "var(--muted)", ACCENT: "var(--accent)", WARM: "var(--warm)", LINE: "var(--line)"}
MOST_POINTS = 1500  # of a scatter: more only make the file large
MOST_CELLS = 12  # classes in a drawn confusion matrix
MOST_LETTERS = 28


def shortened(text: str, most: int = MOST_LETTERS) -> str:
    """The text, with an ellipsis where it is longer than `most` letters."""
    return text if len(text) <= most else text[: most - 1] + "…"


def leaderboard(rows: Sequence[tuple[str, Score]], chosen: str, words: str, path: Path) -> str:
    """Scores with their intervals, best on top. rows: (title, score). chosen: the title that is drawn in colour."""
    with drawn(path, (7.2, 0.7 + 0.42 * len(rows))) as drawing:
        axes = drawing.axes
        for place, (title, score) in enumerate(reversed(rows)):
            colour = ACCENT if title == chosen else MUTED
            if score.low is not None and score.high is not None:
                axes.plot(
                    [score.low, score.high], [place, place], color=colour, linewidth=3, solid_capstyle="round", alpha=0.45
                )
            axes.plot([score.value], [place], "o", color=colour, markersize=7)
        axes.set_yticks(range(len(rows)), [plain(shortened(title, 44)) for title, _ in reversed(rows)])
        axes.set_ylim(-0.6, len(rows) - 0.4)
        axes.set_xlabel(plain(words))
        axes.grid(axis="x", color=LINE, linewidth=0.8)
    return drawing.svg


def confusion(labels: Sequence[str], matrix: Sequence[Sequence[int]], path: Path) -> str:
    """Rows of each true class by the class that was answered; the colour is the share of the true class. For few classes."""
    import numpy as np

    counts = np.asarray(matrix, dtype=float)
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    size = 1.3 + 0.42 * len(labels)
    with drawn(path, (size + 0.6, size)) as drawing:
        axes = drawing.axes
        for truth, answer in np.ndindex(*counts.shape):
            colour = ACCENT if truth == answer else WARM
            alpha = 0.08 + 0.8 * share[truth, answer] if counts[truth, answer] else 0.0
            axes.add_patch(_square(answer - 0.47, truth - 0.47, 0.94, colour, alpha))
            if counts[truth, answer]:
                axes.text(answer, truth, f"{int(counts[truth, answer])}", ha="center", va="center", color=INK, fontsize=9)
        names = [plain(shortened(label, 16)) for label in labels]
        axes.set_xticks(
            range(len(labels)), names, rotation=40 if len(labels) > 3 else 0, ha="right" if len(labels) > 3 else "center"
        )
        axes.set_yticks(range(len(labels)), names)
        axes.set_xlim(-0.55, len(labels) - 0.45)
        axes.set_ylim(len(labels) - 0.45, -0.55)
        axes.set_xlabel("answered")
        axes.set_ylabel("true")
    return drawing.svg


def confusions(pairs: Sequence[Confusion], path: Path) -> str:
    """The most frequent confusions as bars, for many classes. pairs: at least one."""
    with drawn(path, (7.2, 0.8 + 0.32 * len(pairs))) as drawing:
        axes = drawing.axes
        axes.barh(range(len(pairs)), [pair.count for pair in reversed(pairs)], color=WARM, alpha=0.75, height=0.62)
        words = [plain(f"{shortened(pair.truth)} → {shortened(pair.answer)}") for pair in reversed(pairs)]
        axes.set_yticks(range(len(pairs)), words)
        axes.set_xlabel("rows (true class → answered class)")
        axes.grid(axis="x", color=LINE, linewidth=0.8)
    return drawing.svg


def calibration(bins: Sequence[Bin], path: Path) -> str:
    """Share of right answers over the probability that was given to them, with 95 % intervals; the diagonal is the ideal."""
    with drawn(path, (4.6, 4.0)) as drawing:
        axes = drawing.axes
        axes.plot([0, 1], [0, 1], color=LINE, linewidth=1.5, zorder=0)
        for part in bins:
            axes.plot(
                [part.confidence] * 2, [part.low, part.high], color=ACCENT, linewidth=2.5, alpha=0.35, solid_capstyle="round"
            )
        axes.plot(
            [part.confidence for part in bins], [part.right for part in bins], "o-", color=ACCENT, linewidth=1, markersize=5
        )
        least = min([part.confidence for part in bins] + [part.low for part in bins])
        axes.set_xlim(max(0.0, least - 0.05), 1.02)
        axes.set_ylim(max(0.0, least - 0.05), 1.02)
        axes.set_xlabel("probability that the model gave its answer")
        axes.set_ylabel("share that was right")
        axes.grid(color=LINE, linewidth=0.6)
    return drawing.svg


def predicted(target: np.ndarray, values: np.ndarray, name: str, path: Path) -> str:
    """Prediction over truth; on the diagonal it is right."""
    import numpy as np

    shown = _sampled(len(target))
    both = np.concatenate([target, values])
    low, high = float(both.min()), float(both.max())
    margin = (high - low) * 0.03 or 1.0
    with drawn(path, (4.6, 4.0)) as drawing:
        axes = drawing.axes
        axes.plot([low, high], [low, high], color=LINE, linewidth=1.5, zorder=0)
        axes.plot(target[shown], values[shown], "o", color=ACCENT, markersize=3.2, alpha=0.45, markeredgewidth=0)
        axes.set_xlim(low - margin, high + margin)
        axes.set_ylim(low - margin, high + margin)
        axes.set_xlabel(plain(f"true {shortened(name)}"))
        axes.set_ylabel("predicted")
        axes.grid(color=LINE, linewidth=0.6)
    return drawing.svg


def residuals(target: np.ndarray, values: np.ndarray, name: str, path: Path) -> str:
    """How far predictions are from the truth, counted; the outermost hundredth of rows on each side goes into the end bars."""
    import numpy as np

    error = values - target
    low, high = (float(edge) for edge in np.quantile(error, [0.01, 0.99]))
    with drawn(path, (4.6, 4.0)) as drawing:
        axes = drawing.axes
        axes.hist(np.clip(error, low, high), bins=min(40, max(8, len(error) // 12)), color=ACCENT, alpha=0.7)
        axes.axvline(0, color=INK, linewidth=1)
        axes.set_xlabel(plain(f"predicted minus true {shortened(name)}"))
        axes.set_ylabel("rows")
        axes.grid(axis="y", color=LINE, linewidth=0.6)
    return drawing.svg


class Drawing:
    """Axes to draw on, and the SVG once it is saved."""

    def __init__(self, axes: Axes) -> None:
        self.axes = axes
        self.svg = ""


@contextmanager
def drawn(path: Path, inches: tuple[float, float]) -> Iterator[Drawing]:
    """A figure in the house style; when the block ends it is saved as PNG at `path`, and `svg` is filled."""
    import matplotlib as mpl

    style: Any = {  # the stubs want every key as a literal type
        "font.size": 10, "axes.edgecolor": LINE, "axes.labelcolor": MUTED, "text.color": INK, "xtick.color": MUTED,
        "ytick.color": INK, "axes.spines.top": False, "axes.spines.right": False, "axes.axisbelow": True,
        "svg.fonttype": "none", "svg.hashsalt": path.stem,
        "xtick.major.size": 0, "ytick.major.size": 0, "axes.formatter.limits": (-4, 6),
    }  # fmt: skip
    with mpl.rc_context(style):
        from matplotlib.figure import Figure

        figure = Figure(figsize=inches, layout="constrained")
        drawing = Drawing(figure.add_subplot())
        yield drawing
        figure.savefig(path, dpi=160, facecolor="white", format="png")
        drawing.svg = _svg(figure, path.stem)


def _svg(figure: Figure, name: str) -> str:
    """The figure as an inline SVG element: no prologue, ids of its own, the page's colours and font, as wide as it may."""
    stream = io.StringIO()
    figure.savefig(stream, format="svg", transparent=True, metadata={"Date": None})
    text = stream.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r'(id="|url\(#|xlink:href="#)', rf"\g<1>{name}-", text)
    text = re.sub(r"font: [^;\"]*px[^;\"]*", lambda found: re.sub(r"px.*", "px var(--font)", found.group()), text)
    for colour, variable in VARIABLES.items():
        text = text.replace(colour, variable)
    width, _ = figure.get_size_inches()
    return re.sub(
        r"<svg[^>]*?(viewBox=\"[^\"]*\")[^>]*>",
        rf'<svg \1 style="width:100%;max-width:{width * 96:.0f}px" role="img" xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">',
        text,
        count=1,
    )


def _square(x: float, y: float, size: float, colour: str, alpha: float) -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle((x, y), size, size, facecolor=colour, alpha=alpha, edgecolor="none")


def _sampled(rows: int) -> np.ndarray:
    """Positions of the rows to draw: all, or a random part."""
    import numpy as np

    return np.arange(rows) if rows <= MOST_POINTS else np.random.default_rng(0).choice(rows, MOST_POINTS, replace=False)


def plain(text: str) -> str:
    """Text from data: matplotlib would read a dollar sign as a formula."""
    return text.replace("$", r"\$")
