"""Pages of those who look for a solution: compare, keep, note, export, follow."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cms.catalogue.facets import BY_NAME, labels_of
from cms.catalogue.listing import Answer, Question
from cms.sourcing import services, subjects
from cms.sourcing.forms import ExportForm, FollowForm, NoteForm
from cms.sourcing.models import Export, SavedSearch, SelectionItem
from marketplace.accounts.pages import ActView, Page
from marketplace.accounts.permissions import visible_or_404
from marketplace.files.models import GeneratedDocument
from marketplace.ui.spreadsheets import csv_response

MOST_EXPORTS = 20


class Compare(Page):
    """Two to four solutions side by side; the address names them, so that a comparison can be shared."""

    public = True
    template_name = "sourcing/compare.html"
    page_title = gettext_lazy("Comparer")

    def load(self) -> None:
        """Read what the address names; what does not exist any more is left aside."""
        asked = self.request.GET
        named = subjects.named(profiles=asked.getlist("fiche"), solutions=asked.getlist("solution"))
        self.left_out = named[subjects.MOST :]
        self.subjects = named[: subjects.MOST]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The rows, those that differ first."""
        is_enough = len(self.subjects) >= subjects.FEWEST
        return super().get_context_data(
            is_wide=True,
            subjects=[(subject, self._without(subject)) for subject in self.subjects],
            lines=subjects.compared(self.subjects, now=self.now) if is_enough else [],
            is_enough=is_enough,
            left_out=self.left_out,
            most=subjects.MOST,
            pairs=[subject.pair for subject in self.subjects],
            **kwargs,
        )

    def _without(self, removed: subjects.Subject) -> str:
        kept = self.request.GET.copy()
        kept.clear()
        for subject in self.subjects:
            if subject is not removed:
                kept.appendlist(*subject.pair)
        return f"?{kept.urlencode()}"


class CompareTable(Compare):
    """The same rows as a table to take away."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The file; with nothing to compare, the page that says how to choose."""
        if len(self.subjects) < subjects.FEWEST:
            return redirect("sourcing:compare")
        lines = subjects.compared(self.subjects, now=self.now)
        header = [_("Information"), *(subject.name for subject in self.subjects)]
        return csv_response("comparaison.csv", header, [[line.label, *line.texts] for line in lines])


class MySelection(Page):
    """What the team keeps, with its notes, its exports, and the way to compare."""

    template_name = "sourcing/selection.html"
    page_title = gettext_lazy("Ma sélection")

    def get_page_lead(self) -> str:
        """Who sees it."""
        membership = self.actor.membership()
        if membership is None:
            return _("Vous seul la voyez.")
        return _("Partagée avec les personnes de « %(name)s », et avec elles seules.") % {
            "name": membership.organisation.name
        }

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What is kept, and the latest exports."""
        held = services.items_of(services.selection_of(self.actor))
        exports = Export.objects.visible_to(self.actor).select_related("made_by")[:MOST_EXPORTS]
        return super().get_context_data(held=held, exports=exports, most=subjects.MOST, **kwargs)


class Add(ActView):
    """Keep a solution, or a profile. Visitors sign in first and come back here."""

    submit_label = gettext_lazy("Ajouter à ma sélection")

    def load(self) -> None:
        """Read what is to be kept. Raises Http404 for what is not published."""
        asked = self.request.GET
        named = subjects.named(profiles=asked.getlist("fiche"), solutions=asked.getlist("solution"))
        if len(named) != 1:
            raise Http404
        self.subject = named[0]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """An address that names nothing leads to where one chooses."""
        if request.user.is_authenticated and not request.GET:
            return redirect("catalogue:list")
        return super().dispatch(request, *args, **kwargs)

    def get_page_title(self) -> str:
        """What is to be kept."""
        return _("Ajouter « %(name)s » à ma sélection") % {"name": self.subject.name}

    def get_page_lead(self) -> str:
        """What it is for."""
        return _("Votre équipe la retrouvera, avec ses notes, pour comparer et pour garder trace de vos recherches.")

    def get_back_url(self) -> str:
        """Its page."""
        return self.subject.url

    def act(self, form: Any) -> SelectionItem:
        """Keep it."""
        subject = self.subject
        return services.add(profile=subject.profile, solution=subject.solution, actor=self.actor, now=self.now)

    def get_success_message(self) -> str:
        """What was kept."""
        return _("« %(name)s » est dans votre sélection.") % {"name": self.subject.name}

    def get_success_url(self) -> str:
        """The selection."""
        return reverse("sourcing:selection")


class ItemView(ActView):
    """An act on something kept."""

    back_label = gettext_lazy("Ma sélection")

    def load(self) -> None:
        """Read it among what the actor's own selection holds. Raises Http404 for anything else."""
        selection = services.selection_of(self.actor)
        items = SelectionItem.objects.select_related("selection", "profile", "solution")
        item = items.filter(selection=selection.pk, pk=self.kwargs["item"]).first() if selection.pk else None
        if item is None:
            raise Http404
        self.item = item

    def get_back_url(self) -> str:
        """The selection."""
        return reverse("sourcing:selection")

    def get_success_url(self) -> str:
        """The selection."""
        return reverse("sourcing:selection")


class Note(ItemView):
    """What the team notes of a solution."""

    form_class = NoteForm
    submit_label = gettext_lazy("Enregistrer la note")
    success_message = gettext_lazy("Note enregistrée.")

    def get_page_title(self) -> str:
        """What is noted."""
        return _("Noter « %(name)s »") % {"name": self.item}

    def get_initial(self) -> dict[str, Any]:
        """The note as it is."""
        return {"note": self.item.note}

    def act(self, form: Any) -> None:
        """Write it."""
        services.annotate(item=self.item, note=form.cleaned_data["note"], actor=self.actor, now=self.now)


