"""What the givers of a pool's money allow: facts in, findings out.

Waqf money is asked of the endowments' own rules, zakat of its own; what is left is decided here.
"""

from __future__ import annotations

from collections.abc import Collection

from sanduq.funds.pools.model import PoolUse, SourceKind
from sanduq.shariah.model import Finding
from sanduq.shariah.rulebook import found


def use_findings(permitted_uses: Collection[str], use: str) -> list[Finding]:
    """QRD-22: a pool funds what its owners allow, and nothing else."""
    if use in permitted_uses:
        return []
    message = f"the pool may not be used for {use}"
    observed = ", ".join(sorted(permitted_uses)) or None
    return [found("QRD-22", "funding_pool", message, observed=observed, limit=use)]


def source_findings(
    kind: SourceKind, permitted_uses: Collection[str], purpose_uses: Collection[str] | None
) -> list[Finding]:
    """QRD-22 and SDQ-01: givers' money serves benevolent loans only, and only if meant for them.

    `purpose_uses` are the uses of the sadaqah's purpose, None for other money.
    """
    findings = []
    beyond = sorted(set(permitted_uses) - {PoolUse.QARD.value})
    if kind is not SourceKind.OWN and beyond:
        message = "a pool that holds givers' money is for qard alone"
        limit = PoolUse.QARD.value
        findings.append(
            found("QRD-22", "permitted_uses", message, observed=", ".join(beyond), limit=limit)
        )
    if purpose_uses is not None and PoolUse.QARD.value not in purpose_uses:
        message = "what was given for this purpose may not be lent"
        observed = ", ".join(sorted(purpose_uses)) or None
        limit = PoolUse.QARD.value
        findings.append(found("SDQ-01", "purpose", message, observed=observed, limit=limit))
    return findings
