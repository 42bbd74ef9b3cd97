"""Why a run has no plan, in a few sentences.

The whole explanation takes many solves; it is for one scenario, not for thousands:
``siting.solve(sweep.scenario(number))`` gives it. What is said here does not hang on
how much time there is.
"""

import math

from siting.explain.causes import causes
from siting.explain.missing import missing
from siting.explain.probe import Probe, Timer
from siting.model.instance import Instance
from siting.words import word

MOST_CAUSES = 3


def why_none(instance: Instance) -> str:
    """Say what shows before solving; else which demand cannot be placed.

    Parameters
    ----------
    instance : Instance
        Of a scenario without a plan.
    """
    found = causes(instance)
    if found:
        more = len(found) - MOST_CAUSES
        text = " ".join(cause.sentence for cause in found[:MOST_CAUSES])
        return text + word(" And {count} more causes.", count=more) * (more > 0)
    lost = missing(Probe(instance, Timer(math.inf)), ())
    if lost is None:
        return word("The limits contradict each other, whatever demand is left out.")
    return word("With all limits kept, {sentence}", sentence=lost.sentence)
