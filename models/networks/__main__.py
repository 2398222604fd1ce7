"""``python -m models.networks``: make the default pose network present and say where it is."""

import sys

from models.errors import ModelsError
from models.networks.find import find_network, show_progress


def main() -> int:
    """Exit status 0 when the network is there and verified, 5 otherwise."""
    try:
        network = find_network(progress=show_progress)
    except ModelsError as error:
        sys.stderr.write(f"fetch_models: {error}\n")
        return 5
    sys.stdout.write(f"{network.entry.name}: {network.path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
