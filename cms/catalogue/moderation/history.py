"""The acts of editors in the history that Wagtail shows of a profile."""

from typing import Any

from django.utils.translation import gettext_lazy
from wagtail.log_actions import LogActionRegistry, LogFormatter

_LABELS = {
    "catalogue.verify": (gettext_lazy("Vérifier un fait"), gettext_lazy("Fait vérifié : %(fact)s")),
    "catalogue.withdraw_verification": (
        gettext_lazy("Retirer une vérification"),
        gettext_lazy("Vérification retirée : %(fact)s"),
    ),
    "catalogue.accept_quote": (gettext_lazy("Montrer un témoignage"), gettext_lazy("Témoignage montré : %(fact)s")),
    "catalogue.hide_quote": (gettext_lazy("Masquer un témoignage"), gettext_lazy("Témoignage masqué : %(fact)s")),
    "catalogue.put_in_domain": (gettext_lazy("Ranger dans un domaine"), gettext_lazy("Rangée dans : %(domain)s")),
    "catalogue.withdraw": (gettext_lazy("Retirer du catalogue"), gettext_lazy("Retirée du catalogue")),
    "catalogue.put_back": (gettext_lazy("Remettre au catalogue"), gettext_lazy("Remise au catalogue")),
    "catalogue.mark_reviewed": (gettext_lazy("Marquer comme relue"), gettext_lazy("Relue, toujours vraie")),
    "catalogue.merge": (gettext_lazy("Réunir deux fiches"), gettext_lazy("Réunie avec « %(other)s »")),
    "catalogue.answer_error": (
        gettext_lazy("Répondre à un signalement"),
        gettext_lazy("Réponse à une erreur signalée"),
    ),
}


def register_actions(actions: LogActionRegistry) -> None:
    """Make the acts known to Wagtail (hook `register_log_actions`)."""
    for action, (label, message) in _LABELS.items():
        actions.register_action(action)(_formatter(label, message))


def _formatter(name: Any, sentence: Any) -> type[LogFormatter]:
    class Formatter(LogFormatter):
        label = name

        def format_message(self, log_entry: Any) -> str:
            return str(sentence) % {"fact": "", "domain": "", "other": "", **log_entry.data}

        def format_comment(self, log_entry: Any) -> str:
            return log_entry.data.get("comment", "")

    return Formatter
