"""The intake service: accepts event reports from ward tablets."""
from http import HTTPStatus

REQUIRED = ("ward", "happened_at", "harm", "text")


def accept(form: dict, wards: set[str]) -> tuple[HTTPStatus, dict]:
    missing = [name for name in REQUIRED if not form.get(name)]
    if missing:
        return HTTPStatus.UNPROCESSABLE_ENTITY, {"missing": missing}
    if form["ward"] not in wards:
        return HTTPStatus.UNPROCESSABLE_ENTITY, {"unknown": {"ward": form["ward"]}}
    if form["harm"] not in "ABCDEFGHI":
        return HTTPStatus.UNPROCESSABLE_ENTITY, {"unknown": {"harm": form["harm"]}}
    return HTTPStatus.CREATED, {"version": 1}
