"""Training speed by batch and by resolution, beside PyTorch's best f32 mode."""

from session import MODELS, Rounds, table

CHECKED_STEPS = 2
LIMIT = 1e-3


def measure(session):
    options, rounds = session.options, Rounds()
    model = options.models[0]
    points = [(batch, 32) for batch in options.batches] + [(32, size) for size in options.sizes if size != 32]
    modes = [mode for mode in options.modes if "bf16" not in mode]
    for batch, size in points:
        session.peer_data(
            "train", session.folder(f"{batch}-{size}"), model, CHECKED_STEPS, f"training.batch={batch}",
            f"data.resolution={size}")
    for number in range(options.rounds):
        for batch, size in points:
            session.say(f"round {number + 1} of {options.rounds}: {batch} images of {size}×{size}")
            rounds.add((batch, size, "sfumato"), session.ours(
                "train", "--recipe", f"{MODELS}/{model}.yaml", "--steps", options.steps, "--set",
                f"training.batch={batch}", "--set", f"data.resolution={size}"))
            for mode in modes:
                if session.is_slow(mode) and number >= options.slow_rounds:
                    continue
                found = session.peer("train", session.folder(f"{batch}-{size}"), mode, options.steps)
                session.check(f"{batch} images of {size}×{size}", mode, found["difference"], LIMIT)
                rounds.add((batch, size, mode), found)
    lines, summary = [], []
    for batch, size in points:
        own = batch / rounds.median((batch, size, "sfumato"))
        best = min(modes, key=lambda mode: rounds.median((batch, size, mode)))
        theirs = batch / rounds.median((batch, size, best))
        summary.append(dict(
            model=model, batch=batch, resolution=size, images_per_second=own, pixels_per_second=own * size**2,
            peer_images_per_second=theirs, peer_mode=best, ratio=own / theirs))
        lines.append([
            str(batch), f"{size}×{size}", f"{own:.1f}", f"{own * size**2 / 1e3:.1f}", f"{theirs:.1f} ({best})",
            f"{theirs * size**2 / 1e3:.1f}", f"**{own / theirs:.2f}**"])
    session.finish(
        table(["batch", "images", "sfumato, images/s", "kilopixels/s", "PyTorch, images/s", "kilopixels/s",
               "sfumato / this"], lines), summary, rounds.all)
