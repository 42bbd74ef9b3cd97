"""Why a plan is as it is: what its limits are worth, why there, what decided it."""

from siting.reasons.answers import why as why
from siting.reasons.answers import why_not as why_not
from siting.reasons.decided import decided_by as decided_by
from siting.reasons.why import Why as Why
from siting.reasons.why import WhyNot as WhyNot
from siting.reasons.worth import worth as worth
