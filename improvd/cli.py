"""The command line: what may be said, and who does it. Whoever does the work is imported when it is asked for."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from improvd import __version__
from improvd.bench import command as bench
from improvd.cli_values import as_setting, pair, plain
from improvd.errors import ConfigError, ImprovdError

if TYPE_CHECKING:
    from improvd.config import Config

Command = Callable[[argparse.Namespace], int | None]


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the command line says and return the exit code: 0 done, 1 failed, 2 usage or configuration."""
    args = _parser().parse_args(argv)
    try:
        command: Command = args.command
        return command(args) or 0
    except ImprovdError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 1
    except BrokenPipeError:  # the reader of a pipe, such as head, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


# --- what may be said ------------------------------------------------------------------------


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="improvd",
        description="Play a phrase on a MIDI keyboard, and a neural network answers in time.",
        epilog="Exit codes: 0 done, 1 failed, 2 usage or configuration.",
    )
    parser.add_argument("--version", action="version", version=f"improvd {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_playing(commands)
    _add_steering(commands)
    _add_offline(commands)
    _add_training(commands)
    _add_models(commands)
    _add_upkeep(commands)
    return parser


def _add(commands: Any, name: str, command: Command | None, doc: str) -> argparse.ArgumentParser:
    sub: argparse.ArgumentParser = commands.add_parser(name, help=doc, description=doc)
    if command:
        sub.set_defaults(command=command)
    return sub


def _group(commands: Any, name: str, doc: str) -> Any:
    return _add(commands, name, None, doc).add_subparsers(metavar="COMMAND", required=True)


def _query(commands: Any, name: str, command: Command, doc: str) -> argparse.ArgumentParser:
    sub = _add(commands, name, command, doc)
    sub.add_argument("--json", action="store_true", help="print one JSON object")
    return sub


def _add_playing(commands: Any) -> None:
    run = _add(commands, "run", _run, "Listen and answer: start the daemon, with its screen on a terminal.")
    run.add_argument("--config", metavar="FILE", help="settings to read in place of those found")
    run.add_argument("--headless", action="store_true", help="no screen: stay in the foreground and log to stderr")
    run.add_argument("--model", metavar="NAME", help="a model by name or path, in place of the configured one")
    _add(commands, "tui", _tui, "Show the screen of the daemon that runs.")


def _add_steering(commands: Any) -> None:
    ctl = _group(commands, "ctl", "Steer the daemon that runs.")
    _query(ctl, "get", _ctl_get, "Print a setting.").add_argument("name", metavar="NAME")
    change = _query(ctl, "set", _ctl_set, "Change a setting.")
    change.add_argument("name", metavar="NAME")
    change.add_argument("value", metavar="VALUE")
    nudge = _query(ctl, "nudge", _ctl_nudge, "Move a setting by some of its steps.")
    nudge.add_argument("name", metavar="NAME")
    nudge.add_argument("steps", metavar="STEPS", type=float)
    do = _query(ctl, "do", _ctl_do, "Give a command, such as your_turn, stop, forget, panic or quit.")
    do.add_argument("what", metavar="WHAT")
    do.add_argument("params", metavar="PARAM=VALUE", nargs="*", type=pair)
    _query(ctl, "watch", _ctl_watch, "Print what the daemon does, a line a change; --json: an object a line.")
    _query(commands, "status", _status, "Print how the daemon is.")
    _add(commands, "panic", _panic, "Silence everything at once.")
    ports = _query(commands, "ports", _ports, "List the MIDI ports that could be connected.")
    ports.add_argument("--config", metavar="FILE", help="settings to read in place of those found")


def _add_offline(commands: Any) -> None:
    generate = _add(commands, "generate", _generate, "Answer a MIDI file with a MIDI file.")
    generate.add_argument("seed_file", metavar="SEED.mid", type=Path)
    generate.add_argument("-o", "--output", metavar="OUT.mid", type=Path, required=True)
    generate.add_argument("--bars", type=int, default=8, help="length of the answer (default: 8)")
    generate.add_argument("--temperature", type=float, metavar="T", help="in place of the configured one")
    generate.add_argument(
        "--seed", type=int, default=0, help="of the noise: the same seed, the same bytes (default: 0)"
    )
    generate.add_argument("--model", metavar="NAME", help="a model by name or path")
    generate.add_argument("--bpm", type=float, metavar="B", help="tempo, in place of the file's own")
    generate.add_argument("--with-seed", action="store_true", help="put the seed's tracks before the answer")
    generate.add_argument("--config", metavar="FILE", help="settings to read in place of those found")

    replay = _add(commands, "replay", _replay, "Play a session log again, note for note, into a MIDI file.")
    replay.add_argument("log_file", metavar="LOG", type=Path, help='what improvd wrote with [record] log = "on"')
    replay.add_argument("-o", "--output", metavar="OUT.mid", type=Path, required=True)


def _add_training(commands: Any) -> None:
    train = _add(commands, "train", _train, "Train a model.")
    train.add_argument("recipe", metavar="RECIPE", help="a recipe; with --from also music of your own")
    train.add_argument(
        "--data", metavar="DATA", help="music to learn in place of the recipe's: a file, folder, archive"
    )
    train.add_argument("--from", dest="base", metavar="MODEL", help="the model to go on from")
    train.add_argument("--summary", action="store_true", help="print the network and end")
    evaluate = _query(commands, "evaluate", _evaluate, "Measure how well a model foresees music, note by note.")
    evaluate.add_argument("model", metavar="MODEL", help="a model by name or path")
    evaluate.add_argument("data", metavar="DATA", help="a file, folder or archive, or corpus:NAME[:train|valid|test]")
    evaluate.add_argument("--style", metavar="NAME", help="of all the music (default: its own, else the best fitting)")
    evaluate.add_argument("--keys", action="store_true", help="as live playing arrives: one keyboard part, no style")
    evaluate.add_argument("--runtime", default="auto", help="as model.runtime in config.toml (default: auto)")
    evaluate.add_argument("--continuations", type=int, default=0, metavar="N",
                          help="also continue N primers, and judge what is played")  # fmt: skip
    report = _add(commands, "report", _report, "Compare runs of training in one page of HTML, with pictures.")
    report.add_argument(
        "runs", metavar="RUN", nargs="+", help="a run's folder, its name or how that begins, or a recipe"
    )
    report.add_argument("-o", "--output", metavar="FILE", type=Path, default=Path("report.html"),
                        help="default: report.html")  # fmt: skip
    corpus = _group(commands, "corpus", "Prepare and list the music to train on.")
    prepare = _add(corpus, "prepare", _corpus_prepare, "Read the corpora once and split them, so that training can.")
    prepare.add_argument("names", metavar="NAME", nargs="*", help="only these (default: all whose data are at hand)")
    _query(corpus, "list", _corpus_list, "List the corpora: pieces, notes, sides and licences.")


def _add_models(commands: Any) -> None:
    model = _group(commands, "model", "List, show, verify and export models.")
    _query(model, "list", _model_list, "List the models found.")
    _query(model, "show", _model_show, "Print what a model is.").add_argument("name", metavar="MODEL")
    _query(model, "verify", _model_verify, "Check a model's sums, codec and shapes.").add_argument(
        "name", metavar="MODEL"
    )
    export = _add(model, "export", _model_export, "Make a model's float32 step from its weights; print where it is.")
    export.add_argument("name", metavar="MODEL")
    export.add_argument("--int8", action="store_true", help="write the int8 step of its bundle anew instead")
    styles = _query(model, "styles", _model_styles, "Fit what tells styles apart to a model's own corpora; write it.")
    styles.add_argument("name", metavar="MODEL")
    index = _query(model, "index", _model_index, "Index what a model learnt from its own corpora; write it.")
    index.add_argument("name", metavar="MODEL")
    bench.add_to(_group(commands, "bench", "Measure how long a step takes, and how exactly notes leave."))


def _add_upkeep(commands: Any) -> None:
    _query(commands, "doctor", _doctor, "Look for what could keep improvd from playing.")
    config = _group(commands, "config", "Check and show the settings.")
    check = _query(config, "check", _config_check, "Tell every fault of a file of settings at once.")
    check.add_argument("file", metavar="FILE", nargs="?", help="default: the one that `improvd run` would read")
    show = _query(config, "show", _config_show, "Print the settings in force as a file.")
    show.add_argument("--config", metavar="FILE", help="settings to read in place of those found")
    show.add_argument("--defaults", action="store_true", help="print the defaults")


# --- playing ---------------------------------------------------------------------------------


def _run(args: argparse.Namespace) -> int:
    config = _config(args)
    if args.headless or not (sys.stdin.isatty() and sys.stdout.isatty()):
        from improvd import daemon

        return daemon.run(config)
    from improvd import launch
    from improvd.tui.terminal import require_terminal

    require_terminal()
    said = (("--config", args.config), ("--model", args.model))
    return launch.run([word for option, value in said if value for word in (option, value)], _show_screen)


def _config(args: argparse.Namespace) -> Config:
    from improvd import configfile

    config = configfile.load(configfile.find(args.config, os.environ, Path.cwd()))
    return config.having("model.name", args.model) if getattr(args, "model", None) else config


def _tui(_args: argparse.Namespace) -> int:
    return _show_screen(ends_daemon=False)


def _show_screen(ends_daemon: bool) -> int:
    from improvd.tui import app

    return app.run(ends_daemon=ends_daemon)


# --- steering --------------------------------------------------------------------------------


def _ctl_get(args: argparse.Namespace) -> None:
    with _client() as client:
        _tell(args, args.name, client.get(args.name))


def _ctl_set(args: argparse.Namespace) -> None:
    with _client() as client:
        _tell(args, args.name, client.set(args.name, as_setting(args.name, args.value)))


def _ctl_nudge(args: argparse.Namespace) -> None:
    with _client() as client:
        _tell(args, args.name, client.nudge(args.name, args.steps))


def _ctl_do(args: argparse.Namespace) -> None:
    with _client() as client:
        result = client.do(args.what, **dict(args.params))
    if args.json:
        print(json.dumps({"what": args.what, "result": result}))


def _ctl_watch(args: argparse.Namespace) -> None:
    shown = ""
    with _client() as client:
        try:
            for update in client.updates():
                line = json.dumps(update) if args.json else _summary(update)
                if line != shown:
                    print(line, flush=True)
                shown = line
        except KeyboardInterrupt:
            return


def _summary(status: dict[str, Any]) -> str:
    parts = [f"{status['word']:<16} {status['bpm']:g} bpm  T {status['temperature']:.2f}", status["reason"]]
    return "  ".join(filter(None, parts))


def _status(args: argparse.Namespace) -> None:
    with _client() as client:
        _print_object(args, client.status())


def _panic(_args: argparse.Namespace) -> None:
    with _client() as client:
        client.do("panic")


def _client() -> Any:
    from improvd.control import Client

    return Client()


def _tell(args: argparse.Namespace, name: str, value: object) -> None:
    print(json.dumps({"name": name, "value": value}) if args.json else plain(value))


def _print_object(args: argparse.Namespace, found: dict[str, Any]) -> None:
    if args.json:
        print(json.dumps(found))
        return
    width = max(map(len, found), default=0)
    for name, value in found.items():
        print(f"{name:<{width}}  {plain(value)}")


# --- playing files, training, models ---------------------------------------------------------


def _generate(args: argparse.Namespace) -> None:
    from improvd import offline

    offline.generate(
        args.seed_file,
        args.output,
        _having(_config(args), "sampling.temperature", args.temperature),
        bars=args.bars,
        seed=args.seed,
        bpm=args.bpm,
        with_seed=args.with_seed,
    )


def _replay(args: argparse.Namespace) -> None:
    from improvd.logbook import command

    print(command.replay(args.log_file, args.output))


def _having(config: Config, key: str, value: object) -> Config:
    from improvd.config import check_value

    return config if value is None else config.having(key, check_value(key, value))


def _train(args: argparse.Namespace) -> int:
    from improvd.training import commands

    return commands.train(args.recipe, data=args.data, base=args.base, summary=args.summary)


def _evaluate(args: argparse.Namespace) -> None:
    from improvd.training import commands

    found = commands.evaluate(
        args.model, args.data,
        runtime=args.runtime, style=args.style, as_keys=args.keys, continuations=args.continuations,
    )  # fmt: skip
    print(json.dumps(found.as_json()) if args.json else found.as_text())


def _report(args: argparse.Namespace) -> None:
    from improvd.training.report import command

    print(command.report(args.runs, args.output))


def _corpus_prepare(args: argparse.Namespace) -> None:
    from improvd.training.corpus import library, listing

    library.prepare(args.names)
    print("ready" if args.names else listing.table(listing.listing()))


def _corpus_list(args: argparse.Namespace) -> None:
    from improvd.training.corpus import listing

    shelves = listing.listing()
    corpora = {"corpora": [shelf.as_object() for shelf in shelves]}
    print(json.dumps(corpora) if args.json else listing.table(shelves))


def _model_list(args: argparse.Namespace) -> None:
    from improvd.model import bundle

    _print_object(args, {name: str(path) for name, path in bundle.found().items()})


def _model_show(args: argparse.Namespace) -> None:
    from improvd.model import bundle

    card = bundle.read_card(bundle.locate(args.name))
    _print_object(args, card if args.json else dict(_flat(card)))


def _flat(tables: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in tables.items():
        yield from _flat(value, f"{prefix}{name}.") if isinstance(value, dict) else [(prefix + name, value)]


def _model_verify(args: argparse.Namespace) -> None:
    from improvd.model import opening

    found = opening.verify(args.name)
    _print_object(args, {"model": found.name, "path": str(found.path), "verified": True})


def _model_export(args: argparse.Namespace) -> None:
    if args.int8:
        from improvd.training import rounded

        print(rounded.write_int8(args.name))
        return
    from improvd.model import bundle, runtimes

    print(runtimes.float32_step(bundle.open_bundle(args.name)))


def _model_styles(args: argparse.Namespace) -> None:
    from improvd.training import bundled_styles

    fitted = bundled_styles.fit_anew(args.name)
    _print_object(args, {"model": args.name, "accuracy": round(fitted.accuracy, 4), "styles": fitted.probe.styles})


def _model_index(args: argparse.Namespace) -> None:
    from improvd.training import learnt

    _print_object(args, {"model": args.name, "written": str(learnt.write_index(args.name))})


# --- upkeep ----------------------------------------------------------------------------------


def _ports(args: argparse.Namespace) -> None:
    from dataclasses import asdict

    from improvd.live import ports

    _print_object(args, asdict(ports.list_ports(_config(args).midi.backend)))


def _doctor(args: argparse.Namespace) -> int:
    from improvd import doctor

    report = doctor.examine()
    print(report.as_json() if args.json else report.as_text())
    return 0 if report.sound else 1


def _config_check(args: argparse.Namespace) -> int:
    from improvd import configfile

    path = configfile.find(args.file, os.environ, Path.cwd())
    faults = configfile.parse(configfile.read(path))[1] if path else []
    if args.json:
        told = [{"line": fault.line, "text": fault.text} for fault in faults]
        print(json.dumps({"file": str(path) if path else None, "faults": told}))
    elif not faults:
        print(f"{path}: no faults" if path else "no file of settings found; the defaults are in force")
    for fault in faults if not args.json else []:
        print(f"{path}:{fault.line}: {fault.text}", file=sys.stderr)
    return ConfigError.exit_code if faults else 0


def _config_show(args: argparse.Namespace) -> None:
    from improvd import configfile
    from improvd.config import Config, settings

    config = Config() if args.defaults else _config(args)
    if args.json:
        print(json.dumps({key: config.get(key) for key in settings()}))
    else:
        print(configfile.render(config), end="")
