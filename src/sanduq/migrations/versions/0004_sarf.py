"""The sarf rail: gold bought and sold spot, one-sided promises, what simulations found."""

from __future__ import annotations

from importlib import resources

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    folder = resources.files("sanduq.migrations").joinpath("sql", revision)
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        op.get_bind().exec_driver_sql(file.read_text().replace("%", "%%"))


def downgrade() -> None:
    raise NotImplementedError("money is not un-migrated: restore the backup taken before upgrading")
