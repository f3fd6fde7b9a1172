from __future__ import annotations
import datetime as dt, io, re, zipfile, sys, os, json
import pytest
from sqlalchemy import select
from archive.acts import Act
from archive.errors import ArchiveError
from archive.forms.kinds import ALL, Takes, Wanted
from archive.values import Level
import cli
from archive import clikit
from archive.model import Item, Volume
from tests import make
from tests.archive.counter import counter as a_counter
from tests.conftest import Office, opened
from tests.retention.letting_go import contract, destroyed, letters
from tests.archive.test_zz_r1_probe import KINDS, text_of

@pytest.fixture
def counter(template, tmp_path, monkeypatch):
    return a_counter(template, tmp_path, monkeypatch)

def test_destroyed(counter, template, tmp_path):
    o = Office(None); o.instance = opened(counter.home, template/"key", lambda: counter.now)
    v = contract(o, class_code="FW·01", level=Level.CONFIDENTIAL, party="P002")
    h = contract(o, class_code="WS·LW", level=Level.CONFIDENTIAL)
    w = contract(o, class_code="WS·LW")
    l = letters(o, 2, title="凤凰台上", class_code="WS·BG", level=Level.CONFIDENTIAL) if False else []
    with o.ask("gm") as unit:
        vs = [unit.record(x) for x in (v,h,w)]
        codes = [r.reference_code for r in vs]
        print([(r.reference_code, r.level, r.personal, r.state) for r in vs])
        items = [i.reference_code for i in unit.session.scalars(select(Item))]
    destroyed(o, [v])
    try: destroyed(o, [h])
    except ArchiveError as e: print("h", e.facts)
    try: destroyed(o, [w])
    except ArchiveError as e: print("w", e.facts)
    with o.ask("gm") as unit:
        print([(r.reference_code, r.state) for r in unit.session.scalars(select(Volume))])
    o.instance.close()
    d = tmp_path/"d"; d.mkdir()
    words = re.compile(r"文件之|(?<!题名)案卷(?!题名|目录|数|号|级|装|封|库|）|$)|张三|李四|清源保洁")
    for who in ("archivist","gm","secretary"):
        for kind in ("VOLUMES","CONTENTS","FILED","CONTRACTS","INCOMING","OUTGOING","LOANS"):
            p = d/f"{who}{kind}.csv"
            t = counter.run(who,"sheet","export",kind,"--to",p)
            if t.status==0: print(who,kind,p.read_text()[:900])
            else: print(who, kind, t.err)
        if who == "gm": continue
        t=counter.run(who,"label","print",*codes,"--to",d/f"{who}l.pdf"); print("label",t.status,t.err)
        t=counter.run(who,"properties","record",*codes,"--csv"); print("prop",t.status,t.err,t.out[:300])
        for k in KINDS:
            args=()
            if k.takes in (Takes.VOLUME,Takes.VOLUMES): args=(codes[0],)
            if k.takes in (Takes.ITEMS,): args=(items[0],)
            p=d/f"{who}{k.code}.docx"
            t=counter.run(who,"form","print",k.code,*args,"--to",p)
            if t.status==0:
                x=text_of(p)
                for m in ("FW·01 文件","WS·LW 文件","FW·01 案卷","WS·LW 案卷","李四","清源保洁","供电局"):
                    if m in x: i=x.index(m); print("WORD",who,k.code,m,x[max(0,i-80):i+80])
            else: print(k.code,t.status,t.err[:100].strip())

def test_codes(counter, template, tmp_path):
    o = Office(None); o.instance = opened(counter.home, template/"key", lambda: counter.now)
    make.volume(o, "ZX·02", 2, held=True)
    v = make.volume(o, "ZX·02", 3, held=True, level=Level.SECRET, dossier="A1204-2025-9", premises="A1204")
    with o.ask("gm") as unit:
        vol = unit.record(v).reference_code
        it = unit.session.scalars(select(Item.reference_code).where(Item.volume_uid==v)).first()
    o.instance.close()
    scans=tmp_path/"s"; scans.mkdir(); (scans/"a.png").write_bytes(b"x")
    from tests.archive.scanner import paper, stack, sheets
    absent_v = vol[:-4]+"0777"; absent_i = absent_v+it[len(vol):]
    print(vol,it,absent_v,absent_i)
    counter.run("clerk","scan","attach",scans)
    pdf = tmp_path/"st.pdf"
    import pypdfium2
    doc=pypdfium2.PdfDocument.new()
    for _ in range(6): doc.new_page(200,300)
    doc.save(str(pdf))
    for who in ("clerk","hr","records","manager"):
        n=0
        def go(*a):
            t=counter.run(who,*a); return t.status,t.out,t.err
        for make_cmd in [
            lambda V,I,p:("label","print",V,"--to",p), lambda V,I,p:("label","print",I,"--to",p), lambda V,I,p:("label","separators",V,"--to",p),
            lambda V,I,p:("package","export",V,"--to",p,"--for","x"), lambda V,I,p:("package","export",I,"--to",p,"--for","x","--partly"),
            lambda V,I,p:("properties","record",V), lambda V,I,p:("properties","record",I),
            lambda V,I,p:("scan","attach",pdf,"--by","pages","--volume",V), lambda V,I,p:("scan","attach",pdf,"--by","pages","--ranges",f"{I}=1-2"), lambda V,I,p:("scan","attach",pdf,"--by","pages","--volume",V,"--ranges","001=1-2"),
            lambda V,I,p:("intake","attach","SM2026-00001","--item",I), lambda V,I,p:("sheet","export","CONTENTS","--volume",V,"--to",p.with_suffix(".csv")),
            lambda V,I,p:("sheet","export","VOLUMES","--volume",V,"--to",p.with_suffix(".csv")),
            lambda V,I,p:("intake","get",I,"--to",p,"--for","x"),
            *[(lambda V,I,p,k=k:("form","print",k.code,(I if k.takes is Takes.ITEMS else V),"--to",p)) for k in KINDS if k.takes is not Takes.NOTHING],
        ]:
            n+=1
            p=tmp_path/f"{who}{n}.pdf"
            a=go(*make_cmd(vol,it,p)); 
            for q in (p,p.with_suffix(".csv")):
                if q.exists(): q.unlink()
            b=go(*make_cmd(absent_v,absent_i,p))
            sa=repr(a).replace(it,"I").replace(vol,"V"); sb=repr(b).replace(absent_i,"I").replace(absent_v,"V")
            cmd=make_cmd("V","I",p)
            if sa!=sb: print("DIFF",who,cmd[:4],sa[:300],"||",sb[:300])
            if a[0]==0: print("OK?",who,cmd[:4],a[1][:100])
