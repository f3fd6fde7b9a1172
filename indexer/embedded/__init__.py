"""The embedded engine: sealed segments in Whoosh's index, searched by arithmetic on arrays."""
