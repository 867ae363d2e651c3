"""What tuning takes: examples, tokens, memory and hours of accelerators."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tunewise.costs.demand import millions
from tunewise.costs.measures import MILLION, MONTHS_A_YEAR, SECONDS_AN_HOUR, by_name
from tunewise.costs.ranges import Q

if TYPE_CHECKING:
    from tunewise.costs.quantities import Quantities

TERA_OVER_GIGA = 1000


def missing_examples(q: Quantities[Q]) -> Q:
    """Examples still to be labelled; the assumed share where it is unknown how many are at hand."""
    needed = q["examples_needed"]

    def beyond() -> Q:
        return needed.beyond(q["training_examples"])

    return q.stated(
        "training_examples",
        lambda: q.where("labelling", "impossible", lambda: q.of(0), beyond),
        lambda: needed * q["missing_share"],
    )


def training_mtok(q: Quantities[Q]) -> Q:
    """Million tokens to train on: examples x tokens of each x epochs (as providers bill them)."""
    examples = q.stated(
        "training_examples",
        lambda: q["training_examples"] + q["missing_examples"],
        lambda: q["examples_needed"],
    )
    return millions(q, examples * q["example_tokens"] * q["epochs"])


def training_tokens_per_second(q: Quantities[Q]) -> Q:
    """Tokens a second that one card trains on: peak x utilisation / (operations per token).

    A token takes 2 operations for each parameter forward and 4 backward, half of these for the gradients of
    the weights (6 N D: Kaplan et al. 2020, 2.1; utilisation: Chowdhery et al. 2022, appendix B). Where the
    base is frozen its gradients fall away, which leaves 4; activations computed anew add 2.
    """
    peak = q["training_card_tflops"] * q["training_utilisation"] * q.of(TERA_OVER_GIGA)
    return peak.over(q["training_flop_per_parameter"] * q["parameters_billion"])


def training_gpu_hours(q: Quantities[Q]) -> Q:
    """Card-hours of training: tokens / (tokens a second x 3,600) x what is paid for beside the arithmetic."""
    an_hour = q["training_tokens_per_second"] * q.of(SECONDS_AN_HOUR)
    return (q["training_mtok"] * q.of(MILLION)).over(an_hour) * q["training_overhead"]


def training_memory_gb(q: Quantities[Q]) -> Q:
    """GB of accelerator memory for training: parameters x bytes each + what works on them.

    Full tuning with Adam in mixed precision holds 16 bytes for each parameter: weights 2, gradients 2, a
    copy of the weights 4, moments 8 (Rajbhandari et al. 2020, 3.1); a frozen base 2, or about half a byte in
    4 bits (Dettmers et al. 2023). The working memory is what document B's table leaves for 8 billion parameters.
    """
    return q["parameters_billion"] * q["training_bytes_per_parameter"] + q["training_working_gb"]


def training_cards(q: Quantities[Q]) -> Q:
    """Cards over which the training is spread so that it fits: its memory / that of one, rounded up."""
    return q["training_memory_gb"].over(q["training_card_memory_gb"]).rounded_up()


def training_memory_there(q: Quantities[Q]) -> Q:
    """GB that training may fill: the own cards', or those of one machine that is rented.

    A tuning service brings what it takes.
    """
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


def tuning_build_years(q: Quantities[Q]) -> Q:
    """Years for which specialists build the tuned model; afterwards they are in the running costs."""
    return q["tuning_build_months"].over(q.of(MONTHS_A_YEAR))


def prompting_build_years(q: Quantities[Q]) -> Q:
    """Years for which domain experts write the prompts; afterwards they are in the running costs."""
    return q["prompting_build_months"].over(q.of(MONTHS_A_YEAR))


TRAINING = by_name(
    {
        "examples": (missing_examples,),
        "million tokens": (training_mtok,),
        "tokens a card a second": (training_tokens_per_second,),
        "card-hours": (training_gpu_hours,),
        "GB": (training_memory_gb, training_memory_there),
        "cards": (training_cards,),
        "years": (tuning_build_years, prompting_build_years),
    }
)
