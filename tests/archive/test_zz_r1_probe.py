from __future__ import annotations
import datetime as dt, io, re, zipfile, sys, os, json
import pytest
from archive.acts import Act
from archive.errors import ArchiveError
from archive.forms.kinds import ALL, Takes, Wanted
from archive.forms.printing import print_form
from archive.words import Language
from archive.values import Level
import cli
from archive import clikit
from tests import make
from tests.archive.counter import counter as a_counter
from tests.conftest import Office, opened

@pytest.fixture
def counter(template, tmp_path, monkeypatch):
    return a_counter(template, tmp_path, monkeypatch)

KINDS = [*ALL, *clikit.wiring.forms]

def text_of(path):
    if str(path).endswith(".pdf"):
        return path.read_bytes()
    with zipfile.ZipFile(path) as z:
        xml = "".join(z.read(n).decode() for n in z.namelist() if n.endswith(".xml"))
    t = "".join(re.findall(r"<w:t[^>]*>([^<]*)</w:t>", xml))
    return re.sub(r"[0-9a-f]{8,}|\d+ ?条|日志[^。]*", "#", t)

def snapshot(counter, template, tmp, who, tag):
    out = {}
    d = tmp / f"{tag}-{who}"
    d.mkdir()
    cmds = [("statistics", *c) for c in STAT] 
    for c in cmds:
        t = counter.run(who, *c, "--json")
        out[c] = (t.status, t.out)
    for kind in ("VOLUMES","CONTENTS","FILED","CONTRACTS","PARTIES","LOANS","INCOMING","OUTGOING"):
        t = counter.run(who, "sheet", "export", kind, "--to", d / f"{kind}.csv")
        out[("sheet", kind)] = (t.status, (d / f"{kind}.csv").read_text() if t.status == 0 else t.err[:200])
    for c in [("label","print","--volumes","--to",d/"l.pdf"),("label","print","--places","--to",d/"p.pdf")]:
        t = counter.run(who, *c)
        out[c[:3]] = (t.status, c[-1].read_bytes() if t.status==0 else t.err.replace(str(d),""))
    for cls in ("ZX·02", "ZX", "RS"):
        t = counter.run(who, "properties","record","--class",cls,"--json")
        out[("prop",cls)] = (t.status, t.out, t.err)
    for c in [("sheet","list"),("intake","list"),("scan","attach",tmp/"scans","--dry-run"),]:
        t = counter.run(who, *c, "--json")
        out[c[:2]] = (t.status, t.out, t.err)
    for k in KINDS:
        if k.takes in (Takes.NOTHING,):
            t = counter.run(who, "form", "print", k.code, "--to", d / f"{k.code}.docx")
            out[("form", k.code)] = (t.status, text_of(d / f"{k.code}.docx") if t.status == 0 else t.err)
    return out

STAT = []

def test_hidden(counter, template, tmp_path):
    import click, cli
    root = cli.root
    st = root.get_command(click.Context(root), "statistics")
    global STAT
    for name in st.list_commands(click.Context(st)):
        STAT.append((name,))
    print(STAT)
    (tmp_path/"scans").mkdir()
    o = Office(None); o.instance = opened(counter.home, template/"key", lambda: counter.now)
    make.volume(o, "ZX·02", 2, held=True)
    make.volume(o, "WS·LW", 2)
    code = "x"
    viewers = ("staff","clerk","records","supervisor","manager","hr","auditor")
    before = {w: snapshot(counter, template, tmp_path, w, "a") for w in viewers}
    o = Office(None); o.instance = opened(counter.home, template/"key", lambda: counter.now)
    v = make.volume(o, "ZX·02", 3, held=True, level=Level.SECRET, dossier="A1204-2025-9", premises="A1204")
    w2 = make.volume(o, "WS·LW", 2, level=Level.SECRET)
    make.volume(o, "HT·01", 2, level=Level.SECRET)
    from archive import volumes as vs
    with o.work("archivist", Act.VOLUME_MOVE) as unit:
        vs.move(unit, v, "R1-C1")
    with o.ask("archivist") as unit:
        items=[i for i in unit.session.scalars(__import__("sqlalchemy").select(__import__("archive.model",fromlist=["Item"]).Item))]
        print([(i.reference_code, int(i.level)) for i in items])
    o.instance.close()
    after = {w: snapshot(counter, template, tmp_path, w, "b") for w in viewers}
    for w in viewers:
        for k in before[w]:
            a, b = before[w][k], after[w][k]
            if a != b:
                sa, sb = repr(a), repr(b)
                i = next((i for i,(x,y) in enumerate(zip(sa,sb)) if x!=y), 0)
                print("DIFF", w, k, sa[max(0,i-80):i+160], "||||", sb[max(0,i-80):i+160])
            if a[0] not in (0,3):
                print("status", w, k, a[0], repr(a[1])[:140])

