"""Verify an export of the audit of Depter, without trusting Depter: Python 3.9 or newer, and `cryptography`.

    python3 depter_verify.py EXPORT_DIR --kept FILE [--kept FILE ...] [--key KEY] [--witness KEY] [--lang ky|ru|en]
    python3 depter_verify.py --proof FILE --kept FILE

`--kept` are checkpoints that you kept yourself: letters, or the file another host collected. `--key` is the public
key of the sealer as you know it from elsewhere, `--witness` the verifier key of a witness. Exit code: 0 everything
fits, 1 something does not, 2 the files cannot be read, 3 it fits, but look at the points of attention.
"""

# ruff: noqa: E501
from __future__ import annotations

import argparse
import base64
import hashlib
import json
import re
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

GRACE, AHEAD = timedelta(hours=1), timedelta(minutes=5)
NOTE = re.compile(
    r"^([^\s#][^\n]*)\n(0|[1-9]\d*)\n([A-Za-z0-9+/]{43}=)\n((?:[^\n]+\n)*)\n((?:\u2014 \S+ \S+\n)+)",
    re.MULTILINE,
)
MAX_SHOWN = 20

TEXTS = {
    key.strip(): tuple(part.strip() for part in parts)
    for key, *parts in (
        line.split("|")
        for line in """
ok | БААРЫ ТУУРА КЕЛЕТ | ВСЁ СХОДИТСЯ | EVERYTHING FITS
bad | ТУУРА КЕЛБЕЙТ | НЕ СХОДИТСЯ | IT DOES NOT FIT
attention | ТУУРА КЕЛЕТ, БИРОК КӨҢҮЛ БУРУҢУЗ | СХОДИТСЯ, НО ОБРАТИТЕ ВНИМАНИЕ | IT FITS, BUT LOOK AT THIS
checked | Текшерилди: | Проверено: | Checked:
unknown | Бул текшерүү билдире албаганы: | Чего эта проверка знать не может: | What this check cannot know:
count | Жазуулар: %s, көзөмөл чекиттери: %s, ачкычтар: %s. Сиз сактаган чекиттер: %s. | Записей: %s, контрольных точек: %s, ключей: %s. Точек, сохранённых вами: %s. | Records: %s, checkpoints: %s, keys: %s. Checkpoints that you kept: %s.
did | ар бир жазуунун хеши кайра эсептелди, дарак кайра түзүлдү, ар бир чекиттин тамыры жана колтамгасы салыштырылды | хеш каждой записи вычислен заново, дерево построено заново, корень и подпись каждой точки сверены | the hash of every record was computed anew, the tree built anew, root and signature of each checkpoint compared
limit_after | акыркы сакталган чекиттен кийин эмне болгонун: андан кийинки жазуулар кайра жазылышы мүмкүн | что было после последней сохранённой вами точки: более поздние записи могли переписать | anything after the last checkpoint that you kept: later records could have been rewritten
limit_before | мөөр басылганга чейинки бир нече секундда өчүрүлгөн жазууну; программага киргизилбеген аракетти | запись, удалённую за секунды до опечатывания; действие, которое в программу не внесли | a record deleted in the seconds before it was sealed; a deed that was never entered
limit_truth | жазылгандын чындыкка дал келерин: далилденгени — жазуу ошол убакта болгон жана өзгөргөн эмес | правда ли записанное: доказано, что запись тогда была и не изменилась | whether what is written is true: proved is that it was written then and not changed since
no_anchor | Сиз сактаган чекит да, ачкыч да берилген жок: экспорт өзүнө гана салыштырылды. Аны кайра түзгөн адам табылбайт. | Ни сохранённой точки, ни ключа не дано: экспорт сверен только с самим собой. Кто создал его заново, не обнаружится. | Neither a kept checkpoint nor a key was given: the export was compared with itself only. Somebody who made all of it anew is not found.
changed | %s-сап, %s-жазуу: мазмуну мөөр басылгандан кийин өзгөргөн | Строка %s, запись %s: изменена после опечатывания | Line %s, record %s: changed after it was sealed
missing | %s-сап: мөөр басылган жазуу жок (өчүрүлгөн) | Строка %s: опечатанной записи нет (удалена) | Line %s: a sealed record is missing (deleted)
unreadable | %s-сап окулбайт | Строка %s не читается | Line %s cannot be read
twice | %s-сап: %s-жазуу экинчи жолу | Строка %s: запись %s второй раз | Line %s: record %s a second time
backdated | %s-сап, %s-жазуу: убактысы мурунку чекиттен эрте (артка даталанган) | Строка %s, запись %s: время раньше предыдущей точки (задним числом) | Line %s, record %s: its moment is before the checkpoint that precedes it (back-dated)
ahead | %s-сап, %s-жазуу: убактысы өз чекитинен кийин | Строка %s, запись %s: время позже своей точки | Line %s, record %s: its moment is after its own checkpoint
root | %s-чекит (%s жазуу): дарактын тамыры башка; жазуулар кошулган, алынган, орду алмашкан же кайра жазылган | Точка %s (записей %s): корень дерева другой; записи вставлены, удалены, переставлены или переписаны | Checkpoint %s (%s records): another root; records were inserted, removed, reordered or rewritten
short | %s-чекит %s жазууну камтыйт, экспортто %s гана: кесилген | Точка %s охватывает записей: %s, в экспорте только %s: обрезано | Checkpoint %s covers %s records, the export has only %s: truncated
signature | %s-чекит: колтамга бул журналдын ошол кездеги ачкычыныкы эмес | Точка %s: подпись не ключа этого журнала того времени | Checkpoint %s: not signed by the key that this log had then
future | %s-чекит: убактысы (%s) келе элек | Точка %s: её время (%s) ещё не наступило | Checkpoint %s: its moment (%s) has not come yet
order | %s-чекит: мурункусунан кичине же эрте | Точка %s: меньше или раньше предыдущей | Checkpoint %s: smaller or earlier than the one before
log | %s-чекит: журналдын аты башка | Точка %s: имя журнала другое | Checkpoint %s: another name of the log
kept_root | Сиз сактаган чекит (%s, %s жазуу) экспортко туура келбейт: ага чейинки тарых кайра жазылган | Сохранённая вами точка (%s, записей %s) не сходится с экспортом: история до неё переписана | The checkpoint that you kept (%s, %s records) does not fit the export: the history before it was rewritten
kept_short | Сиз сактаган чекит (%s) %s жазууну камтыйт, экспортто %s гана: кесилген | Сохранённая вами точка (%s) охватывает записей: %s, в экспорте только %s: обрезано | The checkpoint that you kept (%s) covers %s records, the export has only %s: truncated
kept_later | Сиз сактаган чекит (%s, %s жазуу) экспорттон (%s) кийин коюлган: жаңы экспорт сураңыз | Сохранённая вами точка (%s, записей %s) поставлена после экспорта (%s): попросите новый экспорт | The checkpoint that you kept (%s, %s records) was made after the export (%s): ask for a newer export
kept_key | Сиз сактаган чекитке (%s, %s жазуу) кол койгон ачкычты экспорт атабайт | Ключ, подписавший сохранённую вами точку (%s, записей %s), в экспорте не назван | The export does not name the key that signed the checkpoint that you kept (%s, %s records)
kept_none | %s файлында чекит табылган жок | В файле %s контрольных точек нет | No checkpoint was found in the file %s
lost | Сиз сактаган чекит (%s, %s жазуу): университет маалыматтар базасы калыбына келтирилгенин, %s гана жазуу калганын билдирген. Себеби: %s | Сохранённая вами точка (%s, записей %s): университет заявил, что база восстановлена и осталось записей: %s. Причина: %s | The checkpoint that you kept (%s, %s records): the university declared that the database was restored and %s records remained. Reason: %s
new_log | %s-журнал «%s» башталган, себеби: %s | Начат журнал %s «%s», причина: %s | Log %s “%s” was begun, reason: %s
key_chain | %s-ачкычка мурунку ачкыч кол койгон эмес | Ключ %s не подписан предыдущим ключом | Key %s is not signed by the key before it
key_statement | %s-ачкычтын билдирүүсү туура эмес | Заявление о ключе %s неверно | The statement of key %s is wrong
epoch_statement | %s-журналдын билдирүүсү туура эмес | Заявление о журнале %s неверно | The statement of log %s is wrong
key_given | Сиз берген ачкыч экспортто жок | Указанного вами ключа в экспорте нет | The key that you gave is not in the export
outside | %s-жазуу даракта да, кезекте да жок: триггерсиз кошулган | Записи %s нет ни в дереве, ни в очереди: вставлена в обход триггера | Record %s is neither in the tree nor in the queue: inserted past the trigger
waiting | %s жазуу мөөр басылышын күтөт | Записей ждут опечатывания: %s | %s records wait to be sealed
unsigned | Акыркы %s жазуу даракта, бирок аларга чекит коюла элек | Последних записей без контрольной точки: %s | The last %s records are in the tree without a checkpoint
witness | %s чекитте күбөнүн туура колтамгасы бар | Точек с верной подписью свидетеля: %s | %s checkpoints have a valid signature of the witness
witness_bad | %s-чекит: күбөнүн колтамгасы туура эмес | Точка %s: подпись свидетеля неверна | Checkpoint %s: the signature of the witness is wrong
none | Экспортто көзөмөл чекити жок | В экспорте нет контрольных точек | The export has no checkpoint
proof_bad | Далил жазуудан чекитке алып барбайт | Доказательство не ведёт от записи к точке | The proof does not lead from the record to the checkpoint
proof_other | Сиз сактаган чекиттердин эч биринде так %s жазуу жок, ошондуктан далил алар менен салыштырылган жок: %s-чекитти да сактаңыз же экспортту текшериңиз | Ни одна из сохранённых вами точек не охватывает ровно столько записей: %s, поэтому доказательство с ними не сверено: сохраните и точку %s или проверьте экспорт | None of the checkpoints that you kept covers exactly %s records, so the proof was not compared with them: keep checkpoint %s too, or verify the export
proof_did | %s-жазуу %s-орунда, %s жазуудан турган чекитте | Запись %s на месте %s в точке из записей: %s | Record %s is at place %s in a checkpoint over %s records
more | жана дагы %s | и ещё %s | and %s more
""".strip().splitlines()
    )
}
"""Each text by its name, in Kyrgyz, Russian and English."""


def sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def b64(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def node(left: bytes, right: bytes) -> bytes:
    return sha(b"\x01" + left + right)


class Tree:
    """The roots of the complete subtrees of a growing tree of RFC 6962."""

    def __init__(self) -> None:
        self.size, self.peaks = 0, []  # type: ignore[var-annotated]

    def append(self, leaf: bytes) -> None:
        size = self.size
        while size & 1:
            leaf, size = node(self.peaks.pop(), leaf), size >> 1
        self.peaks.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        if not self.peaks:
            return sha(b"")
        found = self.peaks[-1]
        for peak in self.peaks[-2::-1]:
            found = node(peak, found)
        return found


def included(leaf: bytes, index: int, size: int, proof: list[bytes], root: bytes) -> bool:
    """RFC 9162, 2.1.3.2."""
    if not 0 <= index < size:
        return False
    last = size - 1
    for part in proof:
        if last == 0:
            return False
        if index & 1 or index == last:
            leaf = node(part, leaf)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            leaf = node(leaf, part)
        index, last = index >> 1, last >> 1
    return last == 0 and leaf == root


def signers(text: str, signatures: str, name: str, keys: list[bytes], kind: bytes = b"\x01") -> list[bytes]:
    """The keys among `keys` that have validly signed the text under the name."""
    found = []
    for line in signatures.splitlines():
        words = line.split(" ")
        if len(words) != 3 or (name and words[1] != name):
            continue
        try:
            raw = b64(words[2])
        except ValueError:
            continue
        for key in keys:
            if raw[:4] != sha(words[1].encode() + b"\n" + kind + key)[:4]:
                continue
            signed, signature = text, raw[4:]
            if kind == b"\x04":
                signed, signature = (
                    f"cosignature/v1\ntime {int.from_bytes(raw[4:12], 'big')}\n{text}",
                    raw[12:],
                )
            try:
                Ed25519PublicKey.from_public_bytes(key).verify(signature, signed.encode())
                found.append(key)
            except InvalidSignature:
                pass
    return found


class Note:
    """One checkpoint: its text, what it says, and its signatures."""

    def __init__(self, match) -> None:  # type: ignore[no-untyped-def]
        self.origin, self.size, self.root = match[1], int(match[2]), b64(match[3])
        self.text, self.signatures = f"{match[1]}\n{match[2]}\n{match[3]}\n{match[4]}", match[5]
        until = re.search(r"^sealed-until (\S+)$", match[4], re.MULTILINE)
        self.until = moment(until[1]) if until else None


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def read_note(text: str) -> Note:
    match = NOTE.match(text)
    if match is None:
        raise ValueError("no checkpoint")
    return Note(match)


class Report:
    """What was found, in the language of the reader."""

    def __init__(self, language: str) -> None:
        self.at = ("ky", "ru", "en").index(language)
        self.bad, self.attention, self.checked = [], [], []  # type: ignore[var-annotated]
        self.codes, self.counts = set(), {}  # type: ignore[var-annotated]

    def say(self, name: str, *values: object) -> str:
        return TEXTS[name][self.at] % values if values else TEXTS[name][self.at]

    def fail(self, name: str, *values: object) -> None:
        self._note(self.bad, name, values)

    def warn(self, name: str, *values: object) -> None:
        self._note(self.attention, name, values)

    def _note(self, lines: list[str], name: str, values: tuple[object, ...]) -> None:
        self.codes.add(name)
        self.counts[id(lines)] = self.counts.get(id(lines), 0) + 1
        if len(lines) < MAX_SHOWN:
            lines.append(self.say(name, *values))

    def print(self) -> int:
        print(self.say("bad" if self.bad else "attention" if self.attention else "ok"))
        for lines in (self.bad, self.attention):
            for line in lines:
                print(f"  ! {line}")
            if self.counts.get(id(lines), 0) > MAX_SHOWN:
                print(f"  ! {self.say('more', self.counts[id(lines)] - MAX_SHOWN)}")
        print(f"\n{self.say('checked')}")
        for line in self.checked:
            print(f"  - {line}")
        print(f"\n{self.say('unknown')}")
        for name in ("limit_after", "limit_before", "limit_truth"):
            print(f"  - {self.say(name)}")
        return 1 if self.bad else 3 if self.attention else 0


def read_kept(paths: list[str], report: Report) -> dict[int, list[tuple[str, Note]]]:
    """The checkpoints in files and folders that the auditor kept, by size."""
    kept: dict[int, list[tuple[str, Note]]] = {}
    for given in map(Path, paths):
        files = sorted(one for one in given.iterdir() if one.is_file()) if given.is_dir() else [given]
        count = 0
        for file in files:
            # Letters may quote the note with spaces or "> " before each line.
            text = re.sub(
                r"^[> \t]+", "", file.read_text("utf-8", "replace").replace("\r\n", "\n"), flags=re.MULTILINE
            )
            for match in NOTE.finditer(text):
                note, count = Note(match), count + 1
                kept.setdefault(note.size, []).append((file.name, note))
                if note.until is not None and note.until > datetime.now(UTC) + AHEAD:
                    report.fail("future", file.name, note.until)
        if not count:
            report.fail("kept_none", given)
    return kept


def read_keys(log: dict, report: Report) -> list[tuple[bytes, int]]:  # type: ignore[type-arg]
    """The public keys with the number of records from which each signs; their statements are verified."""
    keys: list[tuple[bytes, int]] = []
    for number, entry in enumerate(log["keys"], 1):
        key, (text, _, signatures) = b64(entry["public_key"]), entry["statement"].partition("\n\n")
        lines = text.split("\n")
        if lines[:1] != ["depter signing key"] or f"key {entry['public_key']}" not in lines:
            report.fail("key_statement", number)
        signed = signers(
            text + "\n", signatures, lines[1] if len(lines) > 1 else "", [key, *(k for k, _ in keys)]
        )
        if key not in signed:
            report.fail("key_statement", number)
        if keys and keys[-1][0] not in signed:
            report.warn("key_chain", number)
        size = next((line[5:] for line in lines if line.startswith("size ")), "0")
        keys.append((key, int(size)))
    return keys


def verify_epochs(log: dict, keys: list[tuple[bytes, int]], report: Report) -> None:  # type: ignore[type-arg]
    for entry in log["epochs"]:
        text, _, signatures = entry["statement"].partition("\n\n")
        lines = text.split("\n")
        fits = lines[:3] == ["depter log", entry["origin"], f"number {entry['number']}"]
        fits = fits and any(line.startswith(f"kept {entry['kept_size']} ") for line in lines)
        if not fits or not signers(text + "\n", signatures, entry["origin"], [key for key, _ in keys]):
            report.fail("epoch_statement", entry["number"])
        if entry["number"] > 1:
            report.warn("new_log", entry["number"], entry["origin"], entry["reason"])


def check_given_keys(given_keys: list[str], keys: list[tuple[bytes, int]], report: Report) -> None:
    """Fail for a public key that the reader knows from elsewhere and the log does not name."""
    for given in given_keys:
        raw = b64(given.split("+", 2)[2])[1:] if given.count("+") > 1 and len(given) > 44 else b64(given)
        if raw not in [key for key, _ in keys]:
            report.fail("key_given")


def may_sign(key: bytes, size: int, keys: list[tuple[bytes, int]]) -> bool:
    """Whether the key was the key of the log when it had so many records: a retired one signs nothing new."""
    ends = [*(start for _, start in keys[1:]), None]
    return any(
        one == key and start <= size and (end is None or size <= end) for (one, start), end in zip(keys, ends)
    )


def verify_export(folder: Path, options: argparse.Namespace, report: Report) -> None:
    log = json.loads((folder / "log.json").read_text("utf-8"))
    keys = read_keys(log, report)
    verify_epochs(log, keys, report)
    kept = read_kept(options.kept, report)
    check_given_keys(options.key, keys, report)
    if not kept and not options.key:
        report.warn("no_anchor")
    wanted, kept_count = sorted(kept), sum(map(len, kept.values()))
    origins = {entry["number"]: entry["origin"] for entry in log["epochs"]}
    witness = b64(options.witness.split("+", 2)[2])[1:] if options.witness else None
    tree, seen, before, counted, cosigned = Tree(), Bits(), None, 0, 0
    with (
        open(folder / "records.jsonl", "rb") as records,
        open(folder / "leaves.bin", "rb") as leaves,
        open(folder / "checkpoints.jsonl", encoding="utf-8") as checkpoints,
    ):
        following = next_checkpoint(checkpoints)
        while True:
            while following is not None and following["_note"].size <= tree.size:
                number, note = following["number"], following["_note"]
                verify_checkpoint(number, note, origins.get(following["epoch"]), keys, before, report)
                if note.size == tree.size and note.root != tree.root():
                    report.fail("root", number, note.size)
                if witness is not None and following["cosignatures"]:
                    if signers(note.text, "".join(following["cosignatures"]), "", [witness], b"\x04"):
                        cosigned += 1
                    else:
                        report.fail("witness_bad", number)
                before, counted = note, counted + 1
                following = next_checkpoint(checkpoints)
            while wanted and wanted[0] == tree.size:
                for name, note in kept.pop(wanted.pop(0)):
                    verify_kept(name, note, tree, keys, log, report)
            line = records.readline()
            if not line:
                break
            verify_record(line.rstrip(b"\n"), leaves.read(32), tree, seen, before, following, report)
        while following is not None:
            report.fail("short", following["number"], following["_note"].size, tree.size)
            counted, following = counted + 1, next_checkpoint(checkpoints)
    for size in wanted:
        for name, note in kept[size]:
            loss = declared_loss(note, log)
            if loss is not None:
                report.warn("lost", name, size, loss["kept_size"], loss["reason"])
            elif note.until is not None and note.until > moment(log["exported_at"]):
                report.warn("kept_later", name, size, log["exported_at"])
            else:
                report.fail("kept_short", name, size, tree.size)
    if before is None and tree.size:
        report.fail("none")
    if before is not None and tree.size > before.size:
        report.warn("unsigned", tree.size - before.size)
    verify_unsealed(folder, before, report)
    report.checked.append(report.say("count", tree.size, counted, len(keys), kept_count))
    report.checked.append(report.say("did"))
    if witness is not None:
        report.checked.append(report.say("witness", cosigned))


class Bits:
    """Numbers that were seen, one bit each; absurdly large ones in a set."""

    def __init__(self) -> None:
        self.bits, self.large = bytearray(), set()  # type: ignore[var-annotated]

    def add(self, number: int) -> bool:
        """Return whether the number is new."""
        if number < 0 or number > 1 << 31:
            new = number not in self.large
            self.large.add(number)
            return new
        place, bit = number >> 3, 1 << (number & 7)
        if place >= len(self.bits):
            self.bits.extend(bytes(place + 65536 - len(self.bits)))
        new = not self.bits[place] & bit
        self.bits[place] |= bit
        return new


def next_checkpoint(lines) -> dict | None:  # type: ignore[no-untyped-def,type-arg]
    line = lines.readline()
    if not line:
        return None
    entry = json.loads(line)
    entry["_note"] = read_note(entry["note"])
    return entry  # type: ignore[no-any-return]


def verify_checkpoint(number, note, origin, keys, before, report: Report) -> None:  # type: ignore[no-untyped-def]
    if note.origin != origin:
        report.fail("log", number)
    signed = signers(note.text, note.signatures, note.origin, [key for key, _ in keys])
    if not any(may_sign(key, note.size, keys) for key in signed):
        report.fail("signature", number)
    if note.until is None or note.until > datetime.now(UTC) + AHEAD:
        report.fail("future", number, note.until)
    elif before is not None and (before.size > note.size or (before.until and before.until > note.until)):
        report.fail("order", number)


def verify_record(line, stored, tree, seen, before, following, report: Report) -> None:  # type: ignore[no-untyped-def]
    place = tree.size + 1
    leaf = sha(b"\x00" + line)
    if not line:
        report.fail("missing", place)
        tree.append(stored if len(stored) == 32 else leaf)
        return
    try:
        record = json.loads(line)
        number, at = int(record["id"]), moment(record["recorded_at"])
    except (ValueError, KeyError, TypeError):
        report.fail("unreadable", place)
        tree.append(leaf)
        return
    if leaf != stored:
        report.fail("changed", place, number)
    if not seen.add(number):
        report.fail("twice", place, number)
    if before is not None and before.until is not None and at < before.until - GRACE:
        report.fail("backdated", place, number)
    if (
        following is not None
        and following["_note"].until is not None
        and at > following["_note"].until + AHEAD
    ):
        report.fail("ahead", place, number)
    tree.append(leaf)


def declared_loss(note: Note, log: dict) -> dict | None:  # type: ignore[type-arg]
    """The later log that says that records of this checkpoint were lost."""
    numbers = {entry["origin"]: entry["number"] for entry in log["epochs"]}
    later = [one for one in log["epochs"] if one["number"] > numbers.get(note.origin, 10**9)]
    return next((one for one in later if one["kept_size"] < note.size), None)


def verify_kept(name: str, note: Note, tree: Tree, keys, log, report: Report) -> None:  # type: ignore[no-untyped-def]
    if not signers(note.text, note.signatures, note.origin, [key for key, _ in keys]):
        report.fail("kept_key", name, note.size)
    if note.root != tree.root():
        loss = declared_loss(note, log)
        if loss is not None:
            report.warn("lost", name, note.size, loss["kept_size"], loss["reason"])
        else:
            report.fail("kept_root", name, note.size)


def verify_unsealed(folder: Path, before: Note | None, report: Report) -> None:
    waiting = 0
    with open(folder / "unsealed.jsonl", encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            late = before is not None and before.until is not None
            if not record["queued"] or (late and moment(record["recorded_at"]) < before.until - GRACE):  # type: ignore
                report.fail("outside", record["id"])
            else:
                waiting += 1
    if waiting:
        report.checked.append(report.say("waiting", waiting))


def verify_proof(path: Path, options: argparse.Namespace, report: Report) -> None:
    proof = json.loads(path.read_text("utf-8"))
    keys = read_keys(proof, report)
    note, line = read_note(proof["checkpoint"]), proof["record"].encode()
    path_hashes = [b64(one) for one in proof["proof"]]
    if not included(sha(b"\x00" + line), proof["leaf_index"], note.size, path_hashes, note.root):
        report.fail("proof_bad")
    verify_checkpoint(proof["number"], note, note.origin, keys, None, report)
    check_given_keys(options.key, keys, report)
    kept = read_kept(options.kept, report)
    if not kept and not options.key:
        report.warn("no_anchor")
    for name, one in (pair for notes in kept.values() for pair in notes):
        if one.origin == note.origin:
            if not signers(one.text, one.signatures, one.origin, [key for key, _ in keys]):
                report.fail("kept_key", name, one.size)
            if one.size == note.size and one.root != note.root:
                report.fail("kept_root", name, one.size)
    if kept and not any(one.origin == note.origin for _, one in kept.get(note.size, [])):
        report.warn("proof_other", note.size, proof["number"])
    record = json.loads(line)
    report.checked.append(report.say("proof_did", record["id"], proof["leaf_index"] + 1, note.size))


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("export", nargs="?", type=Path)
    parser.add_argument("--proof", type=Path)
    parser.add_argument("--kept", action="append", default=[])
    parser.add_argument("--key", action="append", default=[])
    parser.add_argument("--witness", default="")
    parser.add_argument("--lang", choices=("ky", "ru", "en"), default="ky")
    options = parser.parse_args(arguments)
    report = Report(options.lang)
    try:
        if options.proof is not None:
            verify_proof(options.proof, options, report)
        elif options.export is not None:
            verify_export(options.export, options, report)
        else:
            parser.error("name the folder of an export, or --proof FILE")
    except (OSError, ValueError, KeyError, IndexError, TypeError) as problem:
        print(f"{type(problem).__name__}: {problem}", file=sys.stderr)
        return 2
    return report.print()


if __name__ == "__main__":
    sys.exit(main())
