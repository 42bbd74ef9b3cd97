"""Solving programs by generating the schedules of workloads as columns."""

from siting.decompose.filling import Filling
from siting.decompose.pool import EXACT, Pool
from siting.decompose.schedule import Scheduler
from siting.decompose.solve import solve_by_schedules

__all__ = ["EXACT", "Filling", "Pool", "Scheduler", "solve_by_schedules"]
