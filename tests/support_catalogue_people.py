"""Our people and the customer's people in the labelled portfolios, and what happens between them when all is well.

Everything here is in order under every rule of the specification; gaps are planted elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from kam_sync.portfolio import PortfolioActivity, PortfolioContact, PortfolioUser
from kam_sync.records import ActivityKind, ActivityStatus, BuyingRole, ContactLevel, Purpose, Role, Stance

MEETING: Final = ActivityKind.MEETING
CALL: Final = ActivityKind.CALL
TASK: Final = ActivityKind.TASK


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """The four people who work on an account, by slug; the owner drives results, the planner manages the plan."""

    owner: str
    lead: str
    expert: str
    planner: str

    @property
    def roles(self) -> dict[Role, tuple[str, ...]]:
        """Who holds each of the six roles."""
        return {
            Role.RESULTS_DRIVER: (self.owner,),
            Role.RELATIONSHIP_LEAD: (self.lead,),
            Role.INNOVATOR: (self.lead,),
            Role.COLLABORATOR: (self.planner,),
            Role.TECHNICAL_EXPERT: (self.expert,),
            Role.PROJECT_MANAGER: (self.planner,),
        }


LEFT: Final = "ivo"
"""Has left the company."""
SILENT: Final = "quirina"
"""Works for us and does nothing on any account, unless a gap says so."""
QUEUE: Final = "kiosk"
"""Can own accounts and is nobody."""

USERS: Final = (
    PortfolioUser(slug="amaia", name="Amaia Etxarri-Goñi", email="amaia@nordhaven.example"),
    PortfolioUser(slug="bashir", name="بشیر کاظم‌پور", email="bashir@nordhaven.example", manager="amaia"),
    PortfolioUser(slug="chiyo", name="千代 雪乃", email="chiyo@nordhaven.example", manager="amaia"),
    PortfolioUser(slug="dilnoza", name="Dilnoza Yo‘ldosheva", email="dilnoza@nordhaven.example", manager="amaia"),
    PortfolioUser(slug="ekow", name="Ekow Ansah-Mireku", email="ekow@nordhaven.example", manager="amaia"),
    PortfolioUser(slug="freya", name="Freyja Þórisdóttir", email="freya@nordhaven.example", manager="amaia"),
    PortfolioUser(slug="gonzalo", name="Gonzalo Ibáñez-Ruiloba", email="gonzalo@nordhaven.example", manager="amaia"),
    PortfolioUser(slug="hana", name="Hana Vránková", email="hana@nordhaven.example", manager="amaia"),
    PortfolioUser(slug="iluka", name="Iluka Warrawee", email="iluka@nordhaven.example", manager="amaia"),
    PortfolioUser(slug="joyce", name="Joyce Wanjiru-Mbugua", email="joyce@nordhaven.example", manager="amaia"),
    PortfolioUser(slug="kalani", name="Kalani Kahananui", email="kalani@nordhaven.example", manager="amaia"),
    PortfolioUser(slug="leocadia", name="Leocádia Vasconcelos", email="leocadia@nordhaven.example", manager="amaia"),
    PortfolioUser(slug="matiu", name="Matiu Ngāwhare", email="matiu@nordhaven.example", manager="amaia"),
    PortfolioUser(slug="nilufer", name="Nilüfer Karaosmanoğlu", email="nilufer@nordhaven.example", manager="amaia"),
    PortfolioUser(slug="oskar", name="Oskar Häggkvist", email="oskar@nordhaven.example", manager="amaia"),
    PortfolioUser(slug="parisa", name="پریسا نیک‌روان", email="parisa@nordhaven.example", manager="amaia"),
    PortfolioUser(slug="rasmus", name="Rasmus Tølbøll", email="rasmus@nordhaven.example", manager="amaia"),
    PortfolioUser(slug="siobhan", name="Siobhán Ní Cheallaigh", email="siobhan@nordhaven.example", manager="amaia"),
    PortfolioUser(slug="tindra", name="Tindra Öhrnell", email="tindra@nordhaven.example", manager="amaia"),
    PortfolioUser(slug="ulises", name="Ulises Carrizo", email="ulises@nordhaven.example", manager="amaia"),
    PortfolioUser(slug="vaiva", name="Vaiva Žemaitytė", email="vaiva@nordhaven.example", manager="amaia"),
    PortfolioUser(slug="wekesa", name="Wekesa Namunyu", email="wekesa@nordhaven.example", manager="amaia"),
    PortfolioUser(slug="ximena", name="Ximena Etcheverry", email="ximena@nordhaven.example", manager="amaia"),
    PortfolioUser(slug="yared", name="Yared Gebremariam", email="yared@nordhaven.example", manager="amaia"),
    PortfolioUser(slug=SILENT, name="Quirina Oudekerk", email="quirina@nordhaven.example", manager="amaia"),
    PortfolioUser(slug=LEFT, name="Ivo Štrbac", email="ivo@nordhaven.example", active=False, manager="amaia"),
    PortfolioUser(slug=QUEUE, name="Unassigned accounts", email="kiosk@nordhaven.example", person=False),
)

_RING: Final = tuple(user.slug for user in USERS if user.active and user.person and user.slug != SILENT)


def team(number: int) -> Team:
    """Return one of the teams; successive numbers share accounts out evenly among the owners."""
    owner, lead, expert, planner = (_RING[(number + step) % len(_RING)] for step in range(4))
    return Team(owner=owner, lead=lead, expert=expert, planner=planner)


_NAMES: Final = (
    "Zuzanna Wielgosz",
    "Tevita Fonoti",
    "Ngozi Okwuosa",
    "Mahtab Farrokhzad",
    "Leandro Quintanilha",
    "Sigrún Eldjárn",
    "Bayarmaa Ganbold",
    "Fatoumata Sangaré",
    "Ülo Raudsepp",
    "Anahit Petrosyan",
    "Kerstin Åhlander",
)


def person(
    account: str,
    slug: str,
    title: str,
    level: ContactLevel | None,
    *roles: BuyingRole,
    owner: str,
    department: str = "Operations",
    stance: Stance | None = Stance.NEUTRAL,
    created: int = -600,
) -> PortfolioContact:
    """Return a person of the customer's, of whom everything is recorded."""
    return PortfolioContact(
        slug=slug,
        name=_NAMES[sum(map(ord, account + slug)) % len(_NAMES)],
        title=title,
        email=f"{slug}@{account}.example",
        owner=owner,
        created_days=created,
        department=department,
        level=level,
        buying_roles=roles,
        stance=stance,
        stance_days=None if stance is None else -60,
        influence="High",
        decision_criteria="Uptime, then price",
    )


