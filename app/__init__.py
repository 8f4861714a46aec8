"""The application factory: `create_app` connects the rooms to Flask."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

from flask import Blueprint, Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from app.kernel import door, sealing
from app.kernel.clock import Clock, system_clock
from app.kernel.connections import use_statement_keeping_connections
from app.kernel.db import db
from app.kernel.logs import configure_logging
from app.kernel.settings import Settings


@dataclass(slots=True)
class DepterExtension:
    """Settings and clock of the application, in `app.extensions["depter"]`."""

    settings: Settings
    clock: Clock


def create_app(settings: Settings, clock: Clock = system_clock) -> Flask:
    """Create the application: database, clock, every blueprint of `app.web`, the wake-up after commits."""
    from app.cases.queries.related import load_open_case_numbers_of_lesson
    from app.cases.queries.sheet_blockers import load_cases_blocking_sheet
    from app.journal.sheet_closing import queries as sheet_closing_queries
    from app.journal.timetable import lesson_queries
    from app.people.queries import load_unit_and_parent_ids
    from app.regulation import queries as regulation
    from app.web.core import probes, static_files, visitor
    from app.web.core.read_records import install_read_records
    from app.web.core.request_limits import BoundedRequest
    from app.web.pages import register_fields_and_panels
    from app.worker.wakeup import wakeup_hook

    configure_logging()
    app = Flask(__name__, static_folder=None, template_folder="web/templates")
    app.request_class = BoundedRequest
    app.config.update(
        SECRET_KEY=settings.secret_key,
        # What was signed before a change of the key stays valid until the earlier one is removed.
        SECRET_KEY_FALLBACKS=[settings.previous_secret_key] if settings.previous_secret_key else [],
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS={
            "pool_pre_ping": False,
            "pool_size": 10,
            "max_overflow": 20,
            "pool_use_lifo": True,
            "hide_parameters": True,
        },
        MAX_CONTENT_LENGTH=12 * 1024 * 1024,
    )
    app.extensions["depter"] = DepterExtension(settings, clock)
    probes.install_probes_and_request_count(app, settings)
    if settings.trusted_proxies:
        # Only now are the forwarded headers believed: anybody can send them.
        count = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count)  # type: ignore[method-assign]
    sealing.set_installation_secret(settings.secret_key, settings.previous_secret_key)
    db.init_app(app)
    with app.app_context():
        use_statement_keeping_connections(db.engine)
    door.after_commit_hooks[:] = [wakeup_hook(settings)]
    regulation.parent_sources[:] = [load_unit_and_parent_ids]
    static_files.register_static_endpoint(app)
    sheet_closing_queries.open_case_queries[:] = [load_cases_blocking_sheet]
    lesson_queries.open_case_queries[:] = [load_open_case_numbers_of_lesson]
    visitor.install_request_handling(app)
    install_read_records(app)
    register_fields_and_panels()
    register_blueprints(app)
    return app


def register_blueprints(app: Flask) -> None:
    """Register every blueprint of `app.web`, also those of its sub-packages."""
    for blueprint in import_modules_and_list_blueprints(import_module("app.web")):
        app.register_blueprint(blueprint)


def import_modules_and_list_blueprints(package: ModuleType) -> list[Blueprint]:
    """Return the `blueprint` of each module below a package, in the order of their names, each once.

    Raises the error of a module that cannot be imported, and RuntimeError naming both modules when two of
    them have blueprints of one name.
    """
    found: dict[str, tuple[str, Blueprint]] = {}
    for module in _import_and_yield_submodules(package):
        blueprint = getattr(module, "blueprint", None)
        if not isinstance(blueprint, Blueprint):
            continue
        first, known = found.setdefault(blueprint.name, (module.__name__, blueprint))
        if known is not blueprint:
            raise RuntimeError(f"two blueprints named {blueprint.name}: in {first} and in {module.__name__}")
    return [blueprint for _module, blueprint in found.values()]


def _import_and_yield_submodules(package: ModuleType) -> Iterator[ModuleType]:
    """Import and yield every module below a package, depth first."""
    # `pkgutil.walk_packages` would hide a package that fails to import.
    for entry in sorted(iter_modules(package.__path__), key=lambda entry: entry.name):
        module = import_module(f"{package.__name__}.{entry.name}")
        yield module
        if entry.ispkg:
            yield from _import_and_yield_submodules(module)
