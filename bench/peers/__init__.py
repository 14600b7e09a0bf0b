"""The peers, all of them: PEERS."""

from __future__ import annotations

from bench.peers.autogluon_series import AUTOGLUON_SERIES
from bench.peers.autogluon_tables import AUTOGLUON, AUTOGLUON_TEXT
from bench.peers.base import Peer
from bench.peers.boosting import BOOSTING
from bench.peers.contrastive import SETFIT
from bench.peers.embeddings import EMBEDDINGS
from bench.peers.statistical import ARIMA, ETS, MSTL, SEASONAL_NAIVE, THETA
from bench.peers.tfidf import TFIDF
from bench.peers.trainer import TRAINER

PEERS: tuple[Peer, ...] = (
    TFIDF,
    EMBEDDINGS,
    SETFIT,
    TRAINER,
    AUTOGLUON_TEXT,
    BOOSTING,
    AUTOGLUON,
    SEASONAL_NAIVE,
    THETA,
    ETS,
    ARIMA,
    MSTL,
    AUTOGLUON_SERIES,
)


def peer_named(name: str) -> Peer:
    """The peer of that name. Raises KeyError with the known names."""
    for peer in PEERS:
        if peer.name == name:
            return peer
    raise KeyError(f"{name}; known: {', '.join(peer.name for peer in PEERS)}")
