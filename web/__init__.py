"""The web application: a counter, a search box and an inbox, in the browser; over the same services as the command line."""

from archive.words import add_package

add_package("web")
