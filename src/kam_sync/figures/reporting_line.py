"""Who reports to whom at the customer's, and so by whom one gets to somebody higher up."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from kam_sync.records import Contact


def managers_above(contact: Contact, contacts: Sequence[Contact]) -> tuple[Contact, ...]:
    """Return the managers of a contact, the next one first.

    The line ends where nobody is named, where the one named is not among `contacts`, or before it comes back to
    somebody who is in it already (people record circles).
    """
    return _line(contact, {other.id: other for other in contacts})[1:]


def route_to(target: Contact, contacts: Sequence[Contact], known_ids: Collection[str]) -> tuple[Contact, ...]:
    """Return the shortest line of managers from somebody we know up to a contact, both included.

    Args:
        target: Whom we want to reach.
        contacts: The customer's people.
        known_ids: Ids of the contacts with whom we are in touch.

    Returns:
        The way, whom we know first and `target` last; empty when no line leads there. Of ways of the same length it is
        the one whose first contact has the lower id.
    """
    by_id = {contact.id: contact for contact in contacts}
    ways: list[tuple[Contact, ...]] = []
    for contact in contacts:
        line = _line(contact, by_id) if contact.id in known_ids and contact.id != target.id else ()
        ids = [one.id for one in line]
        if target.id in ids:
            ways.append(line[: ids.index(target.id) + 1])
    return min(ways, key=lambda way: (len(way), way[0].id), default=())


def highest_route(contacts: Sequence[Contact], known_ids: Collection[str]) -> tuple[Contact, ...]:
    """Return the line of managers that leads highest from somebody we know, that contact included and first.

    Returns:
        The way; empty when we know nobody who has a manager among `contacts`. Of ways of the same length it is the one
        whose first contact has the lower id.
    """
    by_id = {contact.id: contact for contact in contacts}
    lines = [_line(contact, by_id) for contact in contacts if contact.id in known_ids]
    return min((line for line in lines if len(line) > 1), key=lambda line: (-len(line), line[0].id), default=())


def _line(contact: Contact, by_id: Mapping[str, Contact]) -> tuple[Contact, ...]:
    """Return a contact and the managers above, each once."""
    line = {contact.id: contact}
    manager = by_id.get(contact.reports_to_id or "")
    while manager is not None and manager.id not in line:
        line[manager.id] = manager
        manager = by_id.get(manager.reports_to_id or "")
    return tuple(line.values())
