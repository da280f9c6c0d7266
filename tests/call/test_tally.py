# SPDX-License-Identifier: Apache-2.0
import asyncio
from functools import reduce

import msgspec
import pytest

from call.exposition import text
from call.metrics import Meter
from call.pages import Seen
from call.statistics import Statistics, measure
from call.tally import Attempt, Sample, Tally, fold
from cart.cli import main
from device.pulse import Promptness, looked
from tests.call.test_peer import joined


def sent(pictures, resent=0, octets=None):
    octets = pictures * 1000 if octets is None else octets
    return Statistics(pictures, octets, 1, 1, 900_000, 1280, 720, resent, 0, 0.04, 0.0125, "relay-host tls")


def at(second, pictures=0, *, alive=True, dials=1, born=0.0, stood=1.5, resent=0):
    return Sample(float(second), Attempt(born, dials, stood, alive), sent(pictures, resent))


def tally(*samples):
    return reduce(fold, samples, Tally())


def test_a_line_that_stands_at_once_is_a_success_of_the_first_attempt():
    found = tally(at(1, alive=False, stood=None), at(2, 10), at(3, 40))
    assert (found.doctors, found.reached, found.at_once, found.dials, found.drops) == (1, 1, 1, 1, 0)
    assert found.setup == found.slowest == 1.5
    assert (found.frame_rate, found.bitrate) == (30, 240_000)


def test_a_line_that_stands_with_the_third_dial_is_none_of_the_first_attempt():
    found = tally(at(1, alive=False, stood=None), at(9, alive=False, stood=None, dials=3), at(10, dials=3, stood=9.5))
    assert (found.reached, found.at_once, found.dials, found.setup) == (1, 0, 3, 9.5)


def test_a_second_doctor_is_counted_anew():
    found = tally(at(2), Sample(3.0), at(11, born=10.0, stood=10.5))
    assert (found.doctors, found.reached, found.at_once, found.setup, found.slowest) == (2, 2, 2, 2.0, 1.5)


def test_a_cut_is_counted_once_with_its_length_and_a_hang_up_never():
    found = tally(
        at(1, 1), at(2, 9, alive=False), at(3, 9, alive=False), at(6, 9, alive=False, dials=2), at(7, 20, dials=2)
    )
    assert (found.drops, found.cut, found.longest_cut) == (1, 5.0, 5.0)
    assert tally(at(1, 1), at(2, 30), Sample(3.0), Sample(9.0)).drops == 0


def test_a_freeze_is_a_second_without_a_picture_and_counted_once():
    found = tally(at(1, 30), at(2, 60), at(3, 60), at(4, 60), at(5, 90), at(6, 90))
    assert (found.freezes, found.frozen, found.longest_freeze) == (2, 3.0, 2.0)


