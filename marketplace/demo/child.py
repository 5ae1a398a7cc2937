"""The process that plays one call: `python -m marketplace.demo.child`, started by `rehearsals`, order on its input.

Writes `result.json` in the folder of its own that settings.VAR_DIR names.
"""

import gc
import json
import os
import sys
from datetime import date
from pathlib import Path

import django


def main() -> None:
    """Read the order, play the call, write the result."""
    order = json.load(sys.stdin)
    django.setup()
    from django.conf import settings

    from marketplace.demo import formats
    from marketplace.demo.play.journey import play_call
    from marketplace.demo.rehearsals import Rehearsal, planned
    from marketplace.ui.printing import warm_up

    source = Path(order["source"])
    plans = {plan.id: plan for plan in formats.read_file(source, as_is=order["as_is"])}
    rehearsal = Rehearsal(
        plan=plans[order["id"]],
        source=source,
        out=Path(order["out"]),
        launched_on=date.fromisoformat(order["launched_on"]),
        as_is=order["as_is"],
        seed=order["seed"],
    )
    warm_up()
    # What is loaded stays: neither this process nor those forked from it need to look at it when collecting garbage.
    gc.freeze()
    result = play_call(planned(rehearsal), seed=rehearsal.seed, out=rehearsal.out, processes=os.cpu_count() or 1)
    answer = json.dumps(result.as_json(), ensure_ascii=False)
    (settings.VAR_DIR / "result.json").write_text(answer, encoding="utf-8")


if __name__ == "__main__":
    main()
