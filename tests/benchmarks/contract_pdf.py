"""Run by hand: `python -m tests.benchmarks.contract_pdf [--rounds 9] [--max-ratio 1.1]` (goal P8).

The *acte d'engagement* as the site renders it (template, filters, PDF/A-3a, attached data) against a bare warm
WeasyPrint render of the very same HTML with the same style sheet inside, in alternating rounds. Times are CPU seconds
of the process, steadier than wall time. Prints medians, the median ratio of paired rounds, pages, bytes, documents a
minute.
"""

import argparse
import io
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import django

SAMPLE = Path(__file__).resolve().parents[1] / "ui" / "samples" / "acte_engagement.json"
TEMPLATE = "pdf/contracts/acte_engagement.html"
TITLE = "Acte d’engagement"


def timed(function: Callable[[], bytes]) -> tuple[float, bytes]:
    """CPU seconds of one call, and what it returned."""
    begun = time.process_time()
    result = function()
    return time.process_time() - begun, result


def ways() -> dict[str, Callable[[], bytes]]:
    """The three renders, on one HTML: bare, bare as the same PDF variant, and the product."""
    from django.template.loader import render_to_string
    from weasyprint import HTML

    from marketplace.ui.printing import STYLESHEET, render_pdf

    facts = json.loads(SAMPLE.read_text("utf-8"))
    markup = render_to_string(TEMPLATE, {**facts, "document_title": TITLE})
    styled = markup.replace("</head>", f"<style>{STYLESHEET.read_text('utf-8')}</style></head>", 1)
    folder = str(STYLESHEET.parent) + "/"

    def bare(**options: str) -> bytes:
        return HTML(string=styled, base_url=folder).write_pdf(**options)

    return {
        "weasyprint bare": bare,
        "weasyprint pdf/a-3a": lambda: bare(pdf_variant="pdf/a-3a"),
        "product": lambda: render_pdf(
            TEMPLATE, facts, title=TITLE, attachments=[("contrat.json", json.dumps(facts).encode(), "Data")]
        ),
    }


def main() -> int:
    """Measure, print, and answer 1 when the product costs more than `--max-ratio` times the bare render."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--max-ratio", type=float)
    arguments = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings")
    django.setup()
    import pypdf

    renders = ways()
    made = {name: render() for name, render in renders.items()}
    seconds: dict[str, list[float]] = {name: [] for name in renders}
    for number in range(arguments.rounds):
        for name in list(renders) if number % 2 == 0 else reversed(list(renders)):
            spent, made[name] = timed(renders[name])
            seconds[name].append(spent)
    reference = seconds["weasyprint bare"]
    lines = [f"{'':22}{'CPU ms':>9}{'pages':>7}{'bytes':>10}{'docs/min':>10}{'ratio':>8}"]
    ratios = {}
    for name, spent in seconds.items():
        ratios[name] = statistics.median(mine / bare for mine, bare in zip(spent, reference, strict=True))
        median, pages = statistics.median(spent), len(pypdf.PdfReader(io.BytesIO(made[name])).pages)
        lines.append(
            f"{name:22}{median * 1000:9.0f}{pages:7}{len(made[name]):10}{60 / median:10.0f}{ratios[name]:8.2f}"
        )
    sys.stdout.write("\n".join(lines) + "\n")
    return int(arguments.max_ratio is not None and ratios["product"] > arguments.max_ratio)


if __name__ == "__main__":
    sys.exit(main())
