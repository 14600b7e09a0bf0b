"""The ladder. A reader sees every approach here; order is building order."""

from __future__ import annotations

from tools.approaches.automl.tables import AutoGluonTables
from tools.approaches.automl.text import AutoGluonText
from tools.approaches.averaging import Averaging
from tools.approaches.base import Approach
from tools.approaches.baseline.boosting import GradientBoosting
from tools.approaches.baseline.linear import Linear
from tools.approaches.baseline.text import TfidfLinear
from tools.approaches.baseline.trivial import Majority, Mean
from tools.approaches.fine_tuning.contrastive import Contrastive
from tools.approaches.fine_tuning.full import FullFineTuning
from tools.approaches.fine_tuning.head import EmbeddingHead
from tools.approaches.forecasting.autogluon_series import AutoGluonSeries
from tools.approaches.forecasting.boosted import BoostedLags
from tools.approaches.forecasting.chronos import ChronosBolt
from tools.approaches.forecasting.naive import LastValue, SeasonalNaive
from tools.approaches.forecasting.statistical import StatisticalEnsemble
from tools.approaches.prompting import Prompting
from tools.approaches.several.commonest import CommonestLabels
from tools.approaches.several.head import HeadEachLabel
from tools.approaches.several.linear import TfidfEachLabel
from tools.approaches.several.names import ZeroShotEachLabel
from tools.approaches.zero_shot import ZeroShot
from tools.approaches.zero_shot_nli import ZeroShotNli

APPROACHES: tuple[Approach, ...] = (
    Majority(),
    Mean(),
    CommonestLabels(),
    Linear(),
    GradientBoosting(),
    TfidfLinear(),
    TfidfEachLabel(),
    ZeroShot(),
    ZeroShotNli(),
    ZeroShotEachLabel(),
    Prompting(),
    EmbeddingHead(),
    HeadEachLabel(),
    Contrastive(),
    FullFineTuning(),
    AutoGluonTables(),
    AutoGluonText(),
    LastValue(),
    SeasonalNaive(),
    StatisticalEnsemble(),
    BoostedLags(),
    ChronosBolt(),
    AutoGluonSeries(),
    Averaging(),
)


def approach_named(name: str) -> Approach:
    """The approach of that name. Raises KeyError with the known names."""
    for approach in APPROACHES:
        if approach.name == name:
            return approach
    raise KeyError(f"{name}; known: {', '.join(approach.name for approach in APPROACHES)}")
