"""The claims about moving computing west, put to the test on a scenario."""

from siting.claims.judge import claims as claims
from siting.claims.verdict import Claim as Claim
from siting.claims.verdict import Claims as Claims
