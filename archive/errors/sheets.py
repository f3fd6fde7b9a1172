"""Lists and packages: reading them, bringing them in, taking them back."""

from __future__ import annotations

from archive.errors.kinds import ArchiveError, BadValue


class SheetUnreadable(ArchiveError):
    """A file that is no list, or a damaged one. Facts: name, why (an `Unreadable`)."""

    code = "sheet-unreadable"
    exit = 2
    http = 422


class SheetLocked(ArchiveError):
    """A workbook closed by a password. Facts: name."""

    code = "sheet-locked"
    exit = 2
    http = 422


class SheetTooLarge(ArchiveError):
    """A list past a limit, or a bomb. Facts: what (a `Bulk`), found, most."""

    code = "sheet-too-large"
    exit = 2
    http = 422


class HeadingsUnclear(ArchiveError):
    """No row reads like the heading of a list. Facts: kind (or a dash), looked (rows), nearest (headings)."""

    code = "headings-unclear"
    exit = 2
    http = 422


class KindUnclear(ArchiveError):
    """The heading fits several kinds of list equally. Facts: kinds."""

    code = "kind-unclear"
    exit = 2
    http = 422


class ColumnLacking(ArchiveError):
    """A list without a column it must have. Facts: kind, columns (any of them would do), headings."""

    code = "column-lacking"
    exit = 2
    http = 422


class HeadingUnknown(ArchiveError):
    """A correction of the mapping names a heading that is not there. Facts: heading, headings."""

    code = "heading-unknown"
    exit = 2
    http = 422


class ColumnUnknown(ArchiveError):
    """A correction of the mapping names a column this kind of list does not have. Facts: column, known."""

    code = "column-unknown"
    exit = 2
    http = 422


class CellBroken(ArchiveError):
    """A cell that shows an error of the spreadsheet. Facts: field, value."""

    code = "cell-broken"


class FormulaUnreckoned(ArchiveError):
    """A formula whose value the file does not hold; formulas are never run here. Facts: field."""

    code = "formula-unreckoned"


class SignsUnseen(ArchiveError):
    """A text with control or invisible signs in it. Facts: field, signs (their code points)."""

    code = "signs-unseen"


class DayIncomplete(BadValue):
    """A date that lacks its day or month. Facts: field, value."""

    code = "day-incomplete"


class PeriodOfOld(BadValue):
    """A retention period in words that no longer say how long. Facts: field, value."""

    code = "period-of-old"


class RowRepeated(ArchiveError):
    """The same reference code or number stands in an earlier row of the list. Facts: field, value, row."""

    code = "row-repeated"


class PagesCross(ArchiveError):
    """Page ranges of one volume overlap within the list. Facts: first, last, row (the earlier one)."""

    code = "pages-cross"


class NumbersSkip(ArchiveError):
    """Running numbers of a list with a gap or a step back. Facts: field, expected, found."""

    code = "numbers-skip"


class TotalDiffers(ArchiveError):
    """The list's own total is not what its rows come to. Facts: field, told, counted."""

    code = "total-differs"


class RowsRefused(ArchiveError):
    """A list has rows that cannot be entered, and it was not said to enter the others. Facts: refused, rows, first, why."""

    code = "rows-refused"


class RowDiffers(ArchiveError):
    """A record of this code is there already and says something else. Facts: code, field, has, given."""

    code = "row-differs"


class RowNameless(ArchiveError):
    """Nothing in a row tells what it would be known again by. Facts: wanted."""

    code = "row-nameless"
    exit = 2
    http = 422


class ReturnedLong(ArchiveError):
    """A loan of the old register that came back: nothing is out, nothing is entered. Facts: on."""

    code = "returned-long"


class NameUnclear(ArchiveError):
    """Several people, or parties, are called so. Facts: name, count."""

    code = "name-unclear"


class ImportAgain(ArchiveError):
    """This very list was brought in and nothing of it was refused. Facts: number."""

    code = "import-again"


class ImportUsed(ArchiveError):
    """What an import made is in use, so it cannot be taken back. Facts: number, what, codes."""

    code = "import-used"


class ListDiffers(ArchiveError):
    """A volume does not hold what its list claims. Facts: code, counted, claimed (papers / pages each)."""

    code = "list-differs"


class NothingClosed(ArchiveError):
    """No open volume of an import has what its list claims. Facts: number."""

    code = "nothing-closed"


class PackageUnsound(ArchiveError):
    """A package is not complete, valid and safe, so nothing of it is taken in. Facts: path, count, first, flaw."""

    code = "package-unsound"
    exit = 5
    http = 422


class PackageUnread(ArchiveError):
    """The catalogue of a package cannot be read. Facts: path, why (a `Unread`)."""

    code = "package-unread"
    exit = 2
    http = 422


class PartyDiffers(ArchiveError):
    """The code of a party in a package belongs to somebody else here. Facts: code."""

    code = "party-differs"
