"""The page in Chromium: sorting, filtering, searching, opening an account, by mouse, by keyboard and by address."""

from __future__ import annotations

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from support_browser import Visiting
from support_reporting import HOSTILE, LONG_WORD, sample

EVERY = len(sample().accounts)
FIRST = sample().accounts[0].name
PHONE = 360


def head(page: Page, name: str) -> None:
    column(page, name).get_by_role("button").click()


def column(page: Page, name: str) -> Locator:
    return page.locator("#matrix").get_by_role("columnheader", name=name)


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()"))


def sideways(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def violations(page: Page, within: str = "html", *, rules: str | None = None) -> list[object]:
    """What axe objects to; `rules` names the only one to ask for."""
    only = {"runOnly": [rules]} if rules else {}
    found = Axe().run(page, context=within, options={"resultTypes": ["violations"], **only}).response["violations"]
    assert isinstance(found, list)
    return [(one["id"], one["impact"], [node["html"][:200] for node in one["nodes"]][:3]) for one in found]


def test_columns_are_sorted_up_down_and_back(visiting: Visiting) -> None:
    visit = visiting()
    page = visit.open()
    as_it_came = visit.names
    head(page, "Account")
    names = column(page, "Account")
    expect(names).to_have_attribute("aria-sort", "ascending")
    assert sorted(visit.names, key=str.casefold)[0] in visit.names[:3]
    upwards = visit.names
    assert upwards != as_it_came
    head(page, "Account")
    expect(names).to_have_attribute("aria-sort", "descending")
    assert visit.names == upwards[::-1]
    head(page, "Account")
    expect(names).to_have_attribute("aria-sort", "none")
    assert visit.names == as_it_came
    head(page, "Findings")
    assert visit.names[0] == FIRST, "the worst first"
    head(page, "Technical expert")
    assert page.locator("#matrix tbody tr td.cell:nth-of-type(7)").first.inner_text() == "unknown"


def test_every_filter_narrows_and_the_live_region_says_to_what(visiting: Visiting) -> None:
    visit = visiting()
    page = visit.open()
    assert visit.told == f"{EVERY} accounts."
    for name, value, left in (
        ("owner", "main/u2", 1),
        ("tier", "B", 1),
        ("severity", "4", 1),
        ("topic", "plan", 1),
        ("rule", "KAM201", 1),
        ("gap", "any", 1),
        ("gap", "absent:0", 1),
        ("gap", "absent:1", 0),
        ("gap", "unknown", 2),
        ("gap", "none", EVERY - 2),
        ("review", "overdue", 1),
    ):
        page.select_option(f"#filter-{name}", value)
        assert visit.told == f"{left} of {EVERY} accounts match.", (name, value)
        assert len(visit.names) == left
        page.get_by_role("button", name="Clear").click()
        assert visit.told == f"{EVERY} accounts."


def test_search_knows_no_accents_and_takes_every_word(visiting: Visiting) -> None:
    visit = visiting()
    page = visit.open()
    for words in ("lodz zolta", "ŁÓDŹ", "s.a. amal critical"):
        page.fill("#filter-q", words)
        assert visit.names == [FIRST], words
    page.fill("#filter-q", "גליל")
    assert len(visit.names) == 1
    page.fill("#filter-q", "nobody is called so")
    assert visit.told == f"0 of {EVERY} accounts match."


def test_the_address_holds_the_state_and_back_goes_back(visiting: Visiting) -> None:
    visit = visiting()
    page = visit.open("#gap=unknown&sort=0.-1")
    assert visit.told == f"2 of {EVERY} accounts match."
    expect(column(page, "Account")).to_have_attribute("aria-sort", "descending")
    expect(page.locator("#filter-gap")).to_have_value("unknown")
    page.get_by_role("link", name="People").click()
    assert visit.told == f"2 of {EVERY} accounts match.", "a place in the page changes no state"
    page.locator("#matrix tbody a").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert "account=main" in page.url
    page.go_back()
    expect(page.get_by_role("dialog")).to_be_hidden()
    other = visiting()
    other.open("#account=main%2Fa00001&gap=any")
    expect(other.page.get_by_role("dialog")).to_contain_text("There is no account plan")
    other.page.goto(visit.file.as_uri() + "#account=main%2Fgone&sort=99.1&gap=none&owner=x")
    expect(other.page.get_by_role("dialog")).to_be_hidden()


def test_an_account_opens_with_everything_known_of_it(visiting: Visiting) -> None:
    page = visiting().open()
    page.get_by_role("link", name=FIRST).click()
    drawer = page.get_by_role("dialog")
    for text in (
        "Nobody holds the role of innovator",
        "There is no account plan",
        "agreed with the board",
        "put away until 20 Dec 2026",
        "3 live tasks on the account",
        "tasks, meetings and calls",
        "Name who plays this role.",
    ):
        expect(drawer).to_contain_text(text)
    link = drawer.get_by_role("link", name="Open the task on roles")
    expect(link).to_have_attribute("href", "https://crm.example/task/t1")
    expect(link).to_have_attribute("rel", "noopener noreferrer")
    drawer.get_by_role("button", name="Next").click()
    expect(drawer.locator("h3")).to_have_text("شركة الميناء")
    drawer.get_by_role("button", name="Previous").click()
    expect(drawer.locator("h3")).to_have_text(FIRST)
    drawer.get_by_role("button", name="Close").click()
    expect(drawer).to_be_hidden()


def test_figures_lead_to_the_accounts_behind_them(visiting: Visiting) -> None:
    visit = visiting()
    page = visit.open()
    page.get_by_role("link", name="1 critical").click()
    assert visit.names == [FIRST]
    page.get_by_role("link", name="KAM201 missing-plan").click()
    assert visit.names == [FIRST]
    page.locator(".calendar a", has_text="Overdue").click()
    assert len(visit.names) == 1
    page.get_by_role("link", name="נועה בן־דוד").click()
    assert len(visit.names) == 1


def test_it_is_used_by_keyboard_alone(visiting: Visiting) -> None:
    visit = visiting()
    page = visit.open()
    keys = page.keyboard
    keys.press("Tab")
    assert focused(page) == "Skip to the report"
    assert page.locator(".skip").bounding_box()["y"] >= 0  # type: ignore[index]  # it is there
    keys.press("Enter")
    assert focused(page) == "main"
    keys.press("/")
    assert focused(page) == "filter-q"
    keys.type("s.a.")
    assert visit.names == [FIRST]
    page.locator("#matrix tbody a").focus()
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid", "whoever tabs sees where"
    keys.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.wait_for_function("document.activeElement.id === 'drawer-name'")
    for _ in range(12):
        keys.press("Tab")
        assert page.evaluate("document.activeElement === document.body || !!document.activeElement.closest('dialog')")
    keys.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert focused(page) == FIRST, "back where one came from"
    column(page, "Owner").get_by_role("button").focus()
    keys.press("Space")
    expect(column(page, "Owner")).to_have_attribute("aria-sort", "ascending")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing_to_object_to(visiting: Visiting, *, dark: bool) -> None:
    page = visiting(dark=dark).open()
    for details in page.locator("details").all():
        details.evaluate("node => { node.open = true }")
    rules = "color-contrast" if dark else None
    assert violations(page, rules=rules) == []
    page.get_by_role("link", name=FIRST).click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert violations(page, "#drawer", rules=rules) == []


def test_dark_mode_reaches_page_and_drawings(visiting: Visiting) -> None:
    light, dark = visiting().open(), visiting(dark=True).open()
    for colour in (
        "getComputedStyle(document.body).backgroundColor",
        "getComputedStyle(document.querySelector('#chart-topics path[fill^=\"var\"]')).fill",
        "getComputedStyle(document.querySelector('#chart-topics text')).fill",
        "getComputedStyle(document.querySelector('td.level-absent')).backgroundColor",
    ):
        before, after = light.evaluate(colour), dark.evaluate(colour)
        assert before != after, colour
        assert "rgb" in before, colour


def test_a_phone_scrolls_down_only(visiting: Visiting) -> None:
    page = visiting(width=PHONE).open()
    assert sideways(page) == 0
    matrix = page.locator(".matrix")
    assert matrix.evaluate("node => node.scrollWidth > node.clientWidth"), "the table scrolls in its own place"
    page.get_by_role("link", name=LONG_WORD).click()
    drawer = page.get_by_role("dialog")
    expect(drawer).to_be_visible()
    assert sideways(page) == 0
    assert page.locator("#drawer-body").evaluate("node => node.scrollWidth <= node.clientWidth")
    box = drawer.bounding_box()
    assert box is not None
    assert box["width"] <= PHONE


@pytest.mark.parametrize("width", [PHONE, 1280])
def test_a_page_from_right_to_left_holds_together(visiting: Visiting, width: int) -> None:
    page = visiting(width=width).open()
    page.evaluate("document.documentElement.dir = 'rtl'")
    assert sideways(page) == 0
    brand, navigation = page.locator(".brand").bounding_box(), page.locator("nav").bounding_box()
    assert brand is not None
    assert navigation is not None
    assert brand["x"] + brand["width"] > navigation["x"] + navigation["width"] - 60
    first = page.locator("#matrix tbody th").first.bounding_box()
    last = page.locator("#matrix tbody tr:first-child td").last.bounding_box()
    assert first is not None
    assert last is not None
    assert first["x"] > last["x"], "the names stand on the right"
    page.get_by_role("link", name="מפעלי הגליל").click()
    box = page.get_by_role("dialog").bounding_box()
    assert box is not None
    assert box["x"] == 0, "the account opens at the end of the line"
    assert page.locator("#drawer-body bdi").first.evaluate("node => getComputedStyle(node).direction") == "rtl"


def test_names_in_their_own_direction_do_not_turn_the_page(visiting: Visiting) -> None:
    page = visiting().open()
    name = page.locator("bdi", has_text="شركة الميناء").first
    assert name.evaluate("node => getComputedStyle(node).direction") == "rtl"
    assert name.evaluate("node => getComputedStyle(node.parentElement).direction") == "ltr"


def test_hostile_names_do_nothing(visiting: Visiting) -> None:
    visit = visiting()
    page = visit.open()
    for account in sample().accounts[4:]:
        page.goto(f"{visit.file.as_uri()}#account={account.org}%2F{account.id}")
        drawer = page.get_by_role("dialog")
        expect(drawer).to_be_visible()
        if account.name.isprintable():
            expect(drawer.locator("h3")).to_have_text(account.name)
    assert page.title() == "Key accounts as of 25 Nov 2026"
    assert page.locator("img").count() == 0
    assert page.locator("script").count() == 1
    page.keyboard.press("Escape")
    page.fill("#filter-q", HOSTILE[1])
    assert len(visit.names) == 1
    sly = visiting()
    sly.open("#q=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E&owner=%22%3E%3Cscript%3E&sort=__proto__&account=__proto__")
    assert sly.page.locator("img").count() == 0


def test_the_policy_stops_what_is_not_ours(visiting: Visiting) -> None:
    visit = visiting()
    page = visit.open()
    page.evaluate(
        """() => {
            const script = document.createElement('script');
            script.textContent = 'document.title = "owned"';
            document.body.append(script);
            const image = new Image();
            image.src = 'https://evil.example/pixel.png';
            document.body.append(image);
        }"""
    )
    page.wait_for_function("document.images[0].complete")
    assert page.title() == "Key accounts as of 25 Nov 2026"
    assert len([text for text in visit.complaints if "Content Security Policy" in text]) == 2
    assert visit.failures == ["csp"], "the browser itself stopped the request"
    visit.complaints.clear()
    visit.requests.remove("https://evil.example/pixel.png")


def test_without_a_script_everything_can_be_read(visiting: Visiting) -> None:
    visit = visiting(script=False)
    page = visit.open()
    assert len(visit.names) == EVERY
    expect(page.locator("#filters")).to_be_hidden()
    page.get_by_role("link", name=FIRST).click()
    article = page.locator("article.account").first
    expect(article).to_be_visible()
    expect(article).to_be_in_viewport()
    expect(article).to_contain_text("What to do")
    assert page.locator("article.account").count() == EVERY
    page.get_by_text("The figures of “The six roles” as a table").click()
    expect(page.locator("#chart-coverage table")).to_be_visible()


def test_print_shows_the_accounts_and_leaves_out_the_controls(visiting: Visiting) -> None:
    page = visiting(dark=True).open("#gap=unknown")
    page.emulate_media(media="print")
    expect(page.locator("#filters")).to_be_hidden()
    expect(page.locator("nav")).to_be_hidden()
    expect(page.locator("#matrix tbody tr")).to_have_count(2)
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)", "dark ink on paper"
    assert page.locator(".matrix").evaluate("node => node.scrollHeight <= node.clientHeight + 1")
    page.emulate_media(media="screen")
    page.locator("#matrix tbody a").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.emulate_media(media="print")
    expect(page.locator("#overview")).to_be_hidden()
    expect(page.locator("#drawer-body")).to_be_visible()


def test_a_large_report_shows_some_rows_and_unpacks_what_is_opened(visiting: Visiting, packed: Path) -> None:
    visit = visiting(packed)
    page = visit.open()
    assert visit.told == "260 accounts. The first 200 are shown."
    assert page.locator("#matrix tbody tr").count() == 200
    more = page.get_by_role("button", name="Show more")
    more.click()
    assert page.locator("#matrix tbody tr").count() == 260
    assert focused(page) == "Customer 00200"
    expect(more).to_be_hidden()
    page.fill("#filter-q", "customer 00259")
    page.get_by_role("link", name="Customer 00259").click()
    expect(page.get_by_role("dialog").locator("h3")).to_have_text("Customer 00259")
    page.goto(packed.as_uri() + "#account=main%2Fa00007")
    expect(page.get_by_role("dialog")).to_contain_text("Nobody holds the role of innovator")
    plain = visiting(packed, script=False)
    plain.open()
    expect(plain.page.locator("#matrix tbody tr")).to_have_count(260)
    expect(plain.page.locator("#details")).to_contain_text("need JavaScript")
