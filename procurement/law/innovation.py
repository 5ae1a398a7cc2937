"""What makes an answer innovative (L2172-3 al. 2, LR-02): indicators that a buyer ticks and explains, never a label."""

from collections.abc import Collection, Mapping

INDICATORS: Mapping[str, str] = {
    "new_product": "Le produit ou le service attendu n’existe pas encore",
    "improved_product": "Il améliore nettement ce qui existe, d’une façon qui se mesure",
    "new_process": "La nouveauté tient au procédé de production ou de réalisation",
    "new_organisation": "La nouveauté tient à l’organisation ou à la commercialisation",
    "research_needed": "Des travaux de recherche et développement restent nécessaires",
    "label": "L’entreprise porte un label (jeune entreprise innovante, French Tech…)",
}
"""By code, in the order of the questionnaire; the last one is asked for so that nobody takes it for a reason."""

LABEL = "label"


def grounds(indicators: Collection[str]) -> list[str]:
    """The indicators that speak of novelty itself: a label says nothing of it (loi 2025-391)."""
    return [code for code in INDICATORS if code in indicators and code != LABEL]
