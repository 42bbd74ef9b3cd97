"""The command ``siting``, also as ``python -m siting``."""


def main() -> None:
    """Run the command line; Ctrl-C ends it quietly while it is still being loaded."""
    try:
        from siting.cli import main as run
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    run()


if __name__ == "__main__":
    main()
