"""Check ESPD responses: the UBL 2.3 schema, then each Schematron set. Its own process: lxml and saxonche.

    espd_rules.py FOLDER-OF-ESPD-EDM FILE.xml …

Each set is rewritten as one XSLT 3 stylesheet (patterns, lets, rules, asserts, keys are all that these sets use) and
run with SaxonC-HE. The sets on criteria compare with `ESPD-criterion.xml`, which is kept apart from the rules: the
official sample request, which holds every criterion, stands for it. Exit code: 0 all pass, 1 something was found.
"""

import sys
from pathlib import Path

from lxml import etree
from saxonche import PySaxonProcessor

SCH = "{http://purl.oclc.org/dsdl/schematron}"
UBL = "urn:oasis:names:specification:ubl:schema:xsd"
# Of sets that are parts of a larger one and declare none.
NAMES = {"cac": f"{UBL}:CommonAggregateComponents-2", "cbc": f"{UBL}:CommonBasicComponents-2"}
XSL = "http://www.w3.org/1999/XSL/Transform"


def xsl(parent, tag, /, **attributes):
    given = {key.rstrip("_").replace("_", "-"): value for key, value in attributes.items()}
    return etree.SubElement(parent, f"{{{XSL}}}{tag}", given)


def stylesheet(rules: Path, catalogue: Path) -> str:
    """The XSLT of a set: one line of text for each assert that fails."""
    text = rules.read_text("utf-8").replace("document('ESPD-criterion.xml')", f"document('{catalogue.as_uri()}')")
    schema = etree.fromstring(text.encode())
    names = NAMES | {one.get("prefix"): one.get("uri") for one in schema.iter(f"{SCH}ns")}
    sheet = etree.Element(f"{{{XSL}}}stylesheet", nsmap={"xsl": XSL, **names}, version="3.0")
    xsl(sheet, "output", method="text")
    for key in schema.iter(f"{{{XSL}}}key"):
        sheet.append(key)
    patterns = list(schema.iter(f"{SCH}pattern"))
    main = xsl(sheet, "template", match="/")
    for number, pattern in enumerate(patterns):
        xsl(main, "apply-templates", select="/", mode=f"m{number}")
        xsl(sheet, "mode", name=f"m{number}", on_no_match="shallow-skip")
        rows = list(pattern.iter(f"{SCH}rule"))
        for place, rule in enumerate(rows):
            template = xsl(sheet, "template", match=rule.get("context"), mode=f"m{number}",
                           priority=str(len(rows) - place))  # fmt: skip
            for one in rule:
                if one.tag == f"{SCH}let":
                    xsl(template, "variable", name=one.get("name"), select=one.get("value"))
                elif one.tag == f"{SCH}assert":
                    failed = xsl(template, "if", test=f"not({one.get('test')})")
                    label = f"{one.get('flag', 'fatal')} {one.get('id', '')} {' '.join((one.text or '').split())}\n"
                    xsl(failed, "text").text = label
            xsl(template, "apply-templates", select="@*, node()", mode=f"m{number}")
    return etree.tostring(sheet, encoding="unicode")


def main() -> int:
    home = Path(sys.argv[1])
    schema = etree.XMLSchema(etree.parse(str(home / "xsd/maindoc/UBL-QualificationApplicationResponse-2.3.xsd")))
    saxon, status = PySaxonProcessor(license=False), 0
    sets = sorted([*(home / "rules/common").glob("*.sch"), *(home / "rules/response").glob("*.sch")])
    catalogue = (home / "examples/ESPD-Request.xml").resolve()
    compiled = {
        rules: saxon.new_xslt30_processor().compile_stylesheet(stylesheet_text=stylesheet(rules, catalogue))
        for rules in sets
    }
    for file in sys.argv[2:]:
        is_valid = schema.validate(etree.parse(file))
        status |= not is_valid
        sys.stdout.write(f"{file} XSD: {'pass' if is_valid else schema.error_log}\n")
        for rules, sheet in compiled.items():
            found = (sheet.transform_to_string(source_file=file) or "").strip()
            found = "\n".join(line for line in found.splitlines() if not line.startswith("<?xml"))
            status |= bool(found)
            sys.stdout.write(f"{file} {rules.parent.name}/{rules.name}: {found or 'pass'}\n")
    return int(status)


if __name__ == "__main__":
    sys.exit(main())
