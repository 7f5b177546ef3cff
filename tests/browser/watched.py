"""A page under watch: whatever a quiet page does not do is written down."""

from __future__ import annotations

import contextlib
import dataclasses
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

__all__ = ["Watched", "opened"]

_LISTEN = """
window.obeyed = [];
addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy: ${event.violatedDirective} refused ${event.blockedURI}`));
"""
_STICKING_OUT = """() => {
  const scrolls = (element) => ["auto", "scroll", "hidden"].includes(
    getComputedStyle(element).overflowX);
  const held = (element) => {
    for (let over = element.parentElement; over; over = over.parentElement)
      if (over !== document.body && over !== document.documentElement && scrolls(over)) return true;
    return false;
  };
  const found = [];
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) found.push(`the page is ${root.scrollWidth} wide`);
  for (const element of document.body.querySelectorAll("*")) {
    const box = element.getBoundingClientRect();
    if (!box.width || !box.height || (box.right < root.clientWidth + 1 && box.left > -1)) continue;
    if (!held(element) && !scrolls(element)) found.push(
      `${element.tagName} ${element.className.baseVal ?? element.className}: ` +
      `${Math.round(box.left)} to ${Math.round(box.right)}: ` + element.textContent.slice(0, 40));
  }
  return found.slice(0, 5);
}"""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Watched:
    """An open page, and what it did that a quiet page does not."""

    page: Page
    noise: list[str]
    """Console messages, errors, dialogs, requests and windows, in their order."""

    def as_new(self, *, width: int = 1440, scheme: str = "light") -> Watched:
        """Return the page at its top in a window of this width, with light or dark colours."""
        self.page.set_viewport_size({"width": width, "height": 900})
        self.page.emulate_media(
            media="screen",
            color_scheme="dark" if scheme == "dark" else "light",
            reduced_motion="reduce",
        )
        self.page.evaluate("scrollTo(0, 0)")
        return self

    def sticking_out(self) -> list[str]:
        """Return what reaches beyond the window's sides and is in nothing that scrolls."""
        found: list[str] = self.page.evaluate(_STICKING_OUT)
        return found


@contextlib.contextmanager
def opened(
    browser: Browser, path: Path, *, has_script: bool = True, has_policy: bool = True
) -> Iterator[Watched]:
    """Open a page in a context of its own; without its policy others may run a script in it."""
    context = browser.new_context(
        java_script_enabled=has_script, bypass_csp=not has_policy, accept_downloads=True
    )
    context.set_default_timeout(20_000)
    page = context.new_page()
    address = path.as_uri()
    noise: list[str] = []
    page.on("console", lambda said: noise.append(f"console {said.type}: {said.text}"))
    page.on("pageerror", lambda error: noise.append(f"error: {error}"))
    page.on("popup", lambda other: noise.append(f"window: {other.url}"))
    page.on(
        "request",
        lambda request: (
            None
            if request.url.partition("#")[0] == address
            or request.url.startswith(("data:", "blob:"))
            else noise.append(f"request: {request.url[:200]}")
        ),
    )

    def dismiss(dialog: object) -> None:
        noise.append(f"dialog: {dialog}")
        dialog.dismiss()  # type: ignore[attr-defined]

    page.on("dialog", dismiss)
    page.add_init_script(_LISTEN)
    page.goto(address)
    try:
        yield Watched(page=page, noise=noise)
    finally:
        context.close()