class Remove(ItemView):
    """Take a solution out, its note with it."""

    submit_label = gettext_lazy("Retirer de ma sélection")
    success_message = gettext_lazy("Retirée de votre sélection.")
    page_lead = gettext_lazy("Sa note est effacée avec elle. Les exports déjà faits ne changent pas.")

    def get_page_title(self) -> str:
        """What is taken out."""
        return _("Retirer « %(name)s »") % {"name": self.item}

    def act(self, form: Any) -> None:
        """Take it out."""
        services.remove(item=self.item, actor=self.actor, now=self.now)


class MakeExport(ActView):
    """A dated copy of what was examined, for the study of the available supply."""

    form_class = ExportForm
    page_title = gettext_lazy("Exporter pour le sourçage")
    page_lead = gettext_lazy(
        "Nous copions aujourd’hui ce que disent les fiches de votre sélection, avec vos notes : un PDF et un tableau."
    )
    submit_label = gettext_lazy("Faire l’export")
    law = (
        gettext_lazy("Ce que dit la loi"),
        gettext_lazy(
            "Le partenariat d’innovation suppose qu’aucune solution disponible ne réponde au besoin. Gardez la trace "
            "de ce que vous avez examiné. Ce catalogue n’est qu’une source : cherchez aussi ailleurs."
        ),
        "L2172-3",
    )

    def get_back_url(self) -> str:
        """The selection."""
        return reverse("sourcing:selection")

    def act(self, form: Any) -> Export:
        """Copy."""
        return services.export(**form.cleaned_data, actor=self.actor, now=self.now)

    def get_success_url(self) -> str:
        """The export."""
        return reverse("sourcing:export", args=[self.result.uid])


class ExportPage(Page):
    """One export: what it holds, its PDF once it is ready, its table."""

    template_name = "sourcing/export.html"

    def load(self) -> None:
        """Read it. Raises Http404 for one made by others."""
        self.export = visible_or_404(Export.objects, self.actor, uid=self.kwargs["uid"])

    def get_page_title(self) -> str:
        """When it was made."""
        return _("Export pour le sourçage")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The copy, and its document."""
        document = GeneratedDocument.objects.of_subject(self.export).select_related("rendering__stored_file").first()
        stored = document.rendering.stored_file if document is not None and document.is_rendered else None
        return super().get_context_data(export=self.export, pdf=stored, **kwargs)


class ExportTable(ExportPage):
    """The copy as a table to take away."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The file."""
        rows = [
            [item["name"], label, text]
            for item in self.export.items
            for label, text in [*item["rows"], *([[_("Note de l’équipe"), item["note"]]] if item["note"] else [])]
        ]
        return csv_response("sourcage.csv", [_("Solution"), _("Information"), _("Texte de la fiche")], rows)


class Follow(ActView):
    """Follow a search: each profile that it finds from now on is told by mail, once."""

    form_class = FollowForm
    page_title = gettext_lazy("Suivre cette recherche")
    submit_label = gettext_lazy("Suivre cette recherche")
    success_message = gettext_lazy("Vous recevrez un courriel par nouvelle fiche trouvée, une seule fois chacune.")

    def load(self) -> None:
        """Read the search that the address holds."""
        self.question = Answer(Question.of(self.request.GET), self.now).question

    def get_page_lead(self) -> str:
        """What is followed, in words."""
        return _("Recherche : %(words)s") % {"words": words_of(self.question, self.now)}

    def get_initial(self) -> dict[str, Any]:
        """The words of the search make a name."""
        return {"title": words_of(self.question, self.now)[:120]}

    def get_back_url(self) -> str:
        """The search."""
        return f"{reverse('catalogue:list')}{self.question.query()}"

    def act(self, form: Any) -> SavedSearch:
        """Follow it."""
        return services.follow(question=self.question, title=form.cleaned_data["title"], actor=self.actor, now=self.now)

    def get_success_url(self) -> str:
        """The searches."""
        return reverse("sourcing:searches")


class Searches(Page):
    """The searches that a person follows, and what each found since."""

    template_name = "sourcing/searches.html"
    page_title = gettext_lazy("Recherches suivies")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The searches with what they found."""
        mine = SavedSearch.objects.filter(user=self.actor.user_id).defer("known").prefetch_related("matches__profile")
        return super().get_context_data(searches=mine, **kwargs)


class Unfollow(ActView):
    """Stop following a search."""

    submit_label = gettext_lazy("Ne plus suivre")
    success_message = gettext_lazy("Vous ne suivez plus cette recherche.")

    def load(self) -> None:
        """Read it among one's own. Raises Http404 for anything else."""
        search = SavedSearch.objects.filter(user=self.actor.user_id, pk=self.kwargs["search"]).first()
        if search is None:
            raise Http404
        self.search = search

    def get_page_title(self) -> str:
        """Which one."""
        return _("Ne plus suivre « %(title)s »") % {"title": self.search.title}

    def get_back_url(self) -> str:
        """The searches."""
        return reverse("sourcing:searches")

    def act(self, form: Any) -> None:
        """Stop."""
        services.unfollow(search=self.search, actor=self.actor, now=self.now)

    def get_success_url(self) -> str:
        """The searches."""
        return reverse("sourcing:searches")


def words_of(question: Question, now: Any) -> str:
    """A search in words: « bus, Mobilité, Bretagne »."""
    domains = Answer(question, now).index.domains
    said = [question.text] if question.text else []
    for name, values in question.chosen.items():
        labels = dict(labels_of(BY_NAME[name], domains))
        said += [str(labels[value]) for value in values]
    return ", ".join(said) or _("tout le catalogue")
