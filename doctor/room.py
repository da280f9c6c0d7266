# SPDX-License-Identifier: Apache-2.0
"""One room: a cart, the pages that came with its codes, and what each may say to the other. No I/O, no clock."""

from doctor.errors import Rejected
from doctor.messages import (
    CANDIDATES,
    Admitted,
    Answer,
    Back,
    Candidate,
    CartAnswer,
    CartBack,
    CartCandidate,
    CartDead,
    CartLost,
    CartOffer,
    CartRestart,
    Closed,
    Dead,
    Knock,
    Leave,
    Left,
    Offer,
    PageMessage,
    Refused,
    Restart,
    ToCart,
    Waiting,
)
from doctor.tokens import Signer
from doctor.turn import IceServer
from doctor.wire import FINISHED, REPLACED, Post

PAGES = 8
"""Most pages in a room."""
DOCTORS = 3
"""Most doctors in a call at once: each has a peer connection of its own with the cart."""

REFUSED = "L’équipe auprès du patient n’a pas accepté l’entrée."
ELSEWHERE = "Cette téléconsultation est ouverte dans une autre fenêtre."
FULL = "Trop de personnes attendent déjà dans cette téléconsultation."
MESH = (
    "Trois médecins sont déjà dans cette téléconsultation : c’est le plus qu’un chariot peut réunir. "
    "Pour être plus nombreux, il faut un serveur de conférence."
)


class Page:
    """A page of a room: ``post`` is None while its socket is away."""

    def __init__(self, peer: str, name: str, post: Post) -> None:
        self.peer = peer
        self.name = name
        self.post: Post | None = post
        self.admitted = False
        self._call = -1
        self._candidates = 0

    def count_candidate(self, call: int) -> None:
        """Rejected "candidates" past the cap of one call."""
        if call != self._call:
            self._call, self._candidates = call, 0
        self._candidates += 1
        if self._candidates > CANDIDATES:
            raise Rejected("candidates", f"more than {CANDIDATES} candidates in a call")


