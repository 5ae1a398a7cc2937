"""What profiles and solutions say of themselves in schema.org's words: what is declared or verified, no more."""

from typing import TYPE_CHECKING, Any

from cms.catalogue.regions import Region
from marketplace.ui.structured import kept, whole

if TYPE_CHECKING:
    from cms.catalogue.models import Profile, Solution


def organisation(profile: "Profile") -> dict[str, Any]:
    """The organisation of a profile (Organization)."""
    return kept(
        type_="Organization",
        name=profile.name,
        legalName=profile.organisation.name if profile.organisation else None,
        description=profile.tagline,
        url=whole(profile.get_absolute_url()),
        sameAs=profile.website,
        foundingDate=str(profile.founded_year or ""),
        identifier=kept(type_="PropertyValue", propertyID="SIREN", value=profile.siren) if profile.siren else None,
        address=kept(
            type_="PostalAddress",
            addressLocality=profile.city,
            addressRegion=profile.get_region_display(),
            addressCountry="FR" if profile.city or profile.region else "",
        )
        if profile.city or profile.region
        else None,
        knowsAbout=[domain.label for domain in profile.domains.all()],
    )


def solution(one: "Solution") -> dict[str, Any]:
    """What an organisation offers (Service), with the price from which it is sold."""
    offer = None
    if one.price_from is not None:
        price = kept(
            type_="UnitPriceSpecification",
            minPrice=str(one.price_from),
            priceCurrency="EUR",
            valueAddedTaxIncluded=False,
            unitText=one.get_price_unit_display(),
        )
        offer = kept(type_="Offer", priceSpecification=price)
    return kept(
        type_="Service",
        name=one.name,
        description=one.tagline,
        url=whole(one.get_absolute_url()),
        provider=kept(type_="Organization", name=one.profile.name, url=whole(one.profile.get_absolute_url())),
        areaServed=[Region(code).label for code in one.profile.served_regions],
        offers=offer,
    )
