"""Many scenarios at once: designs over any input, and exact Pareto fronts."""

from siting.sweep.design import Design as Design
from siting.sweep.pareto import pareto as pareto
from siting.sweep.result import Sweep as Sweep
from siting.sweep.run import sweep as sweep