class Room:
    """An invitation and who is there. ``used`` counts the codes spent; ``id`` is the cart's word for the invitation."""

    def __init__(self, name: str, signer: Signer) -> None:
        self.name = name
        self.id = ""
        self.link = ""
        self.used = 0
        self._signer = signer
        self._cart: Post | None = None
        self._pages: dict[str, Page] = {}
        self._turned_away: set[str] = set()

    @property
    def code(self) -> str:
        """The code that opens the room now."""
        return self._signer.code(self.name, self.used)

    @property
    def empty(self) -> bool:
        """Whether nobody at all is there."""
        return self._cart is None and all(page.post is None for page in self._pages.values())

    # The cart.

    def take(self, cart: Post) -> None:
        """The cart is here (again): pages are told, and it is told who waits and who is back."""
        self._cart = cart
        for page in self._pages.values():
            if page.post is None:
                continue
            page.post.send(CartBack())
            self._announce(page, retaken=True)

    def lose(self, cart: Post) -> None:
        """The cart's socket is gone."""
        if self._cart is not cart:
            return
        self._cart = None
        for page in self._pages.values():
            if page.post is not None:
                page.post.send(CartLost())

    def admit(self, peer: str, ice: tuple[IceServer, ...]) -> None:
        """Let a page in."""
        page = self._page(peer)
        page.admitted = True
        self._welcome(page, ice)

    def refuse(self, peer: str) -> None:
        """Turn a page away, for good."""
        page = self._page(peer)
        self._turned_away.add(peer)
        del self._pages[peer]
        if page.post is not None:
            page.post.send(Refused("refused", REFUSED))
            page.post.finish(FINISHED)

    @property
    def lived_in(self) -> bool:
        """Whether a doctor who was let in is there: such a room outlives its invitation."""
        return self._inside > 0

    @property
    def _inside(self) -> int:
        """How many doctors who were let in are there."""
        return sum(page.admitted and page.post is not None for page in self._pages.values())

    def from_cart(self, message: CartOffer | CartCandidate | CartRestart, ice: tuple[IceServer, ...] = ()) -> None:
        """Carry a message to an admitted page, an offer with ``ice``; Rejected "no-peer" (the connection goes on) when
        it is away."""
        page = self._page(message.peer)
        if page.post is None or not page.admitted:
            raise Rejected("no-peer", f"peer {message.peer} is not here", close=0)
        match message:
            case CartOffer(call=call, sdp=sdp):
                page.post.send(Offer(call, sdp, ice))
            case CartCandidate(call=call):
                page.post.send(Candidate(call, message.candidate, message.sdpMid, message.sdpMLineIndex))
            case CartRestart():
                page.post.send(Restart())

    def close(self) -> None:
        """The cart closed the room."""
        for page in self._pages.values():
            if page.post is not None:
                page.post.send(Closed())
                page.post.finish(FINISHED)
        self._pages.clear()
        self._cart = None

    # The pages.

    def enter(self, page: Page, ice: tuple[IceServer, ...], *, alive: bool = False) -> None:
        """A page with the right code, or back with its token (``page.admitted`` then says what the token said)."""
        post = page.post
        assert post is not None  # noqa: S101 - a page enters with its socket
        if page.peer in self._turned_away:
            post.send(Refused("refused", REFUSED))
            post.finish(FINISHED)
            return
        old = self._pages.get(page.peer)
        full = FULL if len(self._pages) >= PAGES else ""
        if not page.admitted and self._inside >= DOCTORS:
            full = MESH
        if old is None and full:
            post.send(Refused("full", full))
            post.finish(FINISHED)
            return
        if old is not None:
            page.admitted = page.admitted or old.admitted
            if old.post is not None:
                old.post.send(Refused("replaced", ELSEWHERE))
                old.post.finish(REPLACED)
        self._pages[page.peer] = page
        if page.admitted:
            self._welcome(page, ice)
        else:
            post.send(Waiting(page.peer, self._signer.resume(self.name, page.peer, admitted=False)))
        if self._cart is None:
            post.send(CartLost())
        elif not (alive and page.admitted):
            self._announce(page)

    def from_page(self, page: Page, message: PageMessage) -> None:
        """Carry a page's message to the cart; Rejected "not-admitted" before it is."""
        if isinstance(message, Leave):
            self._pages.pop(page.peer, None)
            self._to_cart(Left(self.name, page.peer, final=True))
            if page.post is not None:
                page.post.finish(FINISHED)
                page.post = None
            return
        if not page.admitted:
            raise Rejected("not-admitted", "wait to be admitted")
        match message:
            case Answer(call=call, sdp=sdp):
                self._to_cart(CartAnswer(self.name, page.peer, call, sdp))
            case Candidate(call=call):
                page.count_candidate(call)
                line, mid, index = message.candidate, message.sdpMid, message.sdpMLineIndex
                self._to_cart(CartCandidate(self.name, page.peer, call, line, mid, index))
            case Dead():
                self._to_cart(CartDead(self.name, page.peer))
            case _:
                raise Rejected("message", "not now")

    def away(self, page: Page, post: Post) -> None:
        """A page's socket is gone; a page that only waited is forgotten."""
        if page.post is not post or self._pages.get(page.peer) is not page:
            return
        page.post = None
        if not page.admitted:
            del self._pages[page.peer]
        self._to_cart(Left(self.name, page.peer, final=False))

    def _page(self, peer: str) -> Page:
        page = self._pages.get(peer)
        if page is None:
            raise Rejected("no-peer", f"no peer {peer}", close=0)
        return page

    def _announce(self, page: Page, *, retaken: bool = False) -> None:
        if page.admitted:
            self._to_cart(Back(self.name, page.peer, page.name, retaken))
        else:
            self._to_cart(Knock(self.name, page.peer, page.name))

    def _welcome(self, page: Page, ice: tuple[IceServer, ...]) -> None:
        if page.post is not None:
            token = self._signer.resume(self.name, page.peer, admitted=True)
            page.post.send(Admitted(page.peer, token, ice))

    def _to_cart(self, message: ToCart) -> None:
        if self._cart is not None:
            self._cart.send(message)
