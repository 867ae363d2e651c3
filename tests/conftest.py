"""What holds for every test."""

import signal


def pytest_configure() -> None:
    """Let Ctrl-C reach the programs that tests start, also where the tests were started in the background.

    A shell has those ignore it, and they hand that on.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
