"""The jobs' process: procrastinate on the same database, alone or beside the API."""

from __future__ import annotations

import asyncio
from pathlib import Path

import procrastinate
import structlog
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Status

from sanduq.kit.db import APP_ROLE, Database
from sanduq.worker import jobs

JOBS_SCHEMA = "procrastinate"
FINISHED_JOBS_KEPT_H = 72
RESTART_S_MIN = 2.0
RESTART_S_MAX = 60.0
SHUTDOWN_S = 8.0

_log = structlog.get_logger("sanduq.worker")


def build_worker(db: Database, data: Path) -> procrastinate.App:
    """The job application: every job, and when each is due.

    `db` must be open while jobs run; `data` is where checkpoints and their key lie.
    """
    options = f"-c role={APP_ROLE} -c search_path={JOBS_SCHEMA}"
    connector = procrastinate.PsycopgConnector(
        conninfo=db.url,
        min_size=1,
        max_size=4,
        kwargs={"application_name": "sanduq-worker", "options": options},
    )
    app = procrastinate.App(connector=connector)

    @app.periodic(cron="*/5 * * * *")
    @app.task(name="close_days", queueing_lock="close_days", lock="close_days")
    def close_days(timestamp: int) -> None:
        closed = jobs.close_days(db)
        _log.info("days_closed", days=closed, due_at=timestamp)

    @app.periodic(cron="10 * * * *")
    @app.task(name="write_checkpoints", queueing_lock="write_checkpoints")
    def write_checkpoints(timestamp: int) -> None:
        jobs.write_checkpoints(db, data)
        _log.info("checkpoints_written", due_at=timestamp)

    # A worker that died left its jobs behind as running; they are safe to run again.
    @app.periodic(cron="*/2 * * * *")
    @app.task(name="sweep_stalled_jobs", queueing_lock="sweep_stalled_jobs")
    async def sweep_stalled_jobs(timestamp: int) -> None:
        for job in await app.job_manager.get_stalled_jobs():
            _log.warning("job_stalled", job=job.task_name, job_id=job.id, due_at=timestamp)
            try:
                await app.job_manager.retry_job(job)
            except UniqueViolation:  # its next turn waits already, for this one to let go
                await app.job_manager.finish_job(job, Status.FAILED, delete_job=False)

    @app.periodic(cron="40 3 * * *")
    @app.task(name="delete_finished_jobs", queueing_lock="delete_finished_jobs")
    async def delete_finished_jobs(timestamp: int) -> None:
        await app.job_manager.delete_old_jobs(nb_hours=FINISHED_JOBS_KEPT_H)
        _log.info("finished_jobs_deleted", due_at=timestamp)

    return app


async def run_worker(db: Database, data: Path, *, is_alone: bool) -> None:
    """Works until cancelled; alone in its process it also stops at SIGINT and SIGTERM."""
    app = build_worker(db, data)
    async with app.open_async():
        await app.run_worker_async(
            install_signal_handlers=is_alone, shutdown_graceful_timeout=SHUTDOWN_S
        )


async def keep_working(db: Database, data: Path) -> None:
    """Runs the worker beside the API: a failure is logged and tried again, never passed on."""
    pause_s = RESTART_S_MIN
    while True:
        try:
            await run_worker(db, data, is_alone=False)
            return
        except Exception as error:
            _log.error("worker_failed", exc_info=error, again_in_s=pause_s)
        await asyncio.sleep(pause_s)
        pause_s = min(pause_s * 2, RESTART_S_MAX)
