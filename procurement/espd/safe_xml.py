"""XML from outside, read without a document type: no entity, nothing fetched, bounded in size and depth."""

from xml.etree import ElementTree as ET
from xml.parsers import expat

from marketplace.journal.errors import Refusal

MOST_BYTES = 4 * 1024 * 1024
"""The official response of 62 criteria, all answered, weighs 1.1 MB."""

DEEPEST = 80
MOST_ELEMENTS = 200_000


def read_xml(content: bytes) -> ET.Element:
    """The root of a document. Raises Refusal for what is not XML, is too large, or declares a document type.

    Without a document type there are no entities, neither those that grow without end nor those that read a file.
    """
    if len(content) > MOST_BYTES:
        raise Refusal(f"Ce fichier dépasse {MOST_BYTES // 1024 // 1024} Mio : un DUME est plus petit. Vérifiez-le.")
    try:
        _bounded(content)
        return ET.fromstring(content)  # noqa: S314 - neither document type nor entity, as just read
    except (expat.ExpatError, ET.ParseError, LookupError, ValueError) as error:
        raise Refusal(
            "Ce fichier n’est pas du XML lisible. Téléchargez à nouveau votre DUME au format XML depuis le service "
            "qui l’a produit ; un DUME en PDF se joint parmi vos fichiers."
        ) from error


def _bounded(content: bytes) -> None:
    parser = expat.ParserCreate()
    counted = {"deep": 0, "all": 0}

    def began(_name: str, _attributes: dict[str, str]) -> None:
        counted["deep"] += 1
        counted["all"] += 1
        if counted["deep"] > DEEPEST or counted["all"] > MOST_ELEMENTS:
            raise Refusal("Ce fichier XML est imbriqué ou long à l’excès : ce n’est pas un DUME. Vérifiez-le.")

    def ended(_name: str) -> None:
        counted["deep"] -= 1

    def declared(*_declaration: object) -> None:
        raise Refusal(
            "Ce fichier XML déclare un type de document (DTD) ou des entités : un DUME n’en a pas, et le site ne les "
            "lit pas. Téléchargez à nouveau votre DUME depuis le service qui l’a produit."
        )

    parser.StartElementHandler, parser.EndElementHandler = began, ended
    parser.StartDoctypeDeclHandler = declared
    parser.Parse(content, True)  # noqa: FBT003 - as expat spells it