def usual_contacts(account: str, owner: str) -> tuple[PortfolioContact, ...]:
    """Return whom we know at a customer: four who decide, of whom `tb` is new, and the executive `ex`."""
    level, role = ContactLevel, BuyingRole
    return (
        person(account, "dm", "Plant manager", level.DIRECTOR, role.DECISION_MAKER, owner=owner),
        person(
            account, "eb", "Head of controlling", level.MANAGER, role.ECONOMIC_BUYER, owner=owner, department="Finance"
        ),
        person(
            account,
            "tb",
            "Lead engineer",
            level.STAFF,
            role.TECHNICAL_BUYER,
            owner=owner,
            department="Engineering",
            created=-100,
        ),
        person(
            account,
            "ch",
            "Purchasing manager",
            level.MANAGER,
            role.CHAMPION,
            owner=owner,
            department="Purchasing",
            stance=Stance.SUPPORTER,
        ),
        person(account, "ex", "Chief operating officer", level.EXECUTIVE, owner=owner),
    )


def done(
    kind: ActivityKind,
    days: int | None,
    owner: str,
    *contacts: str,
    attendees: tuple[str, ...] = (),
    purpose: Purpose | None = None,
    deal: str | None = None,
) -> PortfolioActivity:
    """Return something that happened."""
    return PortfolioActivity(
        kind=kind,
        status=ActivityStatus.DONE,
        days=days,
        owner=owner,
        subject=f"{kind.value} with {', '.join(contacts) or 'the team'}",
        deal=deal,
        contacts=contacts,
        attendees=attendees,
        purpose=purpose,
    )


def planned(
    kind: ActivityKind,
    days: int | None,
    owner: str,
    *contacts: str,
    purpose: Purpose | None = None,
    deal: str | None = None,
) -> PortfolioActivity:
    """Return something still to do."""
    return PortfolioActivity(
        kind=kind,
        status=ActivityStatus.OPEN,
        days=days,
        owner=owner,
        subject=f"Next {kind.value}",
        deal=deal,
        contacts=contacts,
        purpose=purpose,
    )


def usual_activities(
    team: Team,
    *,
    meeting: int | None = -6,
    call: int | None = -9,
    work: int | None = -12,
    internal: int | None = -18,
    visit: int | None = -35,
    review: int | None = -50,
    coming: int | None = 12,
    task: int | None = 8,
) -> tuple[PortfolioActivity, ...]:
    """Return what happens on an account in order, each on its day, without those whose day is None.

    Args:
        team: Who works on it; each of the four does something.
        meeting: The owner and the lead meet `dm`, `eb` and `ex`.
        call: The lead calls `ch` and `tb`.
        work: The expert does something for `tb`.
        internal: The account team meets.
        visit: The owner visits `tb`.
        review: The planner goes over results with `dm`.
        coming: The next meeting, with `dm`.
        task: The planner's next task.
    """
    every = (
        done(MEETING, meeting, team.owner, "dm", "eb", "ex", attendees=(team.lead,)),
        done(CALL, call, team.lead, "ch", "tb"),
        done(TASK, work, team.expert, "tb"),
        done(MEETING, internal, team.planner, attendees=(team.owner,), purpose=Purpose.TEAM_MEETING),
        done(MEETING, visit, team.owner, "tb", purpose=Purpose.ON_SITE_VISIT),
        done(MEETING, review, team.planner, "dm", purpose=Purpose.BUSINESS_REVIEW),
        planned(MEETING, coming, team.owner, "dm"),
        planned(TASK, task, team.planner),
    )
    return tuple(activity for activity in every if activity.days is not None)


def mapped(contact: PortfolioContact, stance: Stance | None) -> PortfolioContact:
    """Return a contact with another stance, or with none."""
    return replace(contact, stance=stance, stance_days=None if stance is None else -60)
