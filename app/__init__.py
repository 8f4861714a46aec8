"""Depter: `create_app` is the only place where the rooms are wired to Flask."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules

from flask import Flask

from app.kernel import door, sealing
from app.kernel.clock import Clock, system_clock
from app.kernel.db import db
from app.kernel.settings import Settings


@dataclass(slots=True)
class Depter:
    """What the entrances find under `app.extensions["depter"]`."""

    settings: Settings
    clock: Clock


def create_app(settings: Settings, clock: Clock = system_clock) -> Flask:
    """The application: one database, one clock, every blueprint of `app.web`, the wake-up after commits."""
    from app.cases.queries.over_sheet import over_sheet
    from app.journal.queries import sheet_closing
    from app.people.queries import parents
    from app.regulation import queries as regulation
    from app.web import entrance
    from app.worker.wake import waker

    app = Flask(__name__, static_folder="web/static", template_folder="web/templates")
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS={
            "pool_pre_ping": False,
            "pool_size": 10,
            "max_overflow": 20,
            "pool_use_lifo": True,
        },
        MAX_CONTENT_LENGTH=12 * 1024 * 1024,
    )
    app.extensions["depter"] = Depter(settings, clock)
    sealing.configure(settings.secret_key)
    db.init_app(app)
    door.after_commit[:] = [waker(settings)]
    regulation.parents[:] = [parents]
    sheet_closing.open_cases[:] = [over_sheet]
    entrance.install(app)
    register_pages(app)
    return app


def register_pages(app: Flask) -> None:
    """Register the blueprint of every file of `app.web` that has one."""
    package = import_module("app.web")
    for found in sorted(iter_modules(package.__path__), key=lambda module: module.name):
        blueprint = getattr(import_module(f"app.web.{found.name}"), "blueprint", None)
        if blueprint is not None:
            app.register_blueprint(blueprint)
