from __future__ import annotations

import pytest

from ui.page.markup import Markup, html, joined, label, reply, shortened, typed

HARMFUL = "<script>alert(1)</script> <img src=x onerror=alert(1)> ![x](http://example.org/x.png) [l](javascript:alert(1))"


def test_values_are_escaped_and_markup_is_kept() -> None:
    assert html("<b>{text}</b>{more}", text="<i>&", more=Markup("<br>")) == "<b>&lt;i&gt;&amp;</b><br>"
    assert html('<p title="{text}"></p>', text='" onclick="x') == '<p title="&#34; onclick=&#34;x"></p>'
    assert joined([html("{x}", x="<"), html("{x}", x=">")], " ") == "&lt; &gt;"


def test_a_reply_has_paragraphs_lists_and_code_but_loads_nothing() -> None:
    shown = reply(f"**bold** and `code`\n\n- one\n- two\n\n{HARMFUL} $a^2$ :smile:")
    assert "<strong>bold</strong> and <code>code</code>" in shown
    assert "<li>one</li>" in shown
    for forbidden in ("<script", "<img", "<a ", "katex"):
        assert forbidden not in shown
    assert "$a^2$ :smile:" in shown
    assert "![x](http://example.org/x.png)" in shown


@pytest.mark.parametrize("words", ["[a]: http://example.org\n[a]", "<http://example.org>", "http://example.org", "&lt;b&gt;"])
def test_no_link_comes_of_a_reply(words: str) -> None:
    assert "<a" not in reply(words)
    assert "<b>" not in reply(words)


def test_what_a_person_typed_stands_as_it_is() -> None:
    assert "a &lt;b&gt; **c**\n  d" in typed("a <b> **c**\n  d")
    assert 'dir="auto"' in typed("مرحبا")


def test_a_label_has_no_markdown() -> None:
    assert label("a_b *c* :red[x] $y$ ![i](u)\n<b>") == r"a\_b \*c\* \:red\[x\] \$y\$ \!\[i\]\(u\) \<b\>"


def test_shortened_keeps_short_texts() -> None:
    assert shortened("abc", 3) == "abc"
    assert shortened("abcd", 3) == "ab…"
