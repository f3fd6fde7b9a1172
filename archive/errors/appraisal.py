"""Appraisals: who sits on the panel, what is decided, and when."""

from __future__ import annotations

from archive.errors.kinds import ArchiveError, BadValue, Refused, WrongState


class NotOnPanel(Refused):
    """Only who sits on the panel gives an opinion (DAT42-7.7). Facts: number, act."""

    code = "not-on-panel"


class NotLeader(Refused):
    """Only the leader of the panel decides and closes (DAT42-7.7). Facts: number, act."""

    code = "not-leader"


class PanelUnfit(BadValue):
    """Who cannot be on a panel: not employed, not in business, not cleared for it, seated already. Facts: field, value."""

    code = "panel-unfit"


class PanelTooSmall(ArchiveError):
    """Two members at least must be able to give an opinion (DAT42-7.7). Facts: number, code, has."""

    code = "panel-too-small"


class OpinionsMissing(ArchiveError):
    """A line is decided when every member has given his opinion. Facts: code, who (accounts)."""

    code = "opinions-missing"


class OpinionsDiffer(ArchiveError):
    """The members differ, so the leader decides this line by itself, with a reason. Facts: code."""

    code = "opinions-differ"


class NobodyProposed(ArchiveError):
    """The leader lets nothing go that no member proposed to let go (V18). Facts: code, verdict."""

    code = "nobody-proposed"


class LineDecided(ArchiveError):
    """A line that was decided stays decided; another appraisal may take the record up. Facts: code, verdict."""

    code = "line-decided"


class OnAppraisal(ArchiveError):
    """A record stands on one open appraisal at most. Facts: code, number."""

    code = "on-appraisal"


class NothingToAppraise(ArchiveError):
    """Nothing in the scope is due and free to be appraised. Facts: year."""

    code = "nothing-to-appraise"


class NothingDecided(ArchiveError):
    """An appraisal without a single decision is cancelled, not closed. Facts: number."""

    code = "nothing-decided"


class LinesOpen(ArchiveError):
    """An appraisal closes when every line is decided or taken off. Facts: number, count."""

    code = "lines-open"


class SomeDecided(ArchiveError):
    """An appraisal of which something was decided is closed, not cancelled. Facts: number, count."""

    code = "some-decided"


class TooEarlyToDestroy(ArchiveError):
    """Nothing is appraised for destruction before it has expired, nor without a date (V18, T17). Facts: code, review_due."""

    code = "too-early-to-destroy"


class StillUnfinished(ArchiveError):
    """Something stands against letting a record go (F21). Facts: code, matters."""

    code = "still-unfinished"


class CeilingReached(ArchiveError):
    """Personal data of this class may not be kept longer (PIPL-19). Facts: code, class_code, period."""

    code = "ceiling-reached"


class PeriodShorter(ArchiveError):
    """An extension never shortens (条例 24). Facts: code, has, given (last days)."""

    code = "period-shorter"


class NotStarted(ArchiveError):
    """A period that has not started cannot be extended (6.2). Facts: code, period."""

    code = "not-started"


class PapersUnfit(ArchiveError):
    """Papers to take out must be of the volume, and some must stay. Facts: code, papers."""

    code = "papers-unfit"


class NotFlagged(ArchiveError):
    """Nobody has flagged such a matter on this line, or the books say so themselves. Facts: code, matter."""

    code = "not-flagged"


class ReportTooEarly(WrongState):
    """An appraisal has its report once it is closed. Facts: number, state, act."""

    code = "report-too-early"
