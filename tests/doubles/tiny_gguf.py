"""A real llama model of random weights in a GGUF file of 160 kB: a token a byte, a chat template, and no sense at all.

    path = tiny_gguf.write(folder / "tiny.gguf")        # some milliseconds; needs the package gguf

Loaded by llama.cpp it speaks nonsense, but in any grammar that it is held to. The same seed makes the same file.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

WIDTH, HEADS, LAYERS, INNER = 32, 2, 2, 64
CONTEXT = 32_768
TEMPLATE = (
    "{% for message in messages %}<|{{ message['role'] }}|>\n{{ message['content'] }}\n{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>\n{% endif %}"
)
UNKNOWN, BEGIN, END = 0, 1, 2
NORMAL, CONTROL, BYTE = 1, 3, 6  # kinds of tokens, as the format numbers them


def write(path: Path, seed: int = 0, context: int = CONTEXT) -> Path:
    """Write the file and give its path. context: tokens that the file says the model was trained for."""
    import gguf

    path.parent.mkdir(parents=True, exist_ok=True)
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("tiny")
    writer.add_context_length(context)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    _add_vocabulary(writer)
    _add_weights(writer, np.random.default_rng(seed))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _add_vocabulary(writer: object) -> None:
    import gguf

    assert isinstance(writer, gguf.GGUFWriter)
    tokens = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256)), "▁"]
    kinds = [CONTROL, CONTROL, CONTROL, *[BYTE] * 256, NORMAL]
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores([0.0] * len(tokens))
    writer.add_token_types(kinds)
    writer.add_vocab_size(len(tokens))
    writer.add_unk_token_id(UNKNOWN)
    writer.add_bos_token_id(BEGIN)
    writer.add_eos_token_id(END)
    writer.add_add_space_prefix(False)
    writer.add_chat_template(TEMPLATE)


def _add_weights(writer: object, random: np.random.Generator) -> None:
    import gguf

    assert isinstance(writer, gguf.GGUFWriter)
    vocabulary = 260

    def add(name: str, *shape: int) -> None:
        writer.add_tensor(name, random.normal(0, shape[-1] ** -0.5, shape).astype(np.float32))

    add("token_embd.weight", vocabulary, WIDTH)
    writer.add_tensor("output_norm.weight", np.ones(WIDTH, dtype=np.float32))
    add("output.weight", vocabulary, WIDTH)
    for layer in range(LAYERS):
        for part in ("attn_norm", "ffn_norm"):
            writer.add_tensor(f"blk.{layer}.{part}.weight", np.ones(WIDTH, dtype=np.float32))
        for part in ("attn_q", "attn_k", "attn_v", "attn_output"):
            add(f"blk.{layer}.{part}.weight", WIDTH, WIDTH)
        for part in ("ffn_gate", "ffn_up"):
            add(f"blk.{layer}.{part}.weight", INNER, WIDTH)
        add(f"blk.{layer}.ffn_down.weight", WIDTH, INNER)
