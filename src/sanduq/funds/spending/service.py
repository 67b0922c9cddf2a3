"""The one door by which other rooms draw on a fund, and give back to it.

Nothing is posted here, save a grant: the caller puts the fund's entries into its own journal, so
that a drawing and what it is for stand or fall together. Floors of the fund's accounts decide
between many drawings at once (FUNDS_INSUFFICIENT). A journal that draws on a fund is not
reversed: what comes back is given back.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from sanduq.access import service as access
from sanduq.audit import service as audit
from sanduq.events import service as outbox
from sanduq.funds.endowments import service as endowments
from sanduq.funds.purposes import service as purposes
from sanduq.funds.spending import evaluation, events, postings, store
from sanduq.funds.spending.errors import ReturnTooLarge, SpendingUnknown, UseNotOffered
from sanduq.funds.spending.model import (
    DEED_PURPOSE,
    Draw,
    Drawn,
    FundKind,
    FundSource,
    GiveBack,
    Grant,
    Spending,
    SpendingUse,
)
from sanduq.funds.spending.rules import RecoveryFacts, rule_def_17
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import NotFound, ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.kit.money import Asset, Money
from sanduq.kit.pages import Page, PageRequest
from sanduq.ledger import service as ledger
from sanduq.ledger.model import AccountPlace, Entry
from sanduq.shariah import service as shariah

SPEND = "fund.spend"


def draw(uow: UnitOfWork, draws: Sequence[Draw]) -> list[Drawn]:
    """Checks and records drawings; returns the fund's side of each, in their order.

    The caller asked for authority, opens the places, adds the entries to the journal named and
    posts it last. Entries that stand alone (zakat) go into a journal of their own. From `own`
    there are no entries: the institution's cost is the caller's to book.
    Refuses VALIDATION_ERROR an amount of nothing, an unknown purpose or party, a use the fund is
    not drawn on for; NOT_FOUND or CONFLICT an endowment unknown or not active; SHARIAH_VIOLATION
    a use the donors did not name (SDQ-01, WQF-03), the corpus of a waqf (WQF-05), a debt without
    its debtor (SDQ-02), zakat without a ruling (ZKT-06) or as a waiver (ZKT-04), and charity for
    the institution's own claims (CHR-03). SDQ-04 only warns.
    """
    if not draws:
        return []
    ids = [new_id("fsp") for _ in draws]
    for each in draws:
        _check_shape(each)
    _check_deeds(uow, draws)
    codes = {d.source.ref or "" for d in draws if d.source.kind is FundKind.SADAQAH}
    known = purposes.load_purposes(uow, codes)
    evaluation.check(uow, list(zip(ids, draws, strict=True)), known)
    store.insert(uow, ids, draws)
    written = store.load(uow, ids)
    audit.record(
        uow,
        [
            audit.Deed(
                "fund.draw", spending_id, each.note,
                {"fund": each.source.fund, "use": each.use, "subject_id": each.subject_id},
            )
            for spending_id, each in zip(ids, draws, strict=True)
        ],
    )  # fmt: skip
    outbox.record(uow, [events.about(events.SPENT, written[each]) for each in ids])
    return [
        _drawn(
            spending_id,
            postings.drawn(each.source, each.amount),
            stands_alone=each.source.kind is FundKind.ZAKAT,
        )
        for spending_id, each in zip(ids, draws, strict=True)
    ]


def _drawn(spending_id: str, entries: tuple[Entry, ...], *, stands_alone: bool = False) -> Drawn:
    return Drawn(spending_id, entries, tuple(entry.place for entry in entries), stands_alone)


def _check_shape(draw: Draw) -> None:
    if draw.amount.amount_minor <= 0:
        raise ValidationFailed.field("amount", "not_positive", "amount must be more than zero")
    if draw.source.kind is FundKind.WAQF and draw.use not in DEED_PURPOSE:
        message = f"{draw.source.fund}: an endowment distributes its income and books its losses"
        raise UseNotOffered.field("use", "not_offered", message)
    if draw.source.kind is FundKind.CHARITY and draw.use is SpendingUse.GRANT:
        message = "charity is paid by POST /v1/funds/charity/payments"
        raise UseNotOffered.field("use", "not_offered", message)
    if draw.source.kind is FundKind.ZAKAT and not draw.use.pays_debt:
        message = "zakat is paid by POST /v1/funds/zakat/payments"
        raise UseNotOffered.field("use", "not_offered", message)


def _check_deeds(uow: UnitOfWork, draws: Sequence[Draw]) -> None:
    """Each deed is asked once per use, for all that this call would take."""
    asked: dict[tuple[str, str, bool, Asset], Money] = {}
    for each in draws:
        if each.source.kind is not FundKind.WAQF:
            continue
        purpose, asset = DEED_PURPOSE[each.use], each.amount.asset
        key = (each.source.ref or "", purpose, each.source.is_corpus, asset)
        asked[key] = asked[key] + each.amount if key in asked else each.amount
    for (endowment_id, purpose, is_corpus, _), amount in asked.items():
        endowments.require_purpose(
            uow, endowment_id, purpose, is_from_corpus=is_corpus, amount=amount
        )
        endowments.note_use(uow, endowment_id, purpose, amount, reference=uow.request_id)


def give_back(uow: UnitOfWork, returns: Sequence[GiveBack]) -> list[Drawn]:
    """Records what came back to the funds that paid; returns the funds' side of each, in order.

    Only a fund that bears something of the subject can be named, and so a recovery goes to no
    other (DEF-17). The caller opens the places and posts the entries. Refuses VALIDATION_ERROR
    an amount of nothing, and more than the fund still bears in that currency; CONFLICT a
    recovery at the same moment.
    """
    if not returns:
        return []
    borne = {s.spending_id: s for s in spent_on(uow, {each.subject_id for each in returns})}
    drawn, touched = [], []
    for given in returns:
        shares = _shares(list(borne.values()), given)
        for spending, minor in shares:
            store.insert_return(uow, spending, minor, given)
            borne[spending.spending_id] = replace(
                spending,
                returned_minor=spending.returned_minor + minor,
                returns_count=spending.returns_count + 1,
            )
            touched.append(spending.spending_id)
        first, entries = shares[0][0], postings.returned(given.source, given.amount)
        shariah.enforce(rule_def_17(RecoveryFacts(first.fund, given.amount, entries)))
        drawn.append(_drawn(first.spending_id, entries))
    audit.record(
        uow,
        [
            audit.Deed(
                "fund.give_back", given.subject_id, given.note,
                {"fund": given.source.fund, "amount_minor": given.amount.amount_minor},
            )
            for given in returns
        ],
    )  # fmt: skip
    outbox.record(
        uow, [events.about(events.RETURNED, borne[each]) for each in dict.fromkeys(touched)]
    )
    return drawn


def _shares(spendings: Sequence[Spending], given: GiveBack) -> list[tuple[Spending, int]]:
    """How a return spreads over the fund's drawings for the subject, oldest first."""
    left, shares = given.amount.amount_minor, []
    for spending in spendings:
        if spending.subject_id != given.subject_id or spending.fund != given.source.fund:
            continue
        minor = min(left, spending.borne_minor)
        if spending.amount.asset == given.amount.asset and minor > 0:
            shares.append((spending, minor))
            left -= minor
    if left > 0 or not shares:
        bearing = sorted({s.fund for s in spendings if s.subject_id == given.subject_id})
        message = (
            f"{given.source.fund} bears {given.amount - Money(left, given.amount.asset)} of"
            f" {given.subject_id}, not {given.amount}; a recovery goes back to the fund that paid"
            f" (rule DEF-17), here {', '.join(bearing) or 'none'}"
        )
        raise ReturnTooLarge.field("amount", "more_than_borne", message)
    return shares


