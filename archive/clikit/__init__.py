"""What every command stands on: who acts, how rows are shown, how refusals are told, help in two languages.

A command is decorators, one docstring line `中文 / English`, one service call, one `tell`:

    @loan.command("lend", example="anjuan loan lend K001-… --to zhou --for 核对图纸")
    @argument("code", help="档号 / Reference code")
    @option("--to", required=True, help="借阅人账号 / Borrower's account")
    @acting(Act.LOAN_LEND)
    def lend(unit: Unit, code: str, to: str) -> None:
        \"\"\"借出 / Lend.\"\"\"
        made = lending.lend(unit, code, to=to)
        tell(Act.LOAN_LEND, number=made.number, due_on=made.due_on)

    @loan.command("list")
    @acting(Act.LOAN_SEE, reads=True)
    @listing("number", "code", "due_on")
    def rows(unit: Unit) -> Sequence[object]:
        \"\"\"借阅登记簿 / The loan register.\"\"\"
        return ledger.register(unit)

Nothing is said before it is committed and logged: what a command prints inside its unit waits until then.
"""

from archive.clikit.front import (
    Desk,
    complain,
    desk,
    fail,
    framed,
    note,
    off_paper,
    out,
    progress,
    secret,
    tell,
    typed,
    warn,
    wiring,
)  # fmt: skip
from archive.clikit.help import Argument, Command, Group, Option
from archive.clikit.kinds import DAY, LEVEL, PAIR, PATH, Named
from archive.clikit.root import Root
from archive.clikit.verbs import (
    COMMANDS,
    acting,
    argument,
    command,
    confirming,
    freshen,
    group,
    listing,
    option,
    showing,
)  # fmt: skip

__all__ = [
    "COMMANDS", "DAY", "LEVEL", "PAIR", "PATH", "Argument", "Command", "Desk", "Group", "Named", "Option", "Root",
    "acting", "argument", "command", "complain", "confirming", "desk", "fail", "framed", "freshen", "group", "listing", "note",
    "off_paper", "option", "out", "progress", "secret", "showing", "tell", "typed", "warn", "wiring",
]  # fmt: skip
