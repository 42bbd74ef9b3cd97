"""One self-contained page: template, style, script, and a policy that bars all else."""

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from siting.extras import require
from siting.language import language
from siting.plot.refuse import refuse
from siting.report.answer import Answer
from siting.report.atlas import atlas
from siting.report.money import carbon, ledger, savings
from siting.report.places import classes, hubs
from siting.report.provenance import accounting, grades, manifest, plan_hash, sources
from siting.report.reasons import decided, explained, limits, rejected
from siting.words import spoken, word

if TYPE_CHECKING:
    from siting.plan import Plan

TEMPLATES = Path(__file__).parent / "templates"
CODES = {"en": "en", "zh": "zh-Hans"}


def whole_page(plan: "Plan", lang: str | None = None) -> str:
    """Write the report as one page of HTML.

    Parameters
    ----------
    plan : Plan
    lang : {"en", "zh"}, optional

    Raises
    ------
    InputError
        For an unknown language, or if Jinja2 is not installed.
    """
    require("jinja2", "report")
    with language(lang):
        with_reasons = explained(plan)
        return rendered(
            "report.html",
            title=plan.scenario.settings.heading,
            answer=Answer(plan),
            atlas=atlas(plan),
            classes=classes(plan),
            hubs=hubs(plan),
            ledger=ledger(plan),
            savings=savings(plan),
            carbon=carbon(plan),
            limits=limits(plan) if with_reasons else None,
            rejected=rejected(plan) if with_reasons else [],
            decided=decided(plan) if with_reasons else None,
            accounting=accounting(plan),
            grades=grades(plan),
            sources=sources(plan),
            manifest=manifest(plan),
            plan_hash=plan_hash(plan),
            versions=plan.manifest.get("versions", {}),
        )


def map_page(plan: "Plan", lang: str | None = None) -> str:
    """Write the map of the report alone as a page of HTML; see :func:`whole_page`.

    Raises
    ------
    InputError
        Also if no hub has coordinates.
    """
    require("jinja2", "report")
    with language(lang):
        found = atlas(plan)
        if found is None:
            refuse("hubs", "No hub has coordinates", "Give latitude and longitude.")
        return rendered("map.html", atlas=found)


def rendered(template: str, **values: Any) -> str:
    """Fill a template; every value is escaped."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

    style, script = _asset("style.css"), _asset("map.js")
    return environment.get_template(template).render(
        say=word,
        lang=CODES[spoken.get()],
        style=style,
        script=script,
        policy=f"default-src 'none'; style-src '{_hash(style)}'; "
        f"script-src '{_hash(script)}'; base-uri 'none'; form-action 'none'",
        **values,
    )


@cache
def _asset(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """Name a style or script as a Content-Security-Policy does."""
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"
