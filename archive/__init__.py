"""The core: what is held, who may see it, who has it, what was done."""

__version__ = "0.1.0"
