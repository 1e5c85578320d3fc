"""Twenty kills (-9), and each time a rerun ends with the bytes of an undisturbed run."""

import random
import subprocess
import sys

import pytest
from killing import Engine, Life, Target, moments

from gliofront.cli.main import exit_code
from gliofront.workflow.lock import is_leftover
from gliofront.workflow.records import record_ids
from gliofront.workflow.verification import FileState, verify
from small_study import outputs

pytestmark = pytest.mark.slow

# A worker's loss is no end of its run; those of the other two are.
LOCAL, REMOTE = (Target.MAIN, Target.WORKER), tuple(Target)
LIVES = {
    "own workers, 1": (*LOCAL, *LOCAL),
    "a cluster, 1": (Target.SCHEDULER, Target.WORKER, Target.SCHEDULER, Target.MAIN),
    "own workers, 2": (Target.WORKER, Target.MAIN, Target.MAIN, Target.WORKER),
    "a cluster, 2": (Target.WORKER, Target.MAIN, Target.SCHEDULER, Target.SCHEDULER),
    "own workers, 3": (Target.MAIN, Target.MAIN, Target.WORKER, Target.MAIN),
}


@pytest.fixture(scope="module")
def study(small, tmp_path_factory):
    """Return four patients, one of them external."""
    bids = tmp_path_factory.mktemp("four") / "bids"
    # The second and the last of the six do not progress.
    chosen = [small.patients[place] for place in (0, 2, 3, 4)]
    return small.copy(bids, chosen).with_external(small.patients[2])


@pytest.fixture(scope="module")
def undisturbed(study, tmp_path_factory):
    out = tmp_path_factory.mktemp("undisturbed") / "out"
    subprocess.run(study.command(out, "--workers", "2", "--quiet"), check=True, capture_output=True)
    return out


@pytest.fixture
def engine(request, tmp_path):
    if not request.param:
        yield None
        return
    engine = Engine(tmp_path)
    yield engine
    engine.stop()


@pytest.mark.parametrize(
    ("seed", "targets", "engine"),
    [(n, targets, "cluster" in name) for n, (name, targets) in enumerate(LIVES.items())],
    ids=LIVES.keys(),
    indirect=["engine"],
)
def test_after_every_kill_a_rerun_ends_as_if_nothing_had_been(
    seed, targets, engine, study, undisturbed, tmp_path, capsys
):
    rng = random.Random(seed)
    out = tmp_path / "out"
    life = Life(study, out, engine, seed)
    story = life.live(moments(rng, targets, len(record_ids(undisturbed))))
    with capsys.disabled():
        sys.stdout.write("\n".join(["", f"{story.kills} kills:", *story.lines, ""]))
    assert story.wrong == []
    assert story.kills == len(targets)
    expected, found = outputs(undisturbed), outputs(out)
    assert found.keys() == expected.keys()
    assert {name for name in expected if found[name] != expected[name]} == set()
    assert record_ids(out) == record_ids(undisturbed)
    assert {file.state for file in verify(out)} == {FileState.COMPLETE}
    assert [path for path in out.rglob("*") if is_leftover(path)] == []
    assert exit_code(["verify", str(out)]) == 0
