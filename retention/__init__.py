"""What is kept how long: the retention clock, and what follows when it runs out."""

from archive.words import add_package

add_package("retention")
