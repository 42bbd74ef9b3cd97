"""The claims for moving training west, put to the test."""

from siting.claims.claim import Claim as Claim
from siting.claims.judge import claims as claims
from siting.claims.report import Claims as Claims
