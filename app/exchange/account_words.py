"""The words of a table of accounts: its sheet and its columns in three languages. Pure."""

from __future__ import annotations

from collections.abc import Mapping

SHEET_NAMES: Mapping[str, str] = {"ky": "Аккаунттар", "ru": "Аккаунты", "en": "Accounts"}
COLUMNS: Mapping[str, Mapping[str, str]] = {
    "id": {"ky": "Дептер коду", "ru": "Код в Дептере", "en": "Depter code"},
    "name": {"ky": "Аты-жөнү", "ru": "ФИО", "en": "Full name"},
    "number": {"ky": "Жеке номери", "ru": "Личный номер", "en": "Personal number"},
    "group": {"ky": "Тайпа", "ru": "Группа", "en": "Group"},
    "login": {"ky": "Колдонуучу аты", "ru": "Имя пользователя", "en": "User name"},
    "email": {"ky": "Электрондук дарек", "ru": "Электронная почта", "en": "E-mail"},
}
"""Columns of the template. A person is found by the code, else by the number, else by the name, with or without the
group."""
