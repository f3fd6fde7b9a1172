"""People at browsers, as many as wanted in one thread: connections kept open, cookies, tokens of forms, questions of the trade."""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import urlencode

import holdings
import office
import trade

ACCOUNTS = ("archivist", "clerk", *(f"staff{number:02}" for number in range(holdings.STAFF)))
QUESTIONS = ("rare name", "code", "common word", "sampled phrase", "common phrase", "boolean and filter")
_TOKEN = re.compile(r'name="csrf[_-]token" (?:value|content)="([^"]+)"')
_CODE = re.compile(r'<a href="(/records/[^"?]+)">')


@dataclass
class Browser:
    """One connection kept open, cookies, and the token for forms."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    token: str = ""
    reader: asyncio.StreamReader | None = None
    writer: asyncio.StreamWriter | None = None

    async def ask(self, path: str, form: Mapping[str, str] | None = None) -> tuple[int, str]:
        """Status and text of one answer; another connection where the old one has ended."""
        for _ in range(2):
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                return await self._ask(path, form)
            self.close()
        return 0, ""

    async def _ask(self, path: str, form: Mapping[str, str] | None) -> tuple[int, str]:
        if self.writer is None or self.reader is None:
            self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 22)
        body = urlencode({"csrf_token": self.token, **form}).encode() if form is not None else b""
        head = [f"{'POST' if form is not None else 'GET'} {path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}"]
        if self.cookies:
            head.append("Cookie: " + "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        if form is not None:
            head += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
        self.writer.write("\r\n".join([*head, "", ""]).encode() + body)
        await self.writer.drain()
        return await self._answered(self.reader)

    async def _answered(self, reader: asyncio.StreamReader) -> tuple[int, str]:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = [line.partition(":")[::2] for line in head[1:] if line]
        for name, value in headers:
            if name.lower() == "set-cookie":
                key, _, kept = value.strip().partition("=")
                self.cookies[key] = kept.partition(";")[0]
        said = {name.lower(): value.strip() for name, value in headers}
        body = await self._body(reader, said)
        if said.get("connection", "").lower() == "close":
            self.close()
        text = body.decode("utf-8", "replace")
        if token := _TOKEN.search(text):
            self.token = unescape(token[1])
        return int(head[0].split()[1]), text

    async def _body(self, reader: asyncio.StreamReader, said: Mapping[str, str]) -> bytes:
        if said.get("transfer-encoding") != "chunked":
            return await reader.readexactly(int(said.get("content-length", 0)))
        parts = []
        while size := int(await reader.readline(), 16):
            parts.append(await reader.readexactly(size))
            await reader.readline()
        await reader.readline()
        return b"".join(parts)

    def close(self) -> None:
        """Let the connection go."""
        if self.writer is not None:
            self.writer.close()
        self.reader = self.writer = None


class Visitor:
    """A person at his desk: what he asks next, and where he stands."""

    def __init__(self, number: int, port: int, rows: int) -> None:
        self.account = ACCOUNTS[number % len(ACCOUNTS)]
        self.rng, self.browser = random.Random(number), Browser(port)
        self.words = [" ".join(ask.words) for kind in QUESTIONS for ask in trade.questions(rows)[kind]]
        self.seen: list[str] = []
        self.written = 0

    async def sign_in(self) -> None:
        """By the log-in page; the run ends if that fails."""
        await self.browser.ask("/login")
        status, _ = await self.browser.ask("/login", {"account": self.account, "password": office.PASSWORD})
        if status != 303:
            raise SystemExit(f"{self.account}: the log-in answered {status}")
        self.browser.token = ""  # the log-in page's is over; the first page brings another

    async def act(self, kind: str) -> tuple[int, str]:
        """One thing of this kind."""
        if kind == "view" and self.seen:
            return await self.browser.ask(self.rng.choice(self.seen))
        if kind == "write" and self.browser.token:
            return await self.write()
        return await self.search()

    async def search(self) -> tuple[int, str]:
        """A question of the trade, every third narrowed or ordered."""
        more = self.rng.choice(({}, {}, {}, {"class": "WS"}, {"year": "2020.."}, {"sort": "newest"}))
        status, text = await self.browser.ask("/?" + urlencode({"q": self.rng.choice(self.words), **more}))
        self.seen = [unescape(one) for one in _CODE.findall(text)] or self.seen
        return status, text

    async def write(self) -> tuple[int, str]:
        """Keepers file a paper, others keep a search."""
        self.written += 1
        if self.account in {"archivist", "clerk"}:
            return await self.browser.ask("/do/item/file", {
                "class_code": "WS·HY", "title": f"会议纪要 {self.written}", "year": "2025", "department": "KF", "dated": "2025-03-02", "pages": "2",
            })  # fmt: skip
        name = f"检索 {self.rng.randrange(100)}"
        return await self.browser.ask(
            "/do/saved/save", {"name": name, "words": self.rng.choice(self.words), "replace": "1"}
        )
