"""The commands over the index, one module a noun, loaded when asked for."""
