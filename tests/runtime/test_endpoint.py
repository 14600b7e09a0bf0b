"""Where an endpoint is, by its URL."""

from __future__ import annotations

import pytest

from tools.runtime.endpoint import is_loopback, is_private


@pytest.mark.parametrize(
    ("url", "loopback", "private"),
    [
        ("http://localhost:11434/v1", True, True),
        ("http://127.0.0.1:8080/v1", True, True),
        ("http://127.8.8.8", True, True),
        ("http://[::1]:8080/v1", True, True),
        ("http://[::ffff:127.0.0.1]/v1", True, True),
        ("http://LOCALHOST./v1", True, True),
        ("http://192.168.0.7:1234/v1", False, True),
        ("http://10.1.2.3/v1", False, True),
        ("http://gpu-box:8000/v1", False, True),
        ("http://models.lan/v1", False, True),
        ("https://api.openai.com/v1", False, False),
        ("http://8.8.8.8/v1", False, False),
        ("http://localhost.evil.example/v1", False, False),
        ("http://127.0.0.1.evil.example/v1", False, False),
        ("http://127.0.0.1@evil.example/v1", False, False),
    ],
)
def test_where_it_is(url: str, loopback: bool, private: bool) -> None:
    assert (is_loopback(url), is_private(url)) == (loopback, private)
