"""Signed daily checkpoints, kept outside the database: who cuts or rebuilds the chain is seen.

A checkpoint names the last block of one business day and its hash, signed with Ed25519. Copies
belong in the auditor's hands: whoever owns this machine can remove a file, not what was given away.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from sanduq.kit.clock import rfc3339
from sanduq.kit.db import UnitOfWork
from sanduq.kit.json import canonical, loads
from sanduq.ledger import store
from sanduq.ledger.errors import CheckpointContradicted

KEY_FILE = "keys/checkpoint.pem"
PUBLIC_KEY_FILE = "keys/checkpoint.pub"
DIRECTORY = "checkpoints"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The chain's head at the end of a business day. `block_hash` and `signature` are hex."""

    institution: str
    business_on: date
    block_seq: int
    journal_seq: int
    block_hash: str
    made_at: datetime
    signature: str

    def signed_bytes(self) -> bytes:
        """What the signature is over: canonical JSON of everything but the signature."""
        return canonical(self._fields())

    def file_bytes(self) -> bytes:
        """The file as it is written and handed out."""
        return canonical({**self._fields(), "signature": self.signature}) + b"\n"

    def is_signed_by(self, key: Ed25519PublicKey) -> bool:
        """Whether `key` signed exactly this."""
        try:
            key.verify(bytes.fromhex(self.signature), self.signed_bytes())
        except (InvalidSignature, ValueError):
            return False
        return True

    def _fields(self) -> dict[str, Any]:
        return {
            "institution": self.institution,
            "business_on": self.business_on,
            "block_seq": self.block_seq,
            "journal_seq": self.journal_seq,
            "hash": self.block_hash,
            "made_at": rfc3339(self.made_at),
        }


@dataclass(frozen=True, slots=True)
class Checkpoints:
    """Where checkpoints lie, and the key that must have signed them, if it is still there."""

    directory: Path
    public_key: Ed25519PublicKey | None


class UnreadableCheckpoint(ValueError):
    """A file among the checkpoints is not one; the message names it."""


def signing_key(data: Path) -> Ed25519PrivateKey:
    """The key of this installation, made on first use.

    The private key can be read by its owner only; the public key lies beside it, to be handed out.
    """
    path = data / KEY_FILE
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(FileExistsError):
        pem = Ed25519PrivateKey.generate().private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
        )
        _write_new(path, pem, mode=0o600)
    key = load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise UnreadableCheckpoint(f"{path} is not an Ed25519 key")
    with suppress(FileExistsError):
        public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        _write_new(data / PUBLIC_KEY_FILE, public, mode=0o644)
    return key


def checkpoints_of(data: Path) -> Checkpoints:
    """The checkpoints of an installation with its public key. Refuses a key of another kind."""
    try:
        key = load_pem_public_key((data / PUBLIC_KEY_FILE).read_bytes())
    except FileNotFoundError:
        return Checkpoints(data / DIRECTORY, None)
    if not isinstance(key, Ed25519PublicKey):
        raise UnreadableCheckpoint(f"{data / PUBLIC_KEY_FILE} is not an Ed25519 key")
    return Checkpoints(data / DIRECTORY, key)


def write_checkpoint(
    uow: UnitOfWork, directory: Path, key: Ed25519PrivateKey, business_on: date | None = None
) -> Checkpoint | None:
    """Signs the chain's head into `<directory>/<institution>/<day>.json`; today's by default.

    Call it in a unit of work that has posted nothing: what it signs must be committed already.
    A file of the day is never overwritten: it is returned as it is if the chain holds its block.
    Refuses CONFLICT (`CheckpointContradicted`) when the chain does not. Nothing without accounts.
    """
    day = business_on or uow.today
    path = directory / uow.actor.institution / f"{day.isoformat()}.json"
    if path.exists():
        return _kept(uow, path)
    head = store.chain_head(uow)
    if head is None:
        return None
    unsigned = Checkpoint(
        uow.actor.institution, day, head.block_seq, head.journal_seq, head.hash.hex(), uow.now, ""
    )
    checkpoint = _signed(unsigned, key)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        _write_new(path, checkpoint.file_bytes(), mode=0o644)
    except FileExistsError:  # another worker was quicker
        return _kept(uow, path)
    return checkpoint


def read_checkpoints(directory: Path, institution: str) -> Iterator[Checkpoint]:
    """The institution's checkpoints, oldest first. Refuses (`UnreadableCheckpoint`) other files."""
    for path in sorted((directory / institution).glob("*.json")):
        yield _read(path)


def _kept(uow: UnitOfWork, path: Path) -> Checkpoint:
    checkpoint = _read(path)
    held = store.block_hashes(uow, [checkpoint.block_seq]).get(checkpoint.block_seq)
    if held is None or held.hex() != checkpoint.block_hash:
        raise CheckpointContradicted(
            f"the checkpoint of {checkpoint.business_on} names block {checkpoint.block_seq},"
            " which this chain does not hold: verify the books"
        )
    return checkpoint


def _signed(unsigned: Checkpoint, key: Ed25519PrivateKey) -> Checkpoint:
    return Checkpoint(
        unsigned.institution, unsigned.business_on, unsigned.block_seq, unsigned.journal_seq,
        unsigned.block_hash, unsigned.made_at, key.sign(unsigned.signed_bytes()).hex(),
    )  # fmt: skip


def _read(path: Path) -> Checkpoint:
    try:
        found = loads(path.read_bytes())
        return Checkpoint(
            institution=str(found["institution"]),
            business_on=date.fromisoformat(found["business_on"]),
            block_seq=int(found["block_seq"]),
            journal_seq=int(found["journal_seq"]),
            block_hash=str(found["hash"]),
            made_at=datetime.fromisoformat(found["made_at"]),
            signature=str(found["signature"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise UnreadableCheckpoint(f"{path.name} is not a checkpoint: {error}") from None


def _write_new(path: Path, content: bytes, *, mode: int) -> None:
    """Writes a whole file that was not there, or raises FileExistsError; never half of one."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    finally:
        draft.unlink()
