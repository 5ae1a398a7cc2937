from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "marketplace.accounts"
    label = "accounts"
    verbose_name = "Comptes et organisations"

    def ready(self) -> None:
        from django.core import checks

        from marketplace.accounts import permissions, second_factor  # noqa: F401 - declare the predicates of this room
        from marketplace.accounts.checks import check_deployment

        checks.register(check_deployment, checks.Tags.security, deploy=True)
