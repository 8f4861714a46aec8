"""For any WSGI server: `gunicorn wsgi:application`. Settings come from the environment, see docs/running.md."""

import os

from app import create_app
from app.audit import erasures
from app.kernel import keycheck, production
from app.kernel.settings import Settings
from app.kernel.settings_file import merge_settings_file_and_environment

settings = Settings.from_env(merge_settings_file_and_environment(os.environ))
keycheck.verify_or_store_key_check(settings)
production.require_production_settings(settings)
lacking = erasures.list_lacking_erasures(
    settings.database_url, settings.data_dir, keycheck.load_hash_root(settings, settings.database_url)
)
if lacking:
    raise SystemExit("The database is older than the register of erasures: run `depter erasures apply FILE`.")
application = create_app(settings)
