"""``physiopi-device voice``: the process that speaks."""

import signal
from pathlib import Path
from threading import Event

import click
import structlog

from device.kept_log import keep_log
from device.settings import DeviceSettings, load_settings
from device.voice.channel import VoiceChannel
from device.voice.kept_phrases import KeptPhrases
from device.voice.limits import load_voice_limits
from device.voice.player import CommandPlayer, find_player_command
from device.voice.speaker import Speaker
from device.voice.synthesis import find_synthesiser

log = structlog.get_logger()


@click.command()
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The device's configuration file (device.toml).",
)
def voice(config: Path | None) -> None:
    """Say what the coach has to say, until told to stop.

    It needs espeak-ng, or piper with a voice, and something to play sound with; without them it
    says so in the log and is silent, and coaching goes on.
    """
    settings = load_settings(config)
    keep_log(settings.log_folder, "voice")
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    speaker = _speaker(settings)
    if speaker is None:
        # Not an end: whoever started us would start us again and again.
        stop.wait()
        return
    channel = VoiceChannel(settings.runtime_folder)
    try:
        speaker.run(channel, stop, settings.kiosk.language)
    finally:
        channel.close()


def _speaker(settings: DeviceSettings) -> Speaker | None:
    limits = load_voice_limits()
    command = settings.voice.player or find_player_command()
    if command is None or not settings.voice.speak:
        return None
    player = CommandPlayer(command, settings.runtime_folder, limits.playing.overrun_s)
    kept = KeptPhrases(settings.data_folder / "phrases", limits)
    log.info("voice", player=command[0])
    return Speaker(
        limits,
        kept,
        player,
        lambda language: find_synthesiser(language, limits, settings.voice.piper_voices),
        wake_s=settings.voice.wake_s,
    )
