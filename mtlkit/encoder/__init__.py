"""The shared encoder: BERT, GPT or T5 behind one face; where its files lie; adapters."""

from mtlkit.encoder.adapters import adapt
from mtlkit.encoder.encoder import Encoder
from mtlkit.encoder.loading import as_encoder, load_encoder

__all__ = ["Encoder", "adapt", "as_encoder", "load_encoder"]
