# SPDX-License-Identifier: Apache-2.0
"""What we offer is what RFC 9725 §4.4 wants; what a server describes is taken in measure."""

import random

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription

from call.messages import CANDIDATES
from call.relays import Choice
from call.video import OutgoingVideo
from call.voice import OutgoingVoice
from call.whip import Publication
from call.wish_peer import WishPeer
from call.wish_sdp import fragment, taken, trickles
from device.errors import CallError
from tests.call.stubs import MovingPictures, Snapshots, ToneMicrophone

SESSION = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"
AUDIO = "m=audio 9 UDP/TLS/RTP/SAVPF 96\r\n"
VIDEO = "m=video 9 UDP/TLS/RTP/SAVPF 97\r\n"


def publication() -> Publication:
    views = Snapshots()
    return Publication(OutgoingVideo(MovingPictures(), views), OutgoingVoice(ToneMicrophone(), views))


@pytest.fixture
async def peer():
    one = WishPeer(publication(), Choice())
    yield one
    await one.close()


async def test_one_voice_and_one_picture_are_offered_to_be_sent_only_in_one_bundle_and_one_stream(peer):
    head, audio, video = (await peer.offer()).split("m=")
    assert "a=ice-options:trickle\r\n" in head
    assert "a=group:BUNDLE 0 1" in head
    assert audio.startswith("audio ")
    assert video.startswith("video ")
    assert "0" not in {section.split()[1] for section in (audio, video)}
    streams = set()
    for section in (audio, video):
        assert "a=sendonly\r\n" in section
        assert "a=rtcp-mux\r\n" in section
        assert "a=rtcp-mux-only\r\n" in section
        assert "a=setup:actpass\r\n" in section
        assert "a=end-of-candidates" not in section
        streams.add(section.split("a=msid:")[1].split()[0])
    assert len(streams) == 1
    assert "a=bundle-only" not in audio
    assert "a=bundle-only\r\n" in video
    assert audio.count("a=candidate:") >= 1
    assert "opus/48000" in audio
    assert "PCMU" not in audio
    assert video.index("H264") < video.index("VP8")


async def test_the_fragment_is_of_the_first_section_and_ends(peer):
    sdp = await peer.offer()
    lines = fragment(sdp, ["1 1 udp 5 192.0.2.1 9 typ relay raddr 0.0.0.0 rport 9"]).splitlines()
    assert lines[0] == "a=group:BUNDLE 0 1"
    assert lines[1].startswith("m=audio ")
    assert lines[2] == "a=mid:0"
    assert lines[3] in sdp
    assert lines[3].startswith("a=ice-ufrag:")
    assert lines[4].startswith("a=ice-pwd:")
    assert lines[5:] == ["a=candidate:1 1 udp 5 192.0.2.1 9 typ relay raddr 0.0.0.0 rport 9", "a=end-of-candidates"]


@pytest.mark.parametrize(
    "sdp",
    [
        "",
        "hello",
        SESSION,
        "<html>m=audio 9</html>",
        SESSION + AUDIO + AUDIO,
        SESSION + VIDEO + AUDIO + VIDEO,
        SESSION + AUDIO + "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n",
    ],
)
def test_what_is_no_description_of_one_voice_and_one_picture_is_refused(sdp):
    with pytest.raises(CallError) as error:
        taken(sdp)
    assert error.value.code == "CAL-53"


def test_candidates_are_taken_in_measure():
    candidates = "".join(f"a=candidate:{n} 1 udp 1 192.0.2.1 {n} typ host\r\n" for n in range(1, 1001))
    told = taken(SESSION + AUDIO + candidates + "a=mid:0\r\n")
    assert told.count("a=candidate:") == CANDIDATES
    assert told.endswith("a=mid:0\r\n")


def test_a_server_says_whether_it_takes_candidates_later():
    assert trickles(SESSION + "a=ice-options:ice2 trickle\r\n" + AUDIO)
    assert not trickles(SESSION + "a=ice-options:ice2\r\n" + AUDIO)


async def answered(sdp: str) -> str:
    """What an aiortc of its own answers."""
    other = RTCPeerConnection(RTCConfiguration([]))
    try:
        await other.setRemoteDescription(RTCSessionDescription(sdp, "offer"))
        await other.setLocalDescription(await other.createAnswer())
        return other.localDescription.sdp
    finally:
        await other.close()


async def test_no_mutilated_answer_does_more_than_be_refused(peer):
    offer = await peer.offer()
    whole = await answered(offer)
    rng, refused = random.Random(7), []  # noqa: S311 - a fuzzer with a seed
    for _ in range(150):
        one = WishPeer(publication(), Choice())
        try:
            await one.offer()
            await one.answered(mutilated(whole, rng))
        except CallError as error:
            refused.append(error.code)
        finally:
            await one.close()
    assert len(refused) > 40
    assert set(refused) <= {"CAL-53", "CAL-55"}


def mutilated(sdp: str, rng: random.Random) -> str:
    lines = sdp.splitlines()
    for _ in range(rng.randint(1, 4)):
        place = rng.randrange(len(lines))
        match rng.randrange(5):
            case 0:
                del lines[place]
            case 1:
                lines[place] = lines[place][: rng.randrange(len(lines[place]) + 1)]
            case 2:
                lines.insert(place, lines[rng.randrange(len(lines))])
            case 3:
                lines[place] = lines[place][:2] + "".join(chr(rng.randrange(32, 0x3FF)) for _ in range(20))
            case _:
                lines[place] = "".join(c if not c.isdigit() else rng.choice("0123456789-") for c in lines[place])
        if not lines:
            return ""
    return "\r\n".join(lines) + "\r\n"


async def test_a_thin_link_to_the_server_gets_a_voice_that_takes_less(peer):
    class Thin:
        target = 50_000

        def stop(self) -> None:
            pass

    end = peer._end
    (voice,) = end._sounds._tracks
    end.follow()
    assert not voice.thin
    end._picture = Thin()
    end.follow()
    assert voice.thin
