"""Which client asks a language model.

asker = opened({"kind": "openai", "name": "gpt-4o-mini", "base_url": "https://api.openai.com/v1"}, cache=Path("answers.sqlite"))
question = Question([{"role": "user", "content": "Which team? ..."}], Answer(("billing", "support")))
replies = asker.ask([question])          # replies[0].labels == ["billing"]
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .asking import Asker


def opened(
    language_model: Mapping[str, Any], *, cache: Path | None = None, base_url: str | None = None, **options: Any
) -> Asker:
    """The client for a model as a manifest holds it:

    {"kind": "openai", "name", "base_url", "form"?} or {"kind": "llamacpp", "path"}. form: what was found out about the endpoint
    (`ChatClient.form`). cache: a file that keeps answers. base_url: asked in place of the manifest's. options: of the client.
    Raises AskingError where it cannot be opened (a GGUF that is not there), ValueError for another kind.
    """
    kind = language_model.get("kind")
    if kind == "openai":
        from .chat_client import ChatClient

        options = {"form": language_model.get("form"), **options}
        return ChatClient(base_url or language_model["base_url"], language_model["name"], cache=cache, **options)
    if kind == "llamacpp":
        from .gguf_client import GgufClient

        return GgufClient(Path(language_model["path"]), cache=cache, **options)
    raise ValueError(f"Expected a language model of the kind openai or llamacpp. Found {kind!r}. Export the prototype again.")
