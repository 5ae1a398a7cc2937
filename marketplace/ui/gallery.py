"""Every component on one page, with invented facts: looked at, screenshot and checked by the tests. Only with DEBUG."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from marketplace.ui import charts
from marketplace.ui.forms import DayField, EurosField, MomentField, PercentField
from marketplace.ui.todo import Todo

AT = datetime(2027, 1, 12, 11, 0, tzinfo=UTC)


class GalleryForm(forms.Form):
    """One field of each kind."""

    title = forms.CharField(label="Titre de l’appel", help_text="Dites le problème, en quinze mots au plus.")
    need = forms.CharField(label="Le besoin", widget=forms.Textarea, required=False)
    pay = EurosField(label="Rémunération, en euros hors taxes")
    weight = PercentField(label="Poids du critère")
    closes_at = MomentField(label="Heure limite", is_binding=True, help_text="Un jour ouvré, entre 9 h et 18 h.")
    begins_on = DayField(label="Début de la phase")
    mode = forms.ChoiceField(
        label="Nombre de partenaires", choices=[("one", "Un seul"), ("many", "Plusieurs")], widget=forms.RadioSelect
    )
    domain = forms.ChoiceField(label="Domaine", choices=[("sante", "Santé"), ("mobilite", "Mobilité")])
    files = forms.FileField(label="Fichier", required=False)
    agree = forms.BooleanField(label="J’ai relu et je confirme")


def gallery(request: HttpRequest) -> HttpResponse:
    """The page."""
    wrong = GalleryForm(auto_id="wrong_%s", data={"pay": "douze", "weight": "140", "closes_at_day": "2027-01-12"})
    wrong.findings = [
        SimpleNamespace(
            rule="LR-08",
            severity="block",
            message="La phase 2 n’a pas d’objectif mesurable.",
            remedy="Ajoutez un objectif avec un seuil.",
            article="R2172-24",
        ),
        SimpleNamespace(
            rule="LR-07",
            severity="warn",
            message="L’achat prévu vaut 9 fois la recherche.",
            remedy="Dites pourquoi, ou ajustez les montants.",
            article="R2172-23",
        ),
    ]
    return render(
        request, "ui/gallery.html", _context() | {"page_title": "Composants", "form": GalleryForm(), "wrong": wrong}
    )


def _context() -> dict[str, Any]:
    today = date(2026, 11, 23)
    span = charts.Span
    return {
        "at": AT,
        "now": AT - timedelta(days=5),
        "steps": [
            charts.Step("Publication", "15 janv. 2026", "done"),
            charts.Step("Phase 1", "mai 2026", "done"),
            charts.Step("Phase 2", "jusqu’au 31 déc.", "now"),
            charts.Step("Décision", "avant le 22 janv."),
        ],
        "gantt": charts.Gantt(
            rows=[
                charts.GanttRow(
                    "Choix des partenaires",
                    "15 janv. – 31 mars 2026, terminé",
                    [span(date(2026, 1, 15), date(2026, 3, 31), "soft")],
                ),
                charts.GanttRow(
                    "Phase 1, Halto",
                    "mai – juin 2026, payée",
                    [span(date(2026, 5, 1), date(2026, 6, 30))],
                    [date(2026, 7, 8)],
                ),
                charts.GanttRow(
                    "Phase 2, Halto", "sept. 2026 – févr. 2027", [span(date(2026, 9, 1), date(2027, 2, 28), "sun")]
                ),
            ],
            today=today,
            legend=[("brand", "Phase payée"), ("sun", "Prévu"), ("clay", "Décision")],
        ),
        "bars": charts.bars([("Utilité", 35, "35 %"), ("Prix", 25, "25 %"), ("Environnement", 15, "15 %")]),
        "meter": charts.Meter(
            [
                charts.Part("Payé : 87 000 €", 87_000),
                charts.Part("Engagé : 44 500 €", 44_500, "info"),
                charts.Part("Disponible : 108 500 €", 108_500, ""),
            ],
            240_000,
        ),
        "stats": [("27", "partenariats en cours"), ("34", "jours jusqu’à la réponse à tous")],
        "todos": [
            Todo("Valider le livrable 3 de Halto", "#todo", AT, "Sans réponse, validation tacite.", "danger"),
            Todo("Préparer la décision", "#todo"),
        ],
        "pages": Paginator(range(200), 25).page(3),
    }
