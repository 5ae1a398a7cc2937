from django.apps import AppConfig
from django.db.models.signals import post_delete, post_migrate


class PagesConfig(AppConfig):
    name = "cms.pages"
    label = "pages"
    verbose_name = "Pages"

    def ready(self) -> None:
        from wagtail.signals import page_published, page_unpublished, post_page_move

        from cms.pages import cards, menus, site
        from marketplace.accounts.menus import register_menus
        from marketplace.ui.sharing import register_cards

        post_migrate.connect(site.lay, sender=self, dispatch_uid="pages.lay")
        register_menus(menus.read)
        for name, moment in (
            ("published", page_published),
            ("unpublished", page_unpublished),
            ("moved", post_page_move),
            ("deleted", post_delete),
        ):
            moment.connect(menus.keep_lists, dispatch_uid=f"pages.{name}")
        register_cards("site", cards.site_card)
        register_cards("page", cards.page_card)
