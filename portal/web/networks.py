"""From where somebody asks: what rate limits go by."""

from ipaddress import ip_address, ip_network

from flask import request


def network() -> str:
    """An address, or of IPv6 the network that one house has."""
    address = ip_address(request.remote_addr or "127.0.0.1")
    return str(ip_network((address, 64), strict=False) if address.version == 6 else address)
