"""What visitors read and editors curate: domains, profiles with their parts, and what others say of them."""

from cms.catalogue.models.domain import Domain, DomainQuerySet, MissedSearch, Synonym
from cms.catalogue.models.links import LinkCheck
from cms.catalogue.models.parts import Label, PhasePassage, Reference, Solution
from cms.catalogue.models.presentation import Medium, MonthlyReading, Translation
from cms.catalogue.models.profile import Profile, ProfileQuerySet
from cms.catalogue.models.proofs import Confirmation, ErrorReport, PhaseObservation, PortfolioSurvey, Verification
from cms.catalogue.models.review import ReviewReply
from cms.catalogue.models.state import CatalogueState

__all__ = [
    "CatalogueState",
    "Confirmation",
    "Domain",
    "DomainQuerySet",
    "ErrorReport",
    "Label",
    "LinkCheck",
    "Medium",
    "MissedSearch",
    "MonthlyReading",
    "PhaseObservation",
    "PhasePassage",
    "PortfolioSurvey",
    "Profile",
    "ProfileQuerySet",
    "Reference",
    "ReviewReply",
    "Solution",
    "Synonym",
    "Translation",
    "Verification",
]
