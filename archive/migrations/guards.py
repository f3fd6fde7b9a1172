"""Rules held by the schema itself: nothing held, lent or unlisted is let go (V18), nothing is deleted but by an undo."""

from collections.abc import Sequence

from alembic import op

#: An active hold names one of *targets*: looked up by its index, however many thousand targets there are.
_NAMED = """EXISTS (SELECT 1 FROM hold_target t JOIN hold h ON h.uid = t.hold_uid
 WHERE h.state = 'ACTIVE' AND t.scope = '{scope}' AND t.target IN ({targets}))"""
_CLASSES = """SELECT code FROM record_class
 WHERE code = NEW.class_code OR code || '·' = substr(NEW.class_code, 1, length(code) + 1)"""


def _held(**targets: str) -> str:
    named = (_NAMED.format(scope=scope, targets=each) for scope, each in targets.items())
    return f"({' OR '.join(named)})"


#: A hold names the row NEW of *volume*: itself, a paper in it, its class, its party, its premises.
_VOLUME_HELD = _held(
    RECORD="SELECT NEW.uid UNION ALL SELECT uid FROM item WHERE volume_uid = NEW.uid",
    CLASS=_CLASSES,
    PARTY="""SELECT NEW.party_uid UNION ALL SELECT party_uid FROM dossier WHERE uid = NEW.dossier_uid
 UNION ALL SELECT party_uid FROM item WHERE volume_uid = NEW.uid""",
    PREMISES="""SELECT premises_uid FROM dossier WHERE uid = NEW.dossier_uid
 UNION ALL SELECT premises_uid FROM item WHERE volume_uid = NEW.uid""",
)

#: The same of *item*: itself, its volume, its class, its party, its premises.
_ITEM_HELD = _held(
    RECORD="NEW.uid, NEW.scope_uid",
    CLASS=_CLASSES,
    PARTY="""SELECT NEW.party_uid UNION ALL SELECT party_uid FROM volume WHERE uid = NEW.volume_uid
 UNION ALL SELECT party_uid FROM dossier WHERE uid = NEW.dossier_uid""",
    PREMISES="SELECT NEW.premises_uid UNION ALL SELECT premises_uid FROM dossier WHERE uid = NEW.dossier_uid",
)

_OUT = """EXISTS (SELECT 1 FROM item i JOIN holding p ON p.item_uid = i.uid JOIN outing o ON o.holding_uid = p.uid
 WHERE {mine} AND o.returned_at IS NULL)"""

_LISTED = """NOT EXISTS (SELECT 1 FROM destruction_line l JOIN destruction_list d ON d.uid = l.list_uid
 WHERE l.record_uid = NEW.scope_uid AND l.step = '{step}' AND d.state = '{state}' AND d.approved_by IS NOT NULL)"""

_LEAVING = "NEW.state <> OLD.state AND NEW.state IN ('DUE', 'TRANSFERRED', 'DESTROYED')"
_LEFT = "NEW.state <> OLD.state AND OLD.state IN ('TRANSFERRED', 'DESTROYED')"

#: The row OLD was made by an import that is being undone; *mine* is its uid in that import.
_UNDONE = """NOT EXISTS (SELECT 1 FROM import_row r JOIN import_run n ON n.uid = r.run_uid
 WHERE r.thing_uid = OLD.{mine} AND r.fate = 'MADE' AND n.state = 'UNDOING')"""
#: What an import may take back: the column that names the thing it made, and what else must be so.
_TAKEN_BACK = {
    "volume": ("uid", "OLD.state <> 'OPEN' OR OLD.version <> 1"),
    "item": ("uid", "OLD.state <> 'OPEN' OR OLD.version <> 1"),
    "holding": ("item_uid", "OLD.condition <> 'SOUND'"),
    "dossier": ("uid", ""),
    "party": ("uid", ""),
    "premises": ("uid", ""),
    "loan": ("uid", "NOT OLD.taken_over OR OLD.renewals <> 0"),
    "outing": ("loan_uid", ""),
}

_SQLITE = "CREATE TRIGGER {name} BEFORE {event} BEGIN {checks} END"
_SQLITE_CHECK = "SELECT RAISE(ABORT, '{said}') WHERE {broken};"
_POSTGRES = """CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {checks} RETURN COALESCE(NEW, OLD); END $$;
CREATE TRIGGER {name} BEFORE {event} FOR EACH ROW EXECUTE FUNCTION {name}()"""
_POSTGRES_CHECK = "IF {broken} THEN RAISE EXCEPTION '{said}'; END IF;"

Checks = Sequence[tuple[str, str]]


def destruction() -> None:
    """Make the guards of state, of what goes over the counter, and of the lists themselves."""
    records = (
        ("volume", _VOLUME_HELD, "i.volume_uid = NEW.uid"),
        ("item", _ITEM_HELD, "i.uid = NEW.uid"),
    )
    for table, held, mine in records:
        begun = _LISTED.format(step="LISTED", state="APPROVED")
        executed = _LISTED.format(step="DESTROYING", state="BEGUN")
        _guard(
            f"{table}_may_go",
            f"UPDATE OF state ON {table}",
            (
                (f"{table} is gone for good", _LEFT),
                (f"{table} is held", f"{_LEAVING} AND {held}"),
                (f"{table} is out", f"{_LEAVING} AND {_OUT.format(mine=mine)}"),
                (
                    f"{table} is on no approved list",
                    f"NEW.state <> OLD.state AND NEW.state = 'DUE' AND {begun}",
                ),
                (
                    f"{table} is not being destroyed",
                    f"NEW.state <> OLD.state AND NEW.state = 'DESTROYED' AND {executed}",
                ),
            ),
        )
    gone = "SELECT i.state FROM holding p JOIN item i ON i.uid = p.item_uid WHERE p.uid = NEW.holding_uid"
    _guard(
        "outing_of_what_stays",
        "INSERT ON outing",
        (("outing of what is going", f"({gone}) IN ('DUE', 'TRANSFERRED', 'DESTROYED')"),),
    )
    draft = "(SELECT state FROM destruction_list WHERE uid = NEW.list_uid) <> 'DRAFT'"
    _guard(
        "destruction_line_in_draft", "INSERT ON destruction_line", (("destruction list is frozen", draft),)
    )


def undoing() -> None:
    """Instead of refusing every DELETE: these tables let go only of what an import made that is being undone."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table, (mine, barred) in _TAKEN_BACK.items():
        op.execute(f"DROP TRIGGER {table}_no_delete{'' if sqlite else f' ON {table}'}")
        broken = _UNDONE.format(mine=mine) + (f" OR {barred}" if barred else "")
        _guard(f"{table}_no_delete", f"DELETE ON {table}", ((f"{table} is kept", broken),))


def _guard(name: str, event: str, checks: Checks) -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    form, each = (_SQLITE, _SQLITE_CHECK) if sqlite else (_POSTGRES, _POSTGRES_CHECK)
    body = " ".join(each.format(said=said, broken=broken) for said, broken in checks)
    op.execute(form.format(name=name, event=event, checks=body))
