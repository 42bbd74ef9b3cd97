"""Two plans side by side, and the moves that lead from one to the other."""

from siting.compare.comparison import Comparison as Comparison
from siting.compare.comparison import compare as compare
from siting.compare.replay import replay as replay
