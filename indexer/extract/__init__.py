"""Bytes in, text out: limits and failures are stated, never raised.

The parsers run in a limited child process (reliability 5.7); importing this package loads none of them.
"""

from indexer.extract.extractor import Extractor, sandbox_level
from indexer.extract.kinds import Extracted, Kind, Outcome
from indexer.extract.sandbox import Limits

__all__ = ["Extracted", "Extractor", "Kind", "Limits", "Outcome", "sandbox_level"]
