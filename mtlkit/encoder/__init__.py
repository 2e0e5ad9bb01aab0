"""The shared encoder: BERT, GPT or T5 behind one face; where its files lie; adapters."""

from mtlkit.encoder.adapters import adapt
from mtlkit.encoder.encoder import Encoder
from mtlkit.encoder.loading import load_encoder

__all__ = ["Encoder", "adapt", "load_encoder"]