def test_a_still_every_two_seconds_is_no_freeze_each_time():
    samples = [at(second, 30 + second // 2) for second in range(1, 20)]
    assert tally(*samples).freezes > 5
    thin = [
        msgspec.structs.replace(one, statistics=msgspec.structs.replace(one.statistics, stills=True)) for one in samples
    ]
    assert tally(*thin).freezes == 0


def test_a_dead_line_is_a_cut_and_no_freeze():
    assert tally(at(1, 30), at(2, 30, alive=False), at(3, 30, alive=False)).freezes == 0


def test_counters_go_on_over_connections_and_over_a_video_that_begins_again():
    found = tally(at(1, 30, resent=5), at(2, 60, resent=7), at(3, 70, dials=2, resent=6), at(4, 4, dials=2, resent=8))
    assert found.totals["pictures"] == 74
    assert found.totals["resent"] == 7 + 8


def test_the_text_is_prometheus_and_says_what_is_present_only_while_it_is():
    lines = text(tally(at(1, 30), at(2, 60))).splitlines()
    metrics = [line for line in lines if not line.startswith("#")]
    assert len(lines) == 3 * len(metrics)
    assert "chevet_call_pictures_per_second 30.0" in metrics
    assert 'chevet_call_route_info{local="relay",remote="host",transport="tls"} 1' in metrics
    names = [line.split()[0].split("{")[0] for line in metrics]
    assert len(set(names)) == len(names)
    for name in names:
        assert sum(line.startswith((f"# HELP {name} ", f"# TYPE {name} ")) for line in lines) == 2
    after = text(tally(at(1, 30), Sample(2.0)))
    assert "chevet_call_up 0" in after
    assert "round_trip" not in after


async def written(file, samples, promptness=lambda: None):
    """Write the metrics of these samples."""
    coming = iter(samples)
    done = asyncio.Event()

    async def sample():
        one = next(coming, None)
        if one is None:
            done.set()
            await asyncio.Event().wait()
        return (one,)

    meter = Meter(sample, file, promptness)
    task = asyncio.create_task(meter.run())
    async with asyncio.timeout(5):
        await done.wait()
    task.cancel()
    return meter


async def test_the_file_is_replaced_whole_and_a_full_disk_is_logged(tmp_path, caplog, monkeypatch):
    monkeypatch.setattr("call.metrics.LOOK", 0)
    file = tmp_path / "metrics.prom"
    meter = await written(file, [at(1, 30), at(5, 150), at(16, 300)])
    assert file.read_text() == text(meter.tally)
    assert [one.name for one in tmp_path.iterdir()] == ["metrics.prom"]
    await written(tmp_path / "absent" / "metrics.prom", [at(1, 30)])
    assert "CAL-41" in caplog.text


async def test_the_technician_reads_it_in_french(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("call.metrics.LOOK", 0)
    page = Seen(16.0, 480, 1.2, 2, 3.4, 1.2, 1, 6.5, 6.5, 29.6)
    held = msgspec.structs.replace(sent(510), queues={"association-bytes": 4096, "received-frames": 3})
    told = msgspec.structs.replace(at(17, 510), page=page, statistics=held)
    prompt = reduce(looked, [0.001] * 98 + [0.02, 3.2], Promptness())
    await written(tmp_path / "metrics.prom", [at(1, 30), told], lambda: prompt)
    assert await asyncio.to_thread(main, ["call", "--runtime", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    for part in ("médecin en ligne", "100 %", "1,5 s en moyenne", "1280 × 720, 30 par seconde", "40 ms", "1,2 %"):
        assert part in said
    assert "par un relais → direct, TLS" in said
    for part in (
        "1,2 s en moyenne après",
        "480",
        "2, 3,4 s en tout, 1,2 s au plus",
        "1, 6,5 s en tout",
        "30 images par",
    ):
        assert part in said
    assert "messages (octets) 4096, images et sons du médecin 3" in said
    assert "99 % du temps, moins de 25 ms de retard" in said
    assert "1, 3,2 s au plus" in said


async def test_a_doctor_whom_no_dial_reached_counts_against_the_first_attempt(tmp_path, capsys, monkeypatch):
    """Of three admitted one had a line at once, one with the second dial, one never."""
    monkeypatch.setattr("call.metrics.LOOK", 0)
    late = at(21, alive=True, dials=2, born=12.0, stood=20.0)
    never = at(41, alive=False, dials=4, born=22.0, stood=None)
    await written(tmp_path / "metrics.prom", [at(2, 30), Sample(11.0), late, Sample(22.0), never])
    assert await asyncio.to_thread(main, ["call", "--runtime", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "3, 2 avec une liaison établie" in said
    assert "1 sur 3, 33 %" in said


@pytest.mark.parametrize("words", [None, "chevet_call_up one\n"])
def test_nothing_or_nonsense_to_read_is_said(tmp_path, capsys, words):
    if words is not None:
        (tmp_path / "metrics.prom").write_text(words)
    assert main(["call", "--runtime", str(tmp_path)]) == 1
    assert "CAL-41" in capsys.readouterr().err


async def test_the_pair_of_candidates_of_a_real_connection_is_told():
    async with joined() as (peer, doctor, video, *_):
        await doctor.until(lambda: doctor.pictures >= 2)
        found = await measure(peer, video)
        assert found.route in {"host-host udp", "host-prflx udp"}
        assert found.pictures >= 2
