"""Whatever is in a recording's folder: sound samples or a sentence, and what is refused stays as it was."""

from tests.fuzz.harness import check, short_runs
from tests.fuzz.targets_recording import TARGETS, every_file_spoilt_in_every_way

test_hostile_input = short_runs(TARGETS)


def test_each_file_may_be_missing_a_link_a_pipe_a_folder_or_another_file():
    (folder,) = [target for target in TARGETS if target.name == "recording-folder"]
    for data in every_file_spoilt_in_every_way():
        check(folder, data)
