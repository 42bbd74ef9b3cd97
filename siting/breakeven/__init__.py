"""Break-even: where the cheapest plan changes along a parameter, exactly."""

from siting.breakeven.axes import PARAMETERS as PARAMETERS
from siting.breakeven.find import TARGETS as TARGETS
from siting.breakeven.find import break_even as break_even
from siting.breakeven.result import BreakEven as BreakEven
