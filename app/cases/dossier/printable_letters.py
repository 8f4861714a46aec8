"""Letters that the fonts of the document draw; PDF/A refuses a document with any other, so others become codes."""

from __future__ import annotations

import unicodedata

_DRAWN = (
    "20-7E A0-AC AE-377 37A-37F 384-38A 38C 38E-3A1 3A3-4FF 510-513 51A-51D 1E00-1F15 1F18-1F1D "
    "1F20-1F45 1F48-1F4D 1F50-1F57 1F59 1F5B 1F5D 1F5F-1F7D 1F80-1FB4 1FB6-1FC4 1FC6-1FD3 1FD6-1FDB "
    "1FDD-1FEF 1FF2-1FF4 1FF6-1FFE 2000-200A 2010-2027 202F-2040 2042 2044-2052 2054-205F 2070-2071 "
    "2074-208E 2090-209C 20A0-20C0 20D0-20F0 2100-211E 2120 2122 2124 2126-2151 2153-2184 2189 "
    "2190-23FF 2422-2423 2460-262F 2638-268B 2690-269C 26A0-26A7 26AA-26B2 2701-2704 2706-2709 "
    "270C-2727 2729-274B 274D 274F-2752 2756 2758-275E 2761-277F 2794 2798-27AF 27B1-2B73 2B76-2B95 "
    "2B97-2BFF 2C60-2CF3 2CF9-2CFF 2E02-2E05 2E08-2E0A 2E17-2E18 2E1F 2E22-2E25 2E2E "
)
"""Code points in hex that the fonts inside typst draw: scripts of Europe, signs, arrows; ranges with both ends."""

_DRAWN_IN_PICTURES = (
    "20-7E A0-AC AE-2E4 2EA-36F 374-375 37A-37E 384-38A 38C 38E-3A1 3A3-3CE 3D0-3E1 3F0-3F6 3F8-3F9 "
    "3FB 3FD-477 47C-47F 483 48C-4C4 4C7-4CC 4D0-4F9 2010-2027 202F-2037 2039-203E 2042 2044 "
    "2047-204B 204F 205F 2070-2071 2074-208E 2090-209C 20A2-20A4 20A7-20A8 20AB-20AC 20AF 20B1 20B9 "
    "20BF 2100-2103 2105-2106 2109 210C-210F 2111 2113 2115-2116 2119-211A 211C-211D 2120 2122 2124 "
    "2126-2127 212A-212B 212E 2190-219B "
)
"""Those of the first font alone: in a picture typst takes no other font for a single letter."""


def _read_letter_ranges(ranges: str) -> frozenset[int]:
    """Return the code points of ranges in hex."""
    ends = (part.split("-") for part in ranges.split())
    return frozenset(code for pair in ends for code in range(int(pair[0], 16), int(pair[-1], 16) + 1))


DRAWN_LETTERS = _read_letter_ranges(_DRAWN)
PICTURE_LETTERS = _read_letter_ranges(_DRAWN_IN_PICTURES)
_LINE_ENDS = {0x0D: None, 0x09: " ", 0x2028: "\n", 0x2029: "\n"}


def printable_text(text: str, drawn: frozenset[int] = DRAWN_LETTERS) -> str:
    """Return a text of letters that are drawn: another letter stands as its code, "[U+1F600]".

    Signs without a shape, such as those that turn the direction of writing, are written as codes too: they could make
    the paper read otherwise than what was typed.
    """
    composed = unicodedata.normalize("NFC", text).translate(_LINE_ENDS)
    if all(ord(letter) in drawn or letter == "\n" for letter in composed):
        return composed
    return "".join(
        letter if ord(letter) in drawn or letter == "\n" else f"[U+{ord(letter):04X}]" for letter in composed
    )
