"""A Chronos-Bolt of two layers with random weights, laid where the hub's cache would hold the real one."""

from __future__ import annotations

from pathlib import Path

STEPS = 8  # that it gives at once


def write(folder: Path, width: int = 16, layers: int = 1, heads: int = 2, context: int = 64, steps: int = STEPS) -> Path:
    """The model's folder, as Hugging Face's libraries save it."""
    import torch
    from chronos.chronos_bolt import ChronosBoltModelForForecasting
    from transformers import T5Config

    torch.manual_seed(0)
    bolt = {
        "context_length": context,
        "prediction_length": steps,
        "input_patch_size": 8 if context < 100 else 16,
        "input_patch_stride": 8 if context < 100 else 16,
        "quantiles": [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9],
        "use_reg_token": True,
    }
    told = {
        "d_model": width,
        "d_kv": width // heads,
        "d_ff": 4 * width,
        "num_heads": heads,
        "vocab_size": 2,
        "num_layers": layers,
        "num_decoder_layers": layers,
        "decoder_start_token_id": 0,
        "pad_token_id": 0,
        "architectures": ["ChronosBoltModelForForecasting"],
        "chronos_pipeline_class": "ChronosBoltPipeline",
        "chronos_config": bolt,
    }
    config = T5Config.from_dict(told)
    ChronosBoltModelForForecasting(config).eval().save_pretrained(folder)
    return folder
