"""Where the program starts, and the one place that sees every floor."""

from __future__ import annotations

from bot.heap import loading


def main() -> None:
    """Run the command line."""
    with loading():
        import adapters
        from adapters.console import terminal
        from adapters.slack.manifest import manifest
        from bot.cli import command_line
    command_line(adapters.build, terminal, manifest)()


if __name__ == "__main__":
    main()
