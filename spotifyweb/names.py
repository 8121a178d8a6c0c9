"""How names are compared: folded, so that spelling, case and accents make no difference."""

import re
import unicodedata

# Of letters with an alphabet's accents; elsewhere (かが, कि) a mark makes another letter.
ACCENTED = re.compile("([\\0-\u052f\u1e00-\u1fff])[\u0300-\u036f]+")
KINDS = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u02bc\u02b9\u2032\u00b4\u0060", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2043", "-"),
        **dict.fromkeys("ßẞ", "ss"),
        "ς": "σ",
    }
)


def folded(name: str) -> str:
    """Return the name as names are compared; as the macro `folded` in dbt/macros/folding.sql.

    Compatibility forms (full width, ligatures), case, accents, ß, and the kinds of apostrophes,
    quotation marks and dashes make no difference.
    """
    plain = unicodedata.normalize("NFKC", name.translate(KINDS)).lower().translate(KINDS)
    bare = ACCENTED.sub(r"\1", unicodedata.normalize("NFD", plain))
    return unicodedata.normalize("NFC", bare).strip(" ")
