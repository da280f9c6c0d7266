# SPDX-License-Identifier: Apache-2.0
"""Every room of this server: opening, taking again, joining by code or token. Memory only, and none of it is needed."""

import secrets
import time
from collections.abc import Callable

from doctor.errors import Rejected, TokenError
from doctor.limits import Attempts
from doctor.messages import (
    Admit,
    AskRelays,
    CartCandidate,
    CartMessage,
    CartOffer,
    CartRestart,
    Invite,
    Invited,
    Join,
    Ping,
    Pong,
    Refuse,
    Relays,
    Welcome,
    Withdraw,
)
from doctor.room import Page, Room
from doctor.tokens import Invitation, Signer, same_code
from doctor.turn import IceServer, Relay, ice_servers
from doctor.wire import REPLACED, Post

ROOMS = 8
"""Most rooms open for one cart."""
GRACE = 12 * 3600
"""Seconds after the end of an invitation in which those who are in stay and may come back: no code opens it any more,
but a teleconsultation that goes on is not ended by a clock."""

WRONG = "Ce code n’est pas le bon. Demandez-le à l’équipe auprès du patient."
MANY = "Trop d’essais. Attendez une minute, puis demandez un nouveau code à l’équipe auprès du patient."
EXPIRED = "Cette invitation n’est plus valable. Demandez un nouveau lien à l’équipe auprès du patient."


class Denied(Exception):  # noqa: N818 - an answer to a doctor, not a fault
    """A join that is refused; ``code`` and the French ``line`` go to the page."""

    def __init__(self, code: str, line: str) -> None:
        super().__init__(code)
        self.code = code
        self.line = line


