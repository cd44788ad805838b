"""A job's delivery row notifies nobody: transactions with a NOTIFY commit one after another, in the whole server."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # PgQueuer's function never speaks of an UPDATE of a statement, so nothing is lost with that one.
    notify("DELETE OR TRUNCATE")


def downgrade() -> None:
    notify("INSERT OR DELETE OR UPDATE OR TRUNCATE")


def notify(after: str) -> None:
    op.execute("DROP TRIGGER tg_pgqueuer_changed ON pgqueuer")
    op.execute(
        f"CREATE TRIGGER tg_pgqueuer_changed AFTER {after} ON pgqueuer"
        " FOR EACH STATEMENT EXECUTE FUNCTION fn_pgqueuer_changed()"
    )
