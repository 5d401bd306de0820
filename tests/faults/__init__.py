"""Real faults on real processes: who records and who counts is killed, frozen, cut off; then everything is reckoned up.

`plan` draws by a seed what is sent and what goes wrong, `storm` lets both happen, `reckoning` compares what was
acknowledged with what is booked. `python -m tests.faults` is the long form; the tests beside it are the short one.
"""
