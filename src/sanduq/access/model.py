"""Who may do what: scopes, roles, keys and approvals as values."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sanduq.kit.money import Money

RAILS = ("microfinance", "rahnu", "sarf", "waqf", "sadaqah", "payments", "shariah-governance")
PLATFORM = ("access", "ledger", "parties", "kyc", "shariah", "events", "reports", "webhooks",
            "gold", "custody", "funds", "test-clock")  # fmt: skip

SCOPES = frozenset(f"{area}:{right}" for area in (*RAILS, *PLATFORM) for right in ("read", "write"))


class ApprovalStatus(StrEnum):
    PENDING = "PENDING"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"


@dataclass(frozen=True, slots=True)
class Institution:
    institution_id: int
    id: str
    name: str
    is_live: bool
    time_zone: str
    currency: str
    shariah_profile: str
    weekend: frozenset[int]
    holidays: frozenset[date]
    prohibited_purposes: frozenset[str]
    majority_age_years: int
    clock_frozen_at: datetime | None
    closed_through_on: date
    created_at: datetime


@dataclass(frozen=True, slots=True)
class InstitutionState:
    """What the worker needs to know of an institution before it enters there."""

    id: str
    is_live: bool
    is_frozen: bool
    time_zone: str
    closed_through_on: date


@dataclass(frozen=True, slots=True)
class RoleLimit:
    """Up to how much a role may decide an action; `*` as asset stands for every asset."""

    action: str
    asset: str
    limit_minor: int


@dataclass(frozen=True, slots=True)
class Role:
    role: str
    name: str
    scopes: tuple[str, ...]
    limits: tuple[RoleLimit, ...]


@dataclass(frozen=True, slots=True)
class Branch:
    branch_id: str
    name: str
    is_default: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class StaffUser:
    user_id: str
    name: str
    email: str | None
    roles: tuple[str, ...]
    branch_id: str | None
    is_active: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ApiKey:
    key_id: str
    name: str
    hint: str
    user_id: str
    scopes: tuple[str, ...]
    status: str
    created_at: datetime
    created_by: str


@dataclass(frozen=True, slots=True)
class Approval:
    approval_id: str
    action: str
    subject_id: str
    amount: Money | None
    maker_id: str
    requested_at: datetime
    status: ApprovalStatus
    checker_id: str | None
    decided_at: datetime | None
    reason: str | None


def hash_secret(secret: str) -> bytes:
    """What is stored of a key. Keys carry 256 random bits, so one round of SHA-256 is enough."""
    return hashlib.sha256(secret.encode()).digest()


def new_secret(*, is_live: bool) -> str:
    """A fresh key secret, shown once: `sk_test_…` or `sk_live_…`."""
    return f"sk_{'live' if is_live else 'test'}_{secrets.token_urlsafe(32)}"


def hint_of(secret: str) -> str:
    """Enough of a secret to recognise it in a list, not to use it."""
    return secret[:11] + "…" + secret[-4:]


def may(scopes: frozenset[str], needed: str) -> bool:
    """Whether `scopes` cover `needed`: `<area>:write` covers reading, `*` covers everything."""
    area, _, right = needed.partition(":")
    return (
        needed in scopes
        or "*" in scopes
        or f"{area}:*" in scopes
        or (right == "read" and f"{area}:write" in scopes)
    )
