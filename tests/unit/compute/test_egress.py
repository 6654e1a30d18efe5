"""The network rules as text; that they hold is in ``tests/integration/test_sandbox.py``."""

from studium.compute.egress import nameservers, ruleset


def test_name_servers_are_read_from_the_resolver_file() -> None:
    lines = [
        "# nameserver 1.1.1.1",
        "search here",
        "nameserver 10.0.0.2",
        "nameserver fe80::1%eth0",
        "nameserver no",
        "nameserver",
    ]
    assert nameservers("\n".join(lines)) == ["10.0.0.2", "fe80::1"]
    assert nameservers("") == []


def test_names_resolve_before_anything_is_refused() -> None:
    lines = [line.strip() for line in ruleset(["10.0.0.2", "fd00::53"]).splitlines()]
    first = lines.index("chain projects {") + 1
    assert lines[first : first + 2] == [
        "ip daddr 10.0.0.2 meta l4proto { tcp, udp } th dport 53 accept",
        "ip6 daddr fd00::53 meta l4proto { tcp, udp } th dport 53 accept",
    ]
    assert all("reject" in line for line in lines[first + 2 : lines.index("}")])


def test_only_packets_of_projects_reach_the_rules() -> None:
    text = ruleset([])
    assert "meta skuid 3000000-3999999 jump projects" in text
    assert text.startswith("add table inet studium\ndelete table inet studium\n")
