"""copied into tests/web temporarily? run with rootdir"""
import re, sys
from urllib.parse import quote
from tests.web.test_catalogue import hidden, ABSENT
from tests.web.conftest import verbs

def bare(answer, code):
    text = answer.get_data(as_text=True)
    for one in {code, quote(code), quote(code, safe=""), code.replace("-", "")}:
        text = text.replace(one, "CODE")
    text = re.sub(r'name="csrf_token" value="[^"]*"', "", text)
    text = re.sub(r'content="[^"]{60,}"', "", text)
    loc = answer.headers.get("Location", "")
    for one in {code, quote(code), quote(code, safe="")}:
        loc = loc.replace(one, "CODE")
    return answer.status_code, text, loc

CODES = {"code","codes","volume","which","party","number","numbers","items","like","lines","place","dossier","to","loan","copy_kept","replaced","original","handover"}
PAGES = ["/records/{}", "/records/{}/edit", "/records/{}/retention", "/records/{}/files/1", "/records/{}/files/1/take", "/records/{}/files/1/pages/1.jpg",
 "/catalogue/new?volume={}", "/catalogue/grid?volume={}", "/counter?code={}", "/counter?scan={}", "/counter/reading?code={}", "/papers/print/f1?codes={}", "/papers/labels?codes={}",
 "/mine/ask?code={}", "/?q={}", "/search/suggest?q={}", "/retention/holds/new?codes={}", "/retention/schedule/edit?codes={}", "/custody/places/{}", "/letters/number/{}", "/loans/{}", "/loans/{}/slip.pdf", "/intake/{}",
 "/?like={}", "/?q=x&place={}"]

import pytest
@pytest.mark.parametrize("account", ["staff", "records", "security", "auditor", "supervisor"])
def test_sweep(site, office, account):
    code = hidden(office)
    absent = ABSENT
    print("code", code, absent)
    v = site.visitor(account)
    bad = []
    for page in PAGES:
        for one in ((code, absent), (f"{code}-001", f"{absent}-001")):
            a, b = (bare(v.get(page.format(quote(x))), x) for x in one)
            if a != b: bad.append((page, a[0], b[0], a[2], b[2], diff(a[1], b[1])))
    for verb in verbs().values():
        if not verb.open_to_all: continue
        names = [a for a in verb.asks if a.name in CODES]
        where = "/do/" + "/".join(verb.path)
        for ask in names:
            q = {ask.name: code}
            for other in verb.asks:
                if other.required and other.name != ask.name:
                    q[other.name] = filler(other)
            r = {ask.name: absent} | {k: x for k, x in q.items() if k != ask.name}
            a, b = bare(v.get(where, **q), code), bare(v.get(where, **r), absent)
            if a != b: bad.append(("GET", where, ask.name, a[0], b[0], diff(a[1], b[1])))
            if verb.confirms: 
                q["confirm"] = q.get(verb.confirms, code); r["confirm"] = r.get(verb.confirms, absent)
            a, b = bare(v.post(where, q), code), bare(v.post(where, r), absent)
            if a != b: bad.append(("POST", where, ask.name, a[0], b[0], diff(a[1], b[1])))
    for one in bad: print("BAD", account, one)
    assert not bad

def filler(ask):
    if ask.choices: return ask.choices[0][0]
    return {"whole": "2", "number": "2", "day": "2026-05-05", "pairs": "a=b", "flag": "1"}.get(ask.kind, "x1")

def diff(a, b):
    import difflib
    return [l for l in difflib.unified_diff(a.splitlines(), b.splitlines(), n=0, lineterm="") if not l.startswith(("---", "+++", "@@"))][:4]
