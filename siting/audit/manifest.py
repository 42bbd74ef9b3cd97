"""The manifest: what it must hold, and that it is about the scenario it lies beside."""

import json
import math
import re
from typing import Any

import numpy as np

from siting.audit.report import Findings
from siting.fingerprint import fingerprint
from siting.plan import Plan
from siting.words import word

KEYS = (
    "versions",
    "options",
    "stages",
    "objective",
    "bound",
    "gap",
    "status",
    "seconds",
    "scenario_sha256",
)
OPTIMAL = "optimal"
STATUSES = (OPTIMAL, "time-limit", "given")
HASHES = "scenario_sha256"
# A scenario of workloads in parts is never held as a whole, nor hashed as one.
MAY_LACK = ("workloads",)


def check_manifest(plan: Plan, findings: Findings) -> None:
    """Check that the manifest is whole, and that its hashes are the scenario's.

    Versions, seconds and options of the solver are told, and cannot be recomputed.

    Parameters
    ----------
    plan : Plan
    findings : Findings
    """
    manifest = plan.manifest
    for key in KEYS:
        if key not in manifest:
            findings.add("manifest.json", "", key, "The key is missing")
    if "status" in manifest and plan.status not in STATUSES:
        fault = "The status is unknown"
        findings.add("manifest.json", "", "status", fault, plan.status)
    seconds = manifest.get("seconds")
    for phase, value in (seconds if isinstance(seconds, dict) else {}).items():
        good = isinstance(value, int | float) and math.isfinite(value) and value >= 0
        if not good:
            fault = word("Not a duration: {text}", text=json.dumps(value))
            findings.add("manifest.json", f"seconds/{phase}", "", fault)
    hashes = manifest.get(HASHES)
    if isinstance(hashes, dict):
        _hashes(plan, hashes, findings)
    gap = manifest.get("gap")
    if isinstance(gap, int | float) and np.isfinite(gap) and gap < -findings.tolerance:
        fault = "The gap is below 0"
        findings.add("manifest.json", "", "gap", fault, float(gap), 0.0)


def _hashes(plan: Plan, hashes: dict[str, Any], findings: Findings) -> None:
    """Compare the hashes with those of the scenario inside the plan."""
    ours = fingerprint(plan.scenario)
    for table, value in hashes.items():
        fault = ""
        if not re.fullmatch("[0-9a-f]{64}", str(value)):
            fault = "Not a SHA-256"
        elif value != ours.get(table):
            fault = "Not that of the scenario inside the plan"
        if fault:
            findings.add("manifest.json", f"{HASHES}/{table}", "", fault)
    for table in ours:
        if table not in hashes and table not in MAY_LACK:
            fault = "The key is missing"
            findings.add("manifest.json", f"{HASHES}/{table}", "", fault)
