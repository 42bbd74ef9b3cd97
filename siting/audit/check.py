"""The audit: every figure of a plan again, from its tables and the scenario alone."""

from pathlib import Path

from siting.allocator import memory_given_back
from siting.audit.accounts import keep_accounts
from siting.audit.columns import check_columns
from siting.audit.draws import read_decisions
from siting.audit.green import GreenBook, check_certificates, read_certificates
from siting.audit.limits import Facts, check_limits
from siting.audit.manifest import check_manifest
from siting.audit.multipliers import read_multipliers, read_stages, weights_of
from siting.audit.optimality import check_optimality
from siting.audit.placement import check_placement
from siting.audit.report import AuditReport, Findings
from siting.audit.traffic import check_traffic
from siting.audit.world import World
from siting.collector import collected_seldom
from siting.errors import InputError
from siting.plan import Plan
from siting.plan_files import check_files
from siting.words import word

TOLERANCE = 1e-6


@memory_given_back()
@collected_seldom()
def audit(plan: Plan | str | Path, tolerance: float = TOLERANCE) -> AuditReport:
    """Recompute a plan and compare.

    Nothing of the model or the solver is used: demand, room, flows on the graph, RTT of
    each route, green shares, carbon and every ledger term are computed from the tables
    and the scenario, and the bound from the saved multipliers. Baselines, whose
    placements are not saved, are checked for consistency alone.

    Parameters
    ----------
    plan : Plan, str or Path
        A plan, or the directory of a saved one, whose files are checked as well.
    tolerance : float
        Relative tolerance of every comparison.

    Returns
    -------
    AuditReport
        Everything that differs, and the objective, bound and gap.

    Raises
    ------
    InputError
        If there is no plan to audit.
    """
    findings = Findings(tolerance)
    if not isinstance(plan, Plan):
        folder = Path(plan)
        loaded = _load(folder, findings)
        if loaded is None:
            return AuditReport(tuple(findings.items))
        plan = loaded
    check_manifest(plan, findings)
    world = World(plan.scenario)
    decisions = read_decisions(plan, world, findings)
    check_placement(plan, world, decisions, findings)
    traffic = check_traffic(plan, world, decisions, findings)
    book = GreenBook(world)
    retired = read_certificates(plan, book, findings)
    check_certificates(book, decisions, retired, findings)
    accounts = keep_accounts(world, decisions, traffic, retired)
    compared = check_columns(plan, world, decisions, traffic, accounts, findings)
    stages = read_stages(plan, findings)
    multipliers = read_multipliers(plan, book, len(stages), findings)
    facts = Facts(
        world,
        decisions,
        traffic,
        book,
        retired,
        accounts,
        stages,
        multipliers,
        weights_of(world, stages, multipliers),
    )
    check_limits(plan, facts, findings)
    objective, bound, gap = check_optimality(plan, facts, findings)
    return AuditReport(tuple(findings.items), objective, bound, gap, compared)


def _load(folder: Path, findings: Findings) -> Plan | None:
    """Check the files, and load what can be loaded."""
    if folder.is_dir() and (folder / "manifest.json").is_file():
        for problem in check_files(folder):
            findings.add(problem.file, _line(problem.row), "", problem.message)
    try:
        return Plan.load(folder, verify=False)
    except InputError as error:
        if not findings.items:
            raise
        for problem in error.problems:
            row, column = _line(problem.row), problem.column or ""
            findings.add(problem.file, row, column, problem.message)
        return None


def _line(row: int | None) -> str:
    return "" if row is None else word("line {row}", row=row)
