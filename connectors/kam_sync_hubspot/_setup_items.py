"""How what a policy needs stands in a portal: one item for each group, property and option. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from kam_sync.setup_ports import ItemState, SetupItem
from kam_sync_hubspot._checking import OWNER, Definitions
from kam_sync_hubspot._naming import GROUP, GROUP_LABEL, MARK
from kam_sync_hubspot._object_schema import SINGULAR
from kam_sync_hubspot._requirements import Kind, Requirement
from kam_sync_hubspot._setup_answers import PropertyDefinition, PropertyOption

ACTIVITIES: Final = frozenset({"tasks", "meetings", "calls"})
"""Object types whose properties stand in HubSpot's own group; that these take groups of others is not documented."""
RESTORABLE: Final = (
    "HubSpot keeps it with its values among the archived properties, where it can be restored for 90 days"
)
"""HubSpot, knowledge base, «Archive or restore properties»."""

_OWN_PREFIX: Final = "hs_"
_FIELD_TYPES: Final[Mapping[str, str]] = {
    "textarea": "multi-line text",
    "text": "single-line text",
    "html": "rich text",
    "select": "dropdown",
    "radio": "radio select",
    "checkbox": "multiple checkboxes",
    "booleancheckbox": "checkbox",
}
_YES_NO: Final = (("true", "Yes"), ("false", "No"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An item with what it is about; a group has no requirement, an option is one of its requirement's."""

    shown: SetupItem
    object_type: str
    requirement: Requirement | None = None
    option: str | None = None


def items_of(
    object_type: str, needed: Sequence[Requirement], there: Definitions | None, groups: Collection[str]
) -> Sequence[Item]:
    """Return the items of one object type in the order in which they are made.

    Args:
        object_type: The object type.
        needed: What the policy needs of it.
        there: Its properties; None when the portal has no such object type.
        groups: Its property groups.
    """
    if there is None:
        return [_missing_object(object_type, needed)]
    found = [_property_item(requirement, there.get(requirement.name)) for requirement in needed]
    ours = any(each.shown.state in {ItemState.MISSING, ItemState.OURS} for each in found)
    with_group = object_type not in ACTIVITIES and (ours or GROUP in groups)
    options = [
        item
        for requirement in needed
        if (definition := there.get(requirement.name)) is not None
        for item in _option_items(requirement, definition)
    ]
    group = [_group_item(object_type, needed, exists=GROUP in groups)] if with_group else []
    return [*group, *found, *options]


def item_ids(needed: Sequence[Requirement]) -> Iterator[tuple[str, Item]]:
    """Yield the id of everything that setup may ever make for an object type, with what it is about."""
    for requirement in needed:
        for item in (
            _group_item(requirement.object_type, needed, exists=False),
            _property_item(requirement, None),
            *(_option_item(requirement, option, ItemState.MISSING) for option in requirement.options),
        ):
            yield item.shown.id, item


def is_ours(object_type: str, definition: PropertyDefinition) -> bool:
    """Return whether setup made a property and nobody has taken it over since.

    Its description says so, and it stands in setup's group, of which activities have none.
    """
    return is_marked(definition) and (object_type in ACTIVITIES or definition.group == GROUP)


def is_marked(made: PropertyDefinition | PropertyOption) -> bool:
    """Return whether a description says that setup made it."""
    return made.description.startswith(MARK)


def body_of(requirement: Requirement, group: str) -> Mapping[str, object]:
    """Return the body that creates a property in a group."""
    form = requirement.kind.value
    body: dict[str, object] = {
        "name": requirement.name,
        "label": requirement.label,
        "groupName": group,
        "type": form.type,
        "fieldType": form.field_type,
        "description": f"{MARK}; serves {', '.join(sorted(requirement.serves))}. Whoever changes this text makes it "
        "theirs: setup then leaves it alone.",
    }
    if requirement.kind is Kind.OWNER:
        body |= {"externalOptions": True, "referencedObjectType": OWNER}
    options = options_of(requirement)
    return body | {"options": options} if options else body


def options_of(requirement: Requirement) -> Sequence[Mapping[str, object]]:
    """Return the options that a property is made with."""
    if requirement.kind is Kind.FLAG:
        given: Sequence[tuple[str, str]] = _YES_NO
    elif requirement.kind in {Kind.CHOICE, Kind.CHOICES}:
        values = dict.fromkeys((*requirement.options, *requirement.further))
        given = [(value, _option_label(value)) for value in values]
    else:
        given = ()
    return [option_body(PropertyOption(value=value, label=label), place) for place, (value, label) in enumerate(given)]


def new_option(value: str) -> PropertyOption:
    """Return an option that setup adds to a property which is there; its description says whose it is."""
    return PropertyOption(value=value, label=_option_label(value), description=MARK)


def option_body(option: PropertyOption, place: int) -> Mapping[str, object]:
    """Return an option as HubSpot takes it."""
    return {
        "value": option.value,
        "label": option.label,
        "description": option.description,
        "displayOrder": place,
        "hidden": option.hidden,
    }


def misfit(requirement: Requirement, definition: PropertyDefinition) -> str:
    """Return why a property that is there cannot serve, or nothing."""
    accepts = requirement.kind.value.accepts
    actual = OWNER if definition.holds_owners else definition.type
    if accepts and actual not in accepts:
        wanted = "HubSpot users" if OWNER in accepts else f"{' or '.join(sorted(accepts))} values"
        return f"it holds {'HubSpot users' if actual == OWNER else f'{actual} values'}, not {wanted}"
    if not accepts and actual == OWNER:
        return f"it holds HubSpot users, not a {requirement.kind.value.words}"
    return ""


def _option_label(value: str) -> str:
    return value if any(each.isupper() for each in value) else value.replace("_", " ").capitalize()


def _title(requirement: Requirement, definition: PropertyDefinition | None) -> str:
    """Return what an item is: the property that is there, or the one that setup would make."""
    kind = requirement.kind
    if definition is not None:
        label = f'"{definition.label}" ({definition.name})'
        return f"{kind_of(definition)} property {label} of {requirement.object_type}"
    label = f'"{requirement.label}" ({requirement.name})'
    title = f"{kind.value.words} property {label} of {requirement.object_type}"
    values = [option["value"] for option in options_of(requirement)] if kind in {Kind.CHOICE, Kind.CHOICES} else []
    if values:
        return f"{title}, with {', '.join(map(str, values))}"
    return f"{title}, unique where HubSpot takes that" if kind is Kind.KEY else title


def _property_item(requirement: Requirement, definition: PropertyDefinition | None) -> Item:
    state, remedy = _standing(requirement, definition)
    shown = SetupItem(
        id=f"property {requirement.object_type}.{requirement.name}",
        title=_title(requirement, definition),
        serves=requirement.serves,
        state=state,
        remedy=remedy,
        removal=RESTORABLE if state is ItemState.OURS else "",
    )
    return Item(shown=shown, object_type=requirement.object_type, requirement=requirement)


def _standing(requirement: Requirement, definition: PropertyDefinition | None) -> tuple[ItemState, str]:
    what = f'the property "{requirement.name}" of {requirement.object_type}'
    if definition is None:
        if requirement.name.startswith(_OWN_PREFIX):
            return ItemState.BY_HAND, (
                f"{what} would be HubSpot's own, which no API makes: see whether your subscription has it, or change "
                f"{requirement.place}"
            )
        if requirement.lacks:
            return ItemState.BY_HAND, f"{requirement.lacks}, or make {what} in HubSpot under Settings > Properties"
        return ItemState.MISSING, ""
    wrong = misfit(requirement, definition)
    if wrong:
        return ItemState.DIFFERS, (
            f"{what} is there, but {wrong}: name another property in {requirement.place}, or change this one in HubSpot"
        )
    return (ItemState.OURS if is_ours(requirement.object_type, definition) else ItemState.PRESENT), ""


def kind_of(definition: PropertyDefinition) -> str:
    """Return the kind of a property in the words of HubSpot's own pages."""
    if definition.holds_owners:
        return "HubSpot user"
    if definition.field_type in _FIELD_TYPES:
        return _FIELD_TYPES[definition.field_type]
    return {"bool": "checkbox", "enumeration": "dropdown", "string": "text"}.get(definition.type, definition.type)


def _option_items(requirement: Requirement, definition: PropertyDefinition) -> Iterator[Item]:
    """Yield an item for each option that the policy needs and a property lacks, or that setup added to it."""
    if misfit(requirement, definition) or not definition.choices or definition.holds_owners:
        return
    known = {choice.value.casefold(): choice for choice in definition.choices}
    for option in requirement.options:
        choice = known.get(option.casefold())
        if choice is None:
            by_hand = definition.fixed or definition.calculated
            yield _option_item(requirement, option, ItemState.BY_HAND if by_hand else ItemState.MISSING)
        elif is_marked(choice):
            yield _option_item(requirement, option, ItemState.OURS)


def _option_item(requirement: Requirement, option: str, state: ItemState) -> Item:
    what = f'"{requirement.label}" ({requirement.name}) of {requirement.object_type}'
    remedy = f"HubSpot lets nobody change the options of {what}: correct the values of {requirement.place}"
    removal = "records that hold it are left with a value that is no option any more"
    shown = SetupItem(
        id=f"option {requirement.object_type}.{requirement.name}={option}",
        title=f'option "{option}" of the property {what}',
        serves=requirement.serves,
        state=state,
        remedy=remedy if state is ItemState.BY_HAND else "",
        removal=removal if state is ItemState.OURS else "",
    )
    return Item(shown=shown, object_type=requirement.object_type, requirement=requirement, option=option)


def _group_item(object_type: str, needed: Sequence[Requirement], *, exists: bool) -> Item:
    shown = SetupItem(
        id=f"group {object_type}.{GROUP}",
        title=f'property group "{GROUP_LABEL}" ({GROUP}) of {object_type}',
        serves=frozenset().union(*(requirement.serves for requirement in needed)),
        state=ItemState.OURS if exists else ItemState.MISSING,
        removal="it is removed once no property stands in it" if exists else "",
    )
    return Item(shown=shown, object_type=object_type)


def _missing_object(object_type: str, needed: Sequence[Requirement]) -> Item:
    places = ", ".join(dict.fromkeys(requirement.place.partition(":")[0] for requirement in needed))
    own = object_type in SINGULAR
    shown = SetupItem(
        id=f"object {object_type}",
        title=f"object type {object_type}",
        serves=frozenset().union(*(requirement.serves for requirement in needed)),
        state=ItemState.BY_HAND,
        remedy="this portal does not have it: see whether your subscription does"
        if own
        else "make it in HubSpot under Settings > Data Management > Data Model (Enterprise), or correct the object in "
        f"the policy: {places}",
    )
    return Item(shown=shown, object_type=object_type)
