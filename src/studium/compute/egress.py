"""Rules that keep projects off this machine's services and off internal networks; the internet stays open.

One nftables table, ``inet studium``, with one chain on outgoing packets that looks only at the users that projects run
as. It is set when the first project starts, as a whole and again by each new driver, so it never drifts; it stays when
Studium ends, as projects may go on, and harms nobody. ``nft delete table inet studium`` removes it.
"""

import asyncio
import ipaddress
import shutil
from pathlib import Path

UID_FIRST, UID_LAST = 3_000_000, 3_999_999
"""The numeric users that projects may have; the rules look at these alone."""

REFUSED_4 = (
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16",
    "224.0.0.0/4", "255.255.255.255",
)  # fmt: skip
REFUSED_6 = ("::1", "64:ff9b::/96", "fc00::/7", "fe80::/10", "ff00::/8")
NFT_SECONDS = 5.0
SEARCH = "/usr/sbin:/sbin:/usr/local/sbin:/usr/bin:/bin"


def nameservers(text: str | None = None) -> list[str]:
    """Addresses of the name servers in ``resolv.conf``; they may be internal, and names must resolve all the same."""
    if text is None:
        try:
            text = Path("/etc/resolv.conf").read_text(errors="replace")
        except OSError:
            return []
    found = []
    for line in text.splitlines():
        words = line.split()
        if len(words) >= 2 and words[0] == "nameserver":
            try:
                found.append(str(ipaddress.ip_address(words[1].partition("%")[0])))
            except ValueError:
                continue
    return found


def ruleset(servers: list[str]) -> str:
    """The rules as a script for ``nft -f``, applied as one transaction, whatever was there before.

    Only packets of a project's socket reach the rules: the kernel's own packets have no user, and a rule on "every
    other user" would not match them. Packets to any address of this machine leave through ``lo``, so one rule covers
    its public addresses too.
    """
    rules = []
    for server in servers:
        family = "ip6" if ":" in server else "ip"
        rules.append(f"{family} daddr {server} meta l4proto {{ tcp, udp }} th dport 53 accept")
    for place in (
        'oif "lo"',
        f"ip daddr {{ {', '.join(REFUSED_4)} }}",
        f"ip6 daddr {{ {', '.join(REFUSED_6)} }}",
    ):  # TCP is answered with a reset, or programs would wait for their time to run out
        rules += [f"{place} meta l4proto tcp reject with tcp reset", f"{place} reject"]
    body = "\n".join(f"    {rule}" for rule in rules)
    return (
        "add table inet studium\ndelete table inet studium\ntable inet studium {\n"
        f"  chain projects {{\n{body}\n  }}\n  chain output {{\n"
        "    type filter hook output priority filter; policy accept;\n"
        f"    meta skuid {UID_FIRST}-{UID_LAST} jump projects\n  }}\n}}\n"
    )


def nft_path() -> str | None:
    """Where the program ``nft`` is; it lies outside of most people's search path."""
    return shutil.which("nft") or shutil.which("nft", path=SEARCH)


async def apply(check_only: bool = False) -> str | None:
    """Set the rules, or only ask the kernel whether it would take them. None, or a sentence that says what failed."""
    program = nft_path()
    if program is None:
        return "The program nft is not installed."
    arguments = [program, *(["-c"] if check_only else []), "-f", "-"]
    process = await asyncio.create_subprocess_exec(
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(NFT_SECONDS):
            _, errors = await process.communicate(ruleset(nameservers()).encode())
    except TimeoutError:
        process.kill()
        await process.wait()
        return f"The program nft did not answer within {NFT_SECONDS:.0f} s."
    if process.returncode:
        first = errors.decode(errors="replace").strip().splitlines()[:1]
        return f"The kernel refused the rules: {first[0] if first else 'no reason given'}."
    return None