def test_audit_files(counter, template, tmp_path):
    wrote = set()
    active = [True]
    def hook(event, args):
        if not active[0]: return
        if event == "open" and isinstance(args[2], int) and args[2] & (os.O_WRONLY|os.O_RDWR|os.O_CREAT):
            wrote.add(str(args[0]))
        elif event.startswith("tempfile"):
            wrote.add(event+str(args))
    o = Office(None); o.instance = opened(counter.home, template/"key", lambda: counter.now)
    from tests.archive import parcels
    v = parcels.shelved(o)
    with o.ask("archivist") as unit: code = unit.record(v).reference_code
    o.instance.close()
    (tmp_path/"scans").mkdir(); (tmp_path/"scans"/"a.png").write_bytes(b"hello")
    counter.run("archivist","volume","list")
    sys.addaudithook(hook)
    out = tmp_path/"out"; out.mkdir()
    cmds=[("sheet","export","VOLUMES","--to",out/"a.xlsx"),("sheet","export","VOLUMES","--to",out/"a.csv"),("sheet","check",out/"a.xlsx","--report",out/"rep.xlsx"),
      ("volume","list","--xlsx",out/"vl.xlsx"),("form","print","f3","--to",out/"f3.pdf"),("form","print","f3","--to",out/"f3.docx"),("form","print","f4-spine",code,"--to",out/"sp.pdf"),
      ("form","template","example","f10","--to",out/"ex.docx"),("form","template","install","f10",out/"ex.docx"),("form","template","show","f10","--to",out/"sh.docx"),
      ("label","print","--volumes","--to",out/"l.pdf"),("label","separators",code,"--to",out/"s.pdf"),("properties","record",code,"--report",out/"p.pdf"),("properties","record",code,"--report",out/"p.docx"),
      ("package","export",code,"--to",out/"pkg","--for","x"),("properties","package",out/"pkg","--report",out/"q.docx"),
      ("package","import",out/"pkg","--dry-run"),("scan","attach",tmp_path/"scans","--report",out/"sc.csv"),("intake","get","SM2026-00001","--to",out/"i.png","--for","x"),
      ("statistics","holdings","--svg",out/"h.svg"),("statistics","holdings","--png",out/"h.png"),("statistics","holdings","--chart",out/"h.svg"),("statistics","holdings","--picture",out/"h2.png"),]
    for c in cmds:
        t=counter.run("archivist",*c)
        print(t.status,[str(x)[-20:] for x in c],(t.err or "")[:120])
    active[0]=False
    for w in sorted(wrote):
        if not w.startswith(str(counter.home)) and not w.startswith(str(out)): print("WROTE", w)
    for r,ds,fs in os.walk(out):
        for n in ds+fs:
            p=os.path.join(r,n); m=os.stat(p).st_mode&0o777
            if m not in (0o600,0o700): print("MODE",oct(m),p)
    print(sorted(os.listdir(out)))
