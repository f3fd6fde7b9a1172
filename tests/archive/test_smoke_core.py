"""A first story through the core."""

import pytest

from archive import views
from archive.acts import Act
from archive.circulation import ledger, lending
from archive.errors import AlreadyOut, Confidential, NotFound, ReadingOnly
from tests import make


def test_a_drawings_volume_is_lent_and_taken_back(office):
    """ZX·02 is lent, not twice, and comes back; tenant and correspondence volumes are not lent (V8, V9)."""
    drawings = make.volume(office, "ZX·02", held=True)
    tenant = make.volume(office, "YH·01", held=True)
    letters = make.volume(office, "WS·LW", held=True)

    make.approved(office, drawings)
    with office.work("archivist", Act.LOAN_LEND) as unit:
        lending.lend(unit, drawings, to="staff", purpose="核对图纸")
    for code, refusal in ((drawings, AlreadyOut), (tenant, Confidential), (letters, ReadingOnly)):
        with pytest.raises(refusal), office.work("archivist", Act.LOAN_LEND) as unit:
            lending.lend(unit, code, to="staff", purpose="核对图纸")
    with office.work("archivist", Act.LOAN_RETURN) as unit:
        lending.take_back(unit, drawings)
    with office.ask("archivist", Act.LOAN_SEE) as unit:
        assert [True] == [row.intact for row in ledger.register(unit)]
    with pytest.raises(NotFound), office.ask("staff", Act.RECORD_SEE) as unit:
        views.page(unit, tenant)
