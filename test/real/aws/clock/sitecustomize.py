"""
Moves the clocks of ministack. MOVED_CLOCK_FILE holds two numbers of seconds: by how much time.time() is ahead, and by how much
more it is for the scheduler, whose sleep ends when its own clock says so. The date of an answer stays as it is: clients set
their clocks by it, and signatures are judged by datetime.now(), which is not moved.
"""

import os
import sys
import time

_time = time.time
_sleep = time.sleep
_file = os.environ["MOVED_CLOCK_FILE"]
_SCHEDULER = "ministack.services.scheduler"
_DATES_OF_ANSWERS = ("hypercorn.config", "email.utils")
_GRAIN = 0.1


def _now(is_scheduler: bool) -> float:
    with open(_file, encoding="ascii") as file:
        everyone, scheduler = file.read().split()
    return _time() + float(everyone) + (float(scheduler) if is_scheduler else 0)


def _caller() -> str | None:
    return sys._getframe(2).f_globals.get("__name__")


def _moved_time() -> float:
    caller = _caller()
    return _time() if caller in _DATES_OF_ANSWERS else _now(caller == _SCHEDULER)


def _moved_sleep(seconds: float) -> None:
    if _caller() != _SCHEDULER:
        _sleep(seconds)
        return
    end = _now(True) + seconds
    while (left := end - _now(True)) > 0:
        _sleep(min(left, _GRAIN))


time.time = _moved_time
time.sleep = _moved_sleep