class Rooms:
    """``seconds`` is how long an invitation lives; ``wall`` and ``monotonic`` are clocks, in seconds."""

    def __init__(
        self,
        signer: Signer,
        relay: Relay | None,
        seconds: int,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._signer = signer
        self._relay = relay
        self._seconds = seconds
        self._wall = wall
        self._monotonic = monotonic
        self._rooms: dict[str, tuple[Room, Invitation]] = {}
        self._withdrawn: dict[str, int] = {}
        self._carts: dict[str, Post] = {}
        self._by_room = Attempts(rate=1 / 30, burst=5)
        self._by_address = Attempts(rate=1 / 10, burst=10)

    # Carts.

    def cart_here(self, cart: str, post: Post) -> None:
        """A cart connected; an older connection of it is closed."""
        old = self._carts.get(cart)
        if old is not None:
            self.cart_gone(cart, old)
            old.finish(REPLACED)
        self._carts[cart] = post
        post.send(Welcome(cart, self.relays(cart)))

    def cart_gone(self, cart: str, post: Post) -> None:
        """A cart's socket is gone; its rooms stay."""
        if self._carts.get(cart) is post:
            del self._carts[cart]
        for room, invitation in self._rooms.values():
            if invitation.cart == cart:
                room.lose(post)

    def from_cart(self, cart: str, post: Post, origin: str, message: CartMessage) -> None:
        """Carry out a cart's message; ``origin`` is what its links begin with. May raise Rejected."""
        match message:
            case Ping(n=n):
                post.send(Pong(n))
            case Invite():
                self._invite(cart, post, origin, message)
            case Withdraw(room=name):
                room, invitation = self._own(cart, name)
                room.close()
                self._withdrawn[name] = invitation.expires
                del self._rooms[name]
            case Admit(room=name, peer=peer):
                self._own(cart, name)[0].admit(peer, self.relays(peer))
            case Refuse(room=name, peer=peer):
                self._own(cart, name)[0].refuse(peer)
            case AskRelays():
                post.send(Relays(self.relays(cart)))
            case CartOffer(room=name, peer=peer):
                self._own(cart, name)[0].from_cart(message, self.relays(peer))
            case CartCandidate(room=name) | CartRestart(room=name):
                self._own(cart, name)[0].from_cart(message)

    def _invite(self, cart: str, post: Post, origin: str, message: Invite) -> None:
        self._sweep()
        name = message.room
        if name is not None:
            self._check_again(cart, name)
        else:
            if sum(invitation.cart == cart for _, invitation in self._rooms.values()) >= ROOMS:
                raise Rejected("rooms", f"more than {ROOMS} rooms")
            name = self._signer.room(cart, int(self._wall()) + self._seconds)
        room, _ = self._room(name)
        room.id, room.link = message.id, f"{origin}/d/{name}"
        self._tell_code(room, post)
        room.take(post)

    def _check_again(self, cart: str, name: str) -> None:
        try:
            owner = self._signer.invitation(name, self._wall() - GRACE).cart
        except TokenError as error:
            raise Rejected("no-room", str(error), close=0) from error
        if owner != cart or name in self._withdrawn:
            raise Rejected("no-room", "a room withdrawn, or of another cart", close=0)

    def _tell_code(self, room: Room, post: Post) -> None:
        _, invitation = self._rooms[room.name]
        ice = self.relays(invitation.cart)
        post.send(Invited(room.id, room.name, room.link, room.code, invitation.expires, ice))

    def _own(self, cart: str, name: str) -> tuple[Room, Invitation]:
        found = self._rooms.get(name)
        if found is None or found[1].cart != cart:
            raise Rejected("no-room", "no such room", close=0)
        return found

    # Pages.

    def join(self, address: str, message: Join, post: Post) -> tuple[Room, Page]:
        """Seat a page; raises Denied. ``address`` only counts wrong codes and is not kept longer than they matter."""
        try:
            room, invitation = self._room(message.room)
            if message.resume is None:
                self._signer.invitation(message.room, self._wall())
        except TokenError as error:
            raise Denied("expired", EXPIRED) from error
        if message.resume is not None:
            page = self._resumed(message.resume, message, post)
            room.enter(page, self.relays(page.peer), alive=message.alive)
            return room, page
        self._check_code(room, address, message.code or "")
        room.used += 1
        page = Page(secrets.token_urlsafe(9), message.name, post)
        room.enter(page, ())
        cart = self._carts.get(invitation.cart)
        if cart is not None and room.id:
            self._tell_code(room, cart)
        return room, page

    def _resumed(self, token: str, message: Join, post: Post) -> Page:
        try:
            resume = self._signer.resumed(token, message.room)
        except TokenError as error:
            raise Denied("expired", EXPIRED) from error
        page = Page(resume.peer, message.name, post)
        page.admitted = resume.admitted
        return page

    def _check_code(self, room: Room, address: str, code: str) -> None:
        now = self._monotonic()
        if not (self._by_room.allowed(room.name, now) and self._by_address.allowed(address, now)):
            raise Denied("too-many", MANY)
        if not same_code(code, room.code):
            self._by_room.failed(room.name, now)
            self._by_address.failed(address, now)
            raise Denied("wrong-code", WRONG)

    def _room(self, name: str) -> tuple[Room, Invitation]:
        invitation = self._signer.invitation(name, self._wall() - GRACE)
        if name in self._withdrawn:
            raise TokenError("expired", "the cart withdrew the invitation")
        return self._rooms.setdefault(name, (Room(name, self._signer), invitation))

    def _sweep(self) -> None:
        now = self._wall()
        for name, (room, invitation) in list(self._rooms.items()):
            if invitation.expires + (GRACE if room.lived_in else 0) <= now:
                room.close()
                del self._rooms[name]
        for name in [name for name, expires in self._withdrawn.items() if expires + GRACE <= now]:
            del self._withdrawn[name]

    def relays(self, peer: str) -> tuple[IceServer, ...]:
        """What ``peer`` (a cart's id or a page's) may use from now on."""
        return ice_servers(self._relay, peer, self._wall())
