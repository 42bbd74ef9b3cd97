"""Why a plan is as it is: what its limits are worth, why there, what decided it."""
