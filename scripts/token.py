"""Prints a bearer token and nothing else: `python -m scripts.token --role customer --customer user123`."""

from __future__ import annotations

import argparse
import sys

from closer.kit.settings import load_settings
from closer.security.roles import Role
from closer.security.tokens import issue_token


def main(arguments: list[str] | None = None) -> int:
    """Print a token for the role that is asked for."""
    parser = argparse.ArgumentParser(prog="python -m scripts.token", description=__doc__)
    parser.add_argument("--role", default=Role.SERVICE.value, choices=[role.value for role in Role])
    parser.add_argument(
        "--customer", default="", help="the customer's id; needed for role customer"
    )
    chosen = parser.parse_args(arguments)
    try:
        print(issue_token(load_settings(), role=chosen.role, customer_id=chosen.customer or None))
    except ValueError as error:
        print(f"{error}: make token ROLE=customer CUSTOMER=<id>", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
