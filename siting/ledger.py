"""The one list of ledger terms."""

TERMS = (
    "electricity",
    "hosting",
    "capacity",
    "transfer",
    "staging",
    "moving",
    "widening",
    "certificates",
    "carbon",
    "accelerators",
    "placement",
    "unserved",
)
PLANS = ("plan", "today", "nearest", "east_nearest", "east_optimal", "upper_bound")
