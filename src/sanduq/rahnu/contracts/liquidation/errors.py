"""What the end of a pledge by sale refuses wherever it is asked."""

from __future__ import annotations

from collections.abc import Collection

from sanduq.kit.errors import Conflict, ValidationFailed


class NoMarketValue(Conflict):
    """Nothing says what this thing is worth in the market today."""

    code = "NO_MARKET_VALUE"

    @classmethod
    def of(cls, item_id: str) -> NoMarketValue:
        """Names the thing and what is missing."""
        message = (
            f"no price board prices {item_id} and nobody has valued it: have it valued by two"
            " officers, then try again"
        )
        return cls(message, details=[{"field": "items", "code": "not_valued", "message": message}])


class NotPledgedHere(ValidationFailed):
    """Some of these things are not pledged under this contract."""

    @classmethod
    def of(cls, contract_id: str, item_ids: Collection[str]) -> NotPledgedHere:
        """Names the things."""
        message = f"{', '.join(sorted(item_ids))} is not pledged under {contract_id}"
        return cls(message, details=[{"field": "items", "code": "not_pledged", "message": message}])
