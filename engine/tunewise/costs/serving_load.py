"""What a plan asks of whatever serves it: its requests, their room and their peak."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tunewise.costs.kernel import SLACK, Kernel, Mask, Number
from tunewise.costs.throughput import FALLING, RISING, Request, request

if TYPE_CHECKING:
    from tunewise.costs.quantities import Quantities

TARGET, MEMORY = "target_latency_ms", "gpu_memory_gb"
LEAST_BYTES_16BIT = 2
"""From this size of a parameter on, cards compute in 16 bits."""


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """What a plan asks of whatever serves it, as expected, for one case or for many.

    `of` holds what RISING and FALLING name; `pressed` each kind of request, with the copies for each second that one
    takes where nothing slows it. `room_gb` is the memory of the requests that must fit at once, `least` the copies that
    always run. `target` is in milliseconds, `memory` the own cards' in GB, each None where no case states it.
    """

    kernel: Kernel
    of: Mapping[str, Number]
    light: Mask
    pressed: tuple[tuple[Number, Request], ...]
    room_gb: Number
    least: Number
    target: Number
    memory: Number

    def part(self, kernel: Kernel, places: Any, whole: Kernel) -> Asked:
        """Return what some of the cases ask."""
        if places is None:
            return self

        def take(number: Number) -> Number:
            return None if number is None else whole.take(number, places)

        return Asked(
            kernel,
            {name: take(number) for name, number in self.of.items()},
            take(self.light),
            tuple((take(number), asked.each(take)) for number, asked in self.pressed),
            *(take(one) for one in (self.room_gb, self.least, self.target, self.memory)),
        )


def asked_of(q: Quantities) -> Asked:
    """Return what a plan asks of what serves it: the tuned model's requests, on own machines the prompted one's too."""
    kernel, of = q.kernel, {name: q[name].expected for name in (*RISING, *FALLING)}
    own = q.choices["hosting"].has("self_hosted")
    prompted = kernel.where(own, q["prompted_requests"].expected, 0.0)
    numbers = {"tuned_request_input_tokens": q["tuned_requests"].expected}
    if kernel.any(prompted > 0):
        numbers["request_input_tokens"] = prompted
    each = q["replicas_each_second"].expected * (1 - SLACK)
    found, room = [], 0.0  # type: list[tuple[Number, Request]], Number
    for name, number in numbers.items():
        asked = request(kernel, of, q[name].expected)
        found.append((number * asked.slowed * each, asked))
        room = kernel.maximum(room, kernel.where(number > 0, asked.whole_gb, 0.0))
    stated = {name: q.facts.number(name) if name in q.facts else None for name in (TARGET, MEMORY)}
    return Asked(
        kernel,
        of,
        q["bytes_per_parameter"].expected < LEAST_BYTES_16BIT,
        tuple(found),
        room * q["requests_that_must_fit"].expected,
        q["minimum_replicas"].expected,
        stated[TARGET],
        stated[MEMORY],
    )
