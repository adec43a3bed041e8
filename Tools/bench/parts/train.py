"""Training steps beside PyTorch's."""

from session import MODELS, Rounds, spread, table

CHECKED_STEPS = 5
LIMIT = 1e-3


def measure(session):
    options, rounds = session.options, Rounds()
    for model in options.models:
        session.peer_data("train", session.folder(model), model, CHECKED_STEPS)
    for number in range(options.rounds):
        for model in options.models:
            session.say(f"round {number + 1} of {options.rounds}: {model}")
            for backend in options.backends:
                rounds.add((model, f"sfumato {backend}"), session.ours(
                    "train", "--recipe", f"{MODELS}/{model}.yaml", "--steps", options.steps, backend=backend))
            for mode in options.modes:
                if session.is_slow(mode) and number >= options.slow_rounds:
                    continue
                steps = options.slow_steps if session.is_slow(mode) else options.steps
                found = session.peer("train", session.folder(model), mode, steps)
                session.check(f"{model}, losses of {CHECKED_STEPS} steps", mode, found["difference"], LIMIT)
                rounds.add((model, mode), found)
    lines, summary = [], []
    for (model, mode), row in rounds.rows.items():
        is_ours = mode.startswith("sfumato")
        median, owns = rounds.median((model, mode)), [rounds.median((model, f"sfumato {each}")) for each in options.backends]
        batch = rounds.rows[model, f"sfumato {options.backends[0]}"]["batch"]
        entry = dict(
            model=model, mode=mode, seconds=median, fastest=min(row["seconds"]), slowest=max(row["seconds"]),
            images_per_second=batch / median, peak_bytes=row["peak_bytes"], ratios=[] if is_ours else [median / own for own in owns],
            difference=row.get("difference"))
        summary.append(entry)
        lines.append([
            model, mode if is_ours else f"PyTorch {mode}", spread(row["seconds"]), f"{batch / median:.1f}",
            f"{row['peak_bytes'] / 2**20:.0f} MiB", "" if is_ours else f"{row['difference']:.1e}",
            *("" if is_ours else f"**{median / own:.2f}**" for own in owns)])
    session.finish(
        table(["model", "", "step, median (fastest – slowest)", "images/s", "memory, peak", "losses differ by",
               *(f"sfumato {each} / this" for each in options.backends)], lines), summary, rounds.all)
