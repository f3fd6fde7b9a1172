from tests.web.browser.crawling import crawled
from tests.web.browser.conftest import real
def test_x(lived_in):
    site = real(lived_in); reached=set()
    for a in ("archivist","admin","auditor","security","supervisor","secretary"):
        reached |= {k.split()[0] for k in crawled(site,a).kinds}
    own = {r.endpoint for r in site.app.url_map.iter_rules() if "GET" in (r.methods or ()) and not r.endpoint.startswith(("api.", "health.", "static"))}
    print("UNREACHED", sorted(own-reached))
