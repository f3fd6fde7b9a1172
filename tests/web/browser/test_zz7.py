from tests.web.browser.crawling import crawled
from tests.web.browser.conftest import real
from tests.web.browser.test_crawler import BESIDE
def test_x(lived_in):
    site = real(lived_in); reached=set()
    for a in ("archivist","admin","secretary"):
        reached |= crawled(site,a).reached
    own = {r.endpoint for r in site.app.url_map.iter_rules() if "GET" in (r.methods or ()) and not r.endpoint.startswith(("api.", "health.", "static"))}
    print("UNREACHED", sorted(own-reached-set(BESIDE)), "NEEDLESS", sorted(set(BESIDE)&reached))
