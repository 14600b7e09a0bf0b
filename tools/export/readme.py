"""README.md of a prototype: how to use it, in plain words."""

from __future__ import annotations

import json

from tools.export.chosen import Chosen
from tools.export.golden import typed
from tools.export.model_card import ModelCard, rendered
from tools.export.requirements import TEST, python_version, version_of
from tools.runtime import Model

RETRAINING = {
    "constant": "It counts them anew.",
    "text-tfidf": "It fits the same word counts and the same linear model to them.",
    "text-encoder": "The sentence encoder stays as it is; a new logistic head is learnt on its vectors. This is lighter than "
    "training the whole encoder, so it may not reach the same score; the comparison will tell.",
    "text-autogluon": "The sentence encoder stays as it is; a new AutoGluon predictor is fitted to its vectors, for about as "
    "long as `--minutes` says (2 by default).",
    "table-sklearn": "It fits the same features and the same kind of model to them.",
    "prompted": "They join the examples that it shows the language model. Both prompts are asked about the rows held back, "
    "so it costs two answers for each of them; it says how much that is and asks first (`--yes` answers at once).",
    "average": "Each of the models learns from them as it would alone, and they keep their weights.",
    "table-autogluon": "It fits a new AutoGluon predictor, for about as long as `--minutes` says (2 by default).",
}

UNABLE = "But this kind of model cannot learn by itself: give the labelled rows to Fasttrack."


def readme(run: Chosen, card: ModelCard, model: Model, rows: list[dict[str, str]]) -> str:
    """The text. The example is a made-up row with the model's own answer to it."""
    example = typed(rows[0], run.manifest["inputs"])
    written, answer = json.dumps(example, ensure_ascii=False), model.predict([example])[0]
    return rendered(
        "README.md",
        card,
        python=python_version(),
        interval=bool(run.manifest.get("interval")),
        example=rows[0],
        example_json=repr(example),
        example_shell=written.replace("'", "'\\''"),
        answer_json=repr(answer) if answer["prediction"] is not None else "",
        retraining=RETRAINING.get(run.manifest["format"], UNABLE),
        pytest=version_of(TEST),
    )
