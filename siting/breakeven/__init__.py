"""Break-even: the values of an input at which a plan changes side."""

from siting.breakeven.find import break_even as break_even
from siting.breakeven.result import BreakEven as BreakEven
