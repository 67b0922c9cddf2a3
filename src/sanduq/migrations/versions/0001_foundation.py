"""The foundation: access, events, audit, ledger, parties, obligations, qard, microfinance."""

from __future__ import annotations

from importlib import resources

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    folder = resources.files("sanduq.migrations").joinpath("sql", revision)
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        op.get_bind().exec_driver_sql(file.read_text().replace("%", "%%"))


def downgrade() -> None:
    raise NotImplementedError("money is not un-migrated: restore the backup taken before upgrading")
