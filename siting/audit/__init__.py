"""Audit of a plan, with code of its own: no model, no solver."""

from siting.audit.check import TOLERANCE as TOLERANCE
from siting.audit.check import audit as audit
from siting.audit.report import AuditReport as AuditReport
from siting.audit.report import Finding as Finding
