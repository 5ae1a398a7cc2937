"""The process that lays the demonstration out: `python -m marketplace.demo.showcase.child`, started by `building`.

Its clock moves, hence a process of its own: the one that serves the site only knows the real one.
"""

import sys

import django


def main() -> None:
    """Lay everything out in the database of the environment; what people are handed goes to `var/demo/`."""
    django.setup()
    from marketplace.demo.showcase import catalogue, editorial, guide, kits, purchase, second_factors, voices
    from marketplace.demo.showcase.lay import hurried, lay_out, processors
    from marketplace.demo.showcase.places import places
    from marketplace.journal import clock
    from marketplace.journal.outbox import drain

    there = places()
    with hurried():
        laid = lay_out(now=clock.now(), out=there.root, processes=processors(), tell=_tell)
        cast = laid.troupe.cast
        second_factors.set_up(laid.troupe.users, second_factors.needed(cast), there.root)
        catalogue.fill(laid.troupe, now=clock.now())
        editorial.write(laid.troupe, now=clock.now())
        voices.speak(laid.troupe, now=clock.now())
        laid.calls[purchase.PURCHASE] = purchase.buy(laid.troupe, now=clock.now())
        # Mails that all this wrote have left before somebody looks.
        drain()
    kits.write(laid.kits, there.kits)
    there.guide.write_text(guide.written(laid), encoding="utf-8")


def _tell(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
