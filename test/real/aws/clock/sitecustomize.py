"""
Moves the clocks of ministack. MOVED_CLOCK_FILE holds two numbers of seconds: by how much time.time() is ahead, and by how much
more it is for the scheduler, whose sleep ends when its own clock says so.
"""

import os
import sys
import time

_time = time.time
_sleep = time.sleep
_file = os.environ["MOVED_CLOCK_FILE"]
_SCHEDULER = "ministack.services.scheduler"
_GRAIN = 0.1


def _now(is_scheduler: bool) -> float:
    with open(_file, encoding="ascii") as file:
        everyone, scheduler = file.read().split()
    return _time() + float(everyone) + (float(scheduler) if is_scheduler else 0)


def _called_by_scheduler() -> bool:
    return sys._getframe(2).f_globals.get("__name__") == _SCHEDULER


def _moved_time() -> float:
    return _now(_called_by_scheduler())


def _moved_sleep(seconds: float) -> None:
    if not _called_by_scheduler():
        _sleep(seconds)
        return
    end = _now(True) + seconds
    while (left := end - _now(True)) > 0:
        _sleep(min(left, _GRAIN))


time.time = _moved_time
time.sleep = _moved_sleep
