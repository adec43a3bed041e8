"""Seconds from the start of the process to the end of the first training step."""

import shutil

from session import MODELS, Rounds, spread, table


def measure(session):
    options, rounds = session.options, Rounds()
    for model in options.models:
        session.peer_data("train", session.folder(model), model, 1)
    cache = session.folder("cache")

    def ours(model):
        found = session.ours(
            "train", "--recipe", f"{MODELS}/{model}.yaml", "--steps", 1, environment=dict(SFUMATO_CACHE=cache))
        return dict(seconds=[found["start_to_first_step"]])

    for number in range(options.rounds):
        for model in options.models:
            session.say(f"round {number + 1} of {options.rounds}: {model}")
            shutil.rmtree(cache, ignore_errors=True)
            rounds.add((model, "sfumato, nothing in the cache"), ours(model))
            rounds.add((model, "sfumato, a second time"), ours(model))
            for mode in options.modes:
                if session.is_slow(mode) and number >= options.slow_rounds:
                    continue
                found = session.peer("train", session.folder(model), mode, 0)
                rounds.add((model, f"PyTorch {mode}"), dict(seconds=[found["start_to_first_step"]]))
    lines, summary = [], []
    for (model, name), row in rounds.rows.items():
        median, own = rounds.median((model, name)), rounds.median((model, "sfumato, a second time"))
        summary.append(dict(
            model=model, mode=name, seconds=median, fastest=min(row["seconds"]), slowest=max(row["seconds"]),
            ratio=median / own))
        lines.append([model, name, spread(row["seconds"]), f"{median / own:.1f}"])
    session.finish(
        table(["model", "", "process start to first step, median (fastest – slowest)", "of a second start"], lines),
        summary, rounds.all)
