"""Finding: text out of files, the index over it, and the search that shows only what may be seen."""

from archive.words import add_package

add_package("indexer")
