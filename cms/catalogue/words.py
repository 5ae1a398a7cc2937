"""French words as the catalogue compares them: no accents, no capitals, no endings, no words that say nothing.

The same function reads what is written and what is searched, so both databases are left with comparing plain tokens.
"""

import re
import threading
import unicodedata
from functools import lru_cache

import snowballstemmer

_WORD = re.compile(r"[a-z0-9]+")
_PART = re.compile(r"[a-z]+|[0-9]+")
_EXPONENT = re.compile(r"[0-9]+e[0-9]")
_DIGITS_IN_GROUPS = re.compile(r"(?<!\d)\d{3}(?:\s\d{3}){2}(?!\d)")
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss"})

# Articles, pronouns, prepositions and what an elision leaves: without accents, as words are compared.
_STOP_WORDS_AS_TEXT = (
    "a ai au aux avec c ce ces cet cette comme comment d dans de des du elle elles en entre es est et eux il ils j je l"
    " la le les leur leurs lui m ma mais me mes mon n ne nos notre nous on ont ou par pas plus pour qu quand que quel"
    " quelle quelles quels qui quoi s sa sans se ses si son sont sous sur t ta te tes toi ton tous tout toute toutes tu"
    " un une vers vos votre vous y"
)
STOP_WORDS = frozenset(_STOP_WORDS_AS_TEXT.split())

_stemmer = snowballstemmer.stemmer("french")
# The stemmer works in attributes of its own: two threads in it at once would mix their words.
_one_at_a_time = threading.Lock()


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """The root of a word already without accents nor capitals: « hopitaux » and « hopital » have the same."""
    with _one_at_a_time:
        return _stemmer.stemWord(word)


def plain(text: str) -> str:
    """The text in lower case, without accents nor ligatures."""
    decomposed = unicodedata.normalize("NFKD", text.lower().translate(_LIGATURES))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def words(text: str) -> list[str]:
    """The words of a text that say something, whole, in order.

    A number in groups of three, as a SIREN is read aloud, is one word.
    """
    joined = _DIGITS_IN_GROUPS.sub(lambda found: "".join(found.group().split()), plain(text))
    parted = (
        part
        for word in _WORD.findall(joined)
        # PostgreSQL would read « 12e3 » as a number and cut what follows; SQLite would not.
        for part in (_PART.findall(word) if _EXPONENT.match(word) else [word])
    )
    return [word for word in parted if word not in STOP_WORDS]


def tokens(text: str) -> list[str]:
    """The words of a text as they are compared: their roots, in order."""
    return [stem(word) for word in words(text)]


def name_key(name: str) -> str:
    """A name as it is compared and put in order: letters and digits only, without accents nor capitals.

    Databases order accents, capitals and punctuation each in their own way; this leaves them nothing to decide.
    """
    return "".join(letter for letter in plain(name) if letter.isalnum())
