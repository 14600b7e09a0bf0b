"""The fine-tuning rung: a pre-trained model learns from the person's labelled rows."""
