"""The commands ``audit`` and ``versions``."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from siting.cli.door import guard, heading, write_json
from siting.cli.options import AsJson, SavedPlan
from siting.cli.values import check_plan
from siting.cli.waiting import Waiting
from siting.errors import quoted
from siting.words import word

if TYPE_CHECKING:
    from siting.audit import AuditReport

AUDIT_DIFFERS = 4
SHOWN_FINDINGS = 50
SHOWN_OTHERS = 5


def audit(
    plan: SavedPlan,
    as_json: AsJson = False,
) -> None:
    """Recompute a saved plan without the solver, and check its proof."""
    from siting.plan_files import unlisted

    with guard(as_json):
        report = Waiting(quiet=as_json).run("auditing", lambda _: audit_folder(plan))
        others = unlisted(plan)
        if as_json:
            facts = {"plan": str(plan), **audit_facts(report), "unlisted": others}
            write_json(facts)
        else:
            tell_audit(report)
            if others:
                text = "files that are no part of the plan prove nothing: {names}."
                names = quoted(others, most=SHOWN_OTHERS)
                heading("note", word(text, names=names), colour="yellow")
        if not report.ok:
            raise typer.Exit(AUDIT_DIFFERS)


def audit_folder(folder: Path) -> "AuditReport":
    """Load a saved plan and audit it; a file changed since saving is a finding."""
    from siting.audit import audit as run_audit
    from siting.audit.report import Finding
    from siting.plan import Plan
    from siting.plan_files import check_files

    check_plan(folder)
    report = run_audit(Plan.load(folder, verify=False))
    changed = (
        Finding(problem.file, "", "", None, None, problem.message)
        for problem in check_files(folder)
    )
    return replace(report, findings=(*changed, *report.findings))


def audit_facts(report: "AuditReport") -> dict[str, object]:
    """Say for a machine what an audit found."""
    return {
        "ok": report.ok,
        "bound": finite(report.bound),
        "gap": finite(report.gap),
        "findings": [str(finding) for finding in report.findings],
    }


def finite(number: float | None) -> float | None:
    """Return a number that JSON can hold, else ``None``."""
    if number is None or number != number or abs(number) == float("inf"):
        return None
    return float(number)


def tell_audit(report: "AuditReport") -> None:
    """Write what an audit found: one line if all is well."""
    gap_percent = round(100 * report.gap, 9) + 0.0
    proof = word(
        "proven bound {bound:,.2f}, gap {percent:.2g} %",
        bound=report.bound,
        percent=gap_percent,
    )
    if report.ok:
        told = word("audited: the plan agrees; {proof}.", proof=proof)
        typer.echo(" ".join([told, *report.remarks]))
        return
    count = len(report.findings)
    told = word("{count} finding{plural}", count=count, plural="s" * (count > 1))
    heading("audit differs", word("{told}; {proof}.", told=told, proof=proof))
    for finding in report.findings[:SHOWN_FINDINGS]:
        typer.echo(f"  {finding}", err=True)
    if count > SHOWN_FINDINGS:
        more = word("... and {count} more (--json: all)", count=count - SHOWN_FINDINGS)
        typer.echo(f"  {more}", err=True)


def versions(
    as_json: AsJson = False,
) -> None:
    """Show the versions of siting and of the libraries it rests on."""
    from siting.versions import versions as library_versions

    found = library_versions()
    if as_json:
        write_json(found)
        return
    for name, version in found.items():
        typer.echo(f"{name:<12}{version}")
