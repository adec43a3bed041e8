"""Images beside PyTorch's: the same model, noise, sampler and number of evaluations."""

from session import MODELS, Rounds, spread, table

LIMIT = 1e-3


def measure(session):
    options, rounds = session.options, Rounds()
    for model in options.models:
        session.peer_data("sample", session.folder(model), model, options.count)
    for number in range(options.rounds):
        for model in options.models:
            session.say(f"round {number + 1} of {options.rounds}: {model}")
            rounds.add((model, "sfumato"), session.ours(
                "sample", "--recipe", f"{MODELS}/{model}.yaml", "--count", options.count, "--batch", options.count,
                "--sampler", "heun", "--rounds", options.steps))
            for mode in options.modes:
                if session.is_slow(mode) and number >= options.slow_rounds:
                    continue
                times = options.slow_steps if session.is_slow(mode) else options.steps
                found = session.peer("sample", session.folder(model), mode, times)
                session.check(f"{model}, {options.count} images", mode, found["difference"], LIMIT)
                rounds.add((model, mode), found)
    lines, summary = [], []
    for (model, mode), row in rounds.rows.items():
        median, own = rounds.median((model, mode)), rounds.median((model, "sfumato"))
        is_ours = mode == "sfumato"
        summary.append(dict(
            model=model, mode=mode, seconds=median, fastest=min(row["seconds"]), slowest=max(row["seconds"]),
            images_per_second=options.count / median, evaluations=row["evaluations"],
            peak_bytes=row["peak_bytes"], ratio=median / own, difference=row.get("difference")))
        lines.append([
            model, mode if is_ours else f"PyTorch {mode}", spread(row["seconds"]), f"{options.count / median:.1f}",
            str(row["evaluations"]), f"{row['peak_bytes'] / 2**20:.0f} MiB",
            "" if is_ours else f"{row['difference']:.1e}", "" if is_ours else f"**{median / own:.2f}**"])
    session.finish(
        table(["model", "", f"{options.count} images, median (fastest – slowest)", "images/s", "evaluations",
               "memory, peak", "images differ by", "sfumato / this"], lines), summary, rounds.all)
