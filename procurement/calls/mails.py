"""Kinds of mails of the room: to followers, to those who answer, to those who ask, to the team of a call."""

from marketplace.mail.kinds import Kind, register
from procurement.calls.services.partners import COPY, MESSAGE

_ASKED = "cette adresse a été donnée sur le site. Si ce n’est pas vous, ne faites rien : elle sera effacée."
_NEWS = "Un appel que je suis change"

register(
    Kind("calls.follow_confirm", "Confirmez que vous suivez un appel", _ASKED, is_for_visitors=True),
    Kind("calls.question_confirm", "Confirmez votre question", _ASKED, is_for_visitors=True),
    Kind("calls.news", _NEWS, "vous suivez cet appel.", is_for_visitors=True),
    Kind("calls.news_to_account", _NEWS, "vous suivez cet appel avec votre compte."),
    Kind(
        "calls.news_to_bidders",
        "Un appel auquel mon entreprise répond change",
        "votre entreprise a commencé ou déposé une réponse à cet appel.",
        is_legal_notice=True,
    ),
    Kind(MESSAGE, "Une entreprise répond à votre recherche de cotraitant", "votre entreprise cherche un cotraitant."),
    Kind(COPY, "Copies de vos messages à des cotraitants", "vous avez écrit à une entreprise."),
    Kind("calls.question_asked", "Une question arrive sur un appel de mon équipe", "vous préparez cet appel."),
)