def grant(uow: UnitOfWork, command: Grant) -> Spending:
    """Pays a gift from a fund of sadaqah to a party: Dr 3200 Cr 1000, in that fund.

    Refuses FORBIDDEN or LIMIT_EXCEEDED without the authority `fund.spend`; VALIDATION_ERROR a
    fund that is not sadaqah; FUNDS_INSUFFICIENT more than it holds; and as `draw`.
    """
    access.require_authority(uow, SPEND, command.amount)
    if command.source.kind is not FundKind.SADAQAH:
        message = (
            "gifts are made from sadaqah here; zakat, charity and endowments pay by their own calls"
        )
        raise UseNotOffered.field("fund", "not_offered", message)
    journal_id = new_id("jrn")
    drawn = draw(
        uow,
        [
            Draw(
                source=command.source,
                amount=command.amount,
                use=SpendingUse.GRANT,
                subject_id=command.subject_id or command.recipient_id,
                party_id=command.recipient_id,
                debtor_state=None,
                journal_id=journal_id,
                note=command.note,
            )
        ],
    )[0]
    spending = get_spending(uow, drawn.spending_id)
    ledger.open_accounts(uow, drawn.places)
    journal = postings.granted(journal_id, drawn.entries, uow.today, drawn.spending_id)
    ledger.post(uow, [journal])
    return spending


def free_minor(uow: UnitOfWork, source: FundSource, asset: Asset) -> int:
    """What a fund could pay now, in minor units; floors decide once it does.

    Of a waqf its income, and nothing while the corpus has a gap or the nazir's pay is owed
    (WQF-07). Refuses NOT_FOUND an endowment unknown. Own money and charity are not counted.
    """
    if source.kind not in postings.EQUITY:
        return 0
    if source.kind is FundKind.WAQF:
        state = endowments.get_endowment(uow, source.ref or "")
        is_free = state.standing.gap_minor == 0 and state.owed_to_nazir_minor == 0
        if source.is_corpus or not is_free or state.endowment.asset != asset:
            return 0
    places = (postings.cash_place(asset, source), postings.equity_place(asset, source))
    return max(0, min(_held_minor(uow, place) for place in places))


def _held_minor(uow: UnitOfWork, place: AccountPlace) -> int:
    try:
        return ledger.get_balance(uow, place.account_id).normal.amount_minor
    except NotFound:  # nothing was ever given to it
        return 0


def spent_on(uow: UnitOfWork, subject_ids: Collection[str]) -> list[Spending]:
    """Every drawing for these loans, programs or projects, oldest first."""
    return store.spent_on(uow, subject_ids) if subject_ids else []


def get_spending(uow: UnitOfWork, spending_id: str) -> Spending:
    """One drawing. Refuses NOT_FOUND."""
    found = store.load(uow, [spending_id])
    if spending_id not in found:
        raise SpendingUnknown
    return found[spending_id]


def list_spending(
    uow: UnitOfWork,
    request: PageRequest,
    *,
    kind: FundKind | None = None,
    fund: str | None = None,
    use: SpendingUse | None = None,
    subject_id: str | None = None,
    party_id: str | None = None,
) -> Page[Spending]:
    """Drawings, newest first."""
    filters = {
        "kind": str(kind) if kind is not None else None,
        "fund": fund,
        "use": str(use) if use is not None else None,
        "subject_id": subject_id,
        "party_id": party_id,
    }
    return store.select_page(uow, request, filters)
