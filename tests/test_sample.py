"""The shipped sample: honest text to try on, neither trivial nor hopeless; and the script for tables."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline

EXAMPLES = Path(__file__).parent.parent / "examples"


def messages() -> pd.DataFrame:
    return pd.read_csv(EXAMPLES / "support_messages.csv")


def test_the_sample_is_varied_and_about_even() -> None:
    table = messages()
    assert list(table.columns) == ["message", "intent"]
    assert 230 <= len(table) <= 260
    assert table.message.is_unique
    assert table.intent.value_counts().between(35, 50).all()
    assert table.intent.nunique() == 6
    words = [len(str(message).split()) for message in table.message]
    assert min(words) <= 4
    assert max(words) >= 35


def test_word_counts_get_it_partly_right() -> None:
    """There is something to gain above the baseline, and a baseline to gain it from."""
    table = messages()
    model = make_pipeline(TfidfVectorizer(sublinear_tf=True), LogisticRegression(C=10, max_iter=200))
    score = cross_val_score(model, table.message, table.intent, cv=3).mean()
    assert 0.55 < score < 0.85


def test_tables_are_written_with_the_target_last(tmp_path: Path) -> None:
    subprocess.run([sys.executable, str(EXAMPLES / "make_tables.py"), str(tmp_path)], check=True, capture_output=True)
    targets = {path.stem: (len(table := pd.read_csv(path)), str(table.columns[-1])) for path in tmp_path.glob("*.csv")}
    assert targets == {"wine": (178, "cultivar"), "breast_cancer": (569, "diagnosis"), "diabetes": (442, "progression")}
    assert set(pd.read_csv(tmp_path / "breast_cancer.csv").diagnosis) == {"malignant", "benign"}
