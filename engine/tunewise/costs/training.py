"""What tuning takes: examples, tokens, memory and hours of accelerators."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tunewise.costs.measures import (
    MILLION,
    SECONDS_AN_HOUR,
    TERA_OVER_GIGA,
    Formula,
    millions,
)

if TYPE_CHECKING:
    from tunewise.costs.quantities import Quantities
    from tunewise.costs.ranges import Range


def _missing_examples(q: Quantities) -> Range:
    """The assumed share counts where it is unknown how many are at hand."""
    needed = q["examples_needed"]

    def beyond() -> Range:
        return needed.beyond(q["training_examples"])

    return q.stated(
        "training_examples",
        lambda: q.where("labelling", "impossible", lambda: q.of(0), beyond),
        lambda: needed * q["missing_share"],
    )


def _training_mtok(q: Quantities) -> Range:
    examples = q.stated(
        "training_examples",
        lambda: (
            q["training_examples"].at_most(q["examples_trained_at_most"]) + q["missing_examples"]
        ),
        lambda: q["examples_needed"],
    )
    return millions(q, examples * q["example_tokens"] * q["epochs"])


def _training_tokens_per_second(q: Quantities) -> Range:
    """A token takes 2 operations for each parameter forward and 4 backward, half of these for the weights' gradients.

    Where the base is frozen these fall away, which leaves 4; activations computed anew add 2.
    """
    peak = q["training_card_tflops"] * q["training_utilisation"] * q.of(TERA_OVER_GIGA)
    return peak.over(q["training_flop_per_parameter"] * q["parameters_billion"])


def _training_gpu_hours(q: Quantities) -> Range:
    an_hour = q["training_tokens_per_second"] * q.of(SECONDS_AN_HOUR)
    return (q["training_mtok"] * q.of(MILLION)).over(an_hour) * q["training_overhead"]


def _training_memory_gb(q: Quantities) -> Range:
    """Full tuning with Adam in mixed precision holds 16 bytes for each parameter, a frozen base 2 or half of one.

    The working memory is what document B's table leaves for 8 billion parameters.
    """
    return q["parameters_billion"] * q["training_bytes_per_parameter"] + q["training_working_gb"]


def _training_memory_there(q: Quantities) -> Range:
    """A tuning service brings what it takes."""
    return q.where(
        "hosting",
        "self_hosted",
        lambda: q.held(
            "gpu_memory_gb",
            lambda: q["gpu_memory_gb"],
            lambda: q["cards_per_machine"] * q["training_card_memory_gb"],
        ),
        lambda: q["training_memory_gb"],
    )


TRAINING = (
    Formula(
        "missing_examples",
        "examples",
        "examples still to be labelled: those needed beyond those at hand, none where labelling is impossible",
        _missing_examples,
        ("C81", "B61"),
    ),
    Formula(
        "training_mtok",
        "million tokens",
        "tokens to train on: examples x tokens of each x epochs, as providers bill them",
        _training_mtok,
        ("AZURE_TUNING.1", "TOGETHER_TUNING.1"),
    ),
    Formula(
        "training_tokens_per_second",
        "tokens a card a second",
        "pace at which one card trains: peak arithmetic x utilisation / operations for each token",
        _training_tokens_per_second,
        ("SCALING_LAWS.1", "PALM.1"),
    ),
    Formula(
        "training_gpu_hours",
        "card-hours",
        "tokens / tokens an hour x what is paid for beside the arithmetic",
        _training_gpu_hours,
        ("SCALING_LAWS.1",),
    ),
    Formula(
        "training_memory_gb",
        "GB",
        "memory for training: parameters x bytes each + what works on them",
        _training_memory_gb,
        ("ZERO.1", "QLORA.1"),
    ),
    Formula(
        "training_cards",
        "cards",
        "cards over which the training is spread: its memory / that of one, rounded up",
        lambda q: q["training_memory_gb"].over(q["training_card_memory_gb"]).rounded_up(),
    ),
    Formula(
        "training_memory_there",
        "GB",
        "memory that training may fill: the own cards', or that of one machine that is rented",
        _training_memory_there,
    ),
)
