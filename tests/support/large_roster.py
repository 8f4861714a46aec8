"""A large university as a OneRoster ZIP: always the same for the same size."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Iterator

STUDENTS_OF_GROUP = 25
JOURNALS_OF_GROUP = 8
FAMILIES = ("Осмонова", "Өмүров", "Асанова", "Токтосунов", "Жээнбекова", "Исаков", "Маматова", "Ысаков")
GIVEN = ("Айгүл", "Бакыт", "Нурлан", "Мээрим", "Тилек", "Гүлзат", "Эрмек", "Жылдыз")
MOMENT = (2026, 9, 1, 0, 0, 0)


def large_roster(enrolments: int, seed: int = 13) -> bytes:
    """A ZIP with about so many enrolments of students: each group of 25 has a class for each of 8 disciplines."""
    groups = max(enrolments // (STUDENTS_OF_GROUP * JOURNALS_OF_GROUP), 1)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, lines in _tables(groups, random.Random(seed)).items():
            text = "\n".join(lines) + "\n"
            archive.writestr(zipfile.ZipInfo(f"{name}.csv", MOMENT), text, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _tables(groups: int, dice: random.Random) -> dict[str, list[str]]:
    teachers = groups
    courses = [
        f"c{number},,,,Дисциплина {number},D{number},,d1,," for number in range(JOURNALS_OF_GROUP * 10)
    ]
    people = [
        *(_person(f"t{number}", dice) for number in range(teachers)),
        *(_person(f"s{number}", dice) for number in range(groups * STUDENTS_OF_GROUP)),
    ]
    return {
        "manifest": ["propertyName,value", "manifest.version,1.0", "oneroster.version,1.2"],
        "orgs": [
            "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId",
            "o1,,,Чоң университет,district,U,",
            "d1,,,Кафедра,department,D,o1",
        ],
        "academicSessions": [
            "sourcedId,status,dateLastModified,title,type,startDate,endDate,parentSourcedId,schoolYear",
            "a1,,,Күзгү семестр,semester,2026-09-01,2027-02-01,,2027",
        ],
        "courses": [
            "sourcedId,status,dateLastModified,schoolYearSourcedId,title,courseCode,grades,orgSourcedId,"
            "subjects,subjectCodes",
            *courses,
        ],
        "classes": [
            "sourcedId,status,dateLastModified,title,grades,courseSourcedId,classCode,classType,location,"
            "schoolSourcedId,termSourcedIds,subjects,subjectCodes,periods",
            *(
                f"k{group}-{journal},,,Т-{group},,c{(group + journal) % len(courses)},Т-{group},scheduled,,o1,a1,,,"
                for group in range(groups)
                for journal in range(JOURNALS_OF_GROUP)
            ),
        ],
        "users": [
            "sourcedId,status,dateLastModified,enabledUser,username,userIds,givenName,familyName,middleName,"
            "identifier,email,sms,phone,agentSourcedIds,grades,password,userMasterIdentifier,"
            "preferredGivenName,preferredMiddleName,preferredFamilyName,primaryOrgSourcedId,pronouns",
            *people,
        ],
        "roles": [
            "sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,endDate,orgSourcedId,"
            "userProfileSourcedId",
            *(f"rt{number},,,t{number},primary,teacher,2026-09-01,,d1," for number in range(teachers)),
        ],
        "enrollments": [
            "sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,primary,"
            "beginDate,endDate",
            *_enrolments(groups),
        ],
    }


def _person(sourced: str, dice: random.Random) -> str:
    return f"{sourced},,,true,{sourced},,{dice.choice(GIVEN)},{dice.choice(FAMILIES)},,,,,,,,,,,,,o1,"


def _enrolments(groups: int) -> Iterator[str]:
    for group in range(groups):
        for journal in range(JOURNALS_OF_GROUP):
            place = f"k{group}-{journal},o1"
            yield f"et{group}-{journal},,,{place},t{group},teacher,true,2026-09-01,2027-02-01"
            for student in range(group * STUDENTS_OF_GROUP, (group + 1) * STUDENTS_OF_GROUP):
                yield f"es{journal}-{student},,,{place},s{student},student,,2026-09-01,2027-02-01"
