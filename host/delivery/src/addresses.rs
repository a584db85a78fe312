//! Which addresses deliveries may go to: those that anyone on the internet could reach.
//!
//! A tenant names where its files go, and the host goes there from within the operator's network.
//! So an address is refused unless it is of the public internet, in all forms in which an
//! address of IPv4 hides in one of IPv6.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Where the machines of a cloud ask for their credentials, though the address looks public.
const CLOUD_METADATA: Ipv4Addr = Ipv4Addr::new(168, 63, 129, 16);

/// Why an address is refused; none if it is not.
pub(super) fn refusal(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(address) => refusal_of_v4(address),
        IpAddr::V6(address) => refusal_of_v6(address),
    }
}

fn refusal_of_v4(address: Ipv4Addr) -> Option<&'static str> {
    let [a, b, c, _] = address.octets();
    Some(match (a, b, c) {
        (0, ..) => "unspecified",
        (127, ..) => "loopback",
        (10, ..) | (172, 16..=31, _) | (192, 168, _) => "private",
        (169, 254, _) => "link-local",
        (100, 64..=127, _) => "of a carrier's own network",
        (192, 0, 0)
        | (192, 0, 2)
        | (192, 88, 99)
        | (198, 18..=19, _)
        | (198, 51, 100)
        | (203, 0, 113) => "for a special purpose",
        (224..=239, ..) => "multicast",
        (240..=255, ..) => "reserved",
        _ if address == CLOUD_METADATA => "of a cloud's metadata",
        _ => return None,
    })
}

fn refusal_of_v6(address: Ipv6Addr) -> Option<&'static str> {
    let words = address.segments();
    let v4 = |high: u16, low: u16| {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        Ipv4Addr::new(a, b, c, d)
    };
    match words {
        [0, 0, 0, 0, 0, 0, 0, 0] => Some("unspecified"),
        [0, 0, 0, 0, 0, 0, 0, 1] => Some("loopback"),
        // Mapped, and what networks of IPv6 alone reach IPv4 by.
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            refusal_of_v4(v4(high, low))
        }
        [0xfc00..=0xfdff, ..] => Some("private"),
        [0xfe80..=0xfebf, ..] => Some("link-local"),
        [0xff00..=0xffff, ..] => Some("multicast"),
        // 6to4.
        [0x2002, high, low, ..] => refusal_of_v4(v4(high, low)),
        // Teredo, and others of the kind.
        [0x2001, 0..=0x1ff, ..] | [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => {
            Some("for a special purpose")
        }
        // An address of IPv4 behind a router of its own.
        [_, _, _, _, 0 | 0x200, 0x5efe, high, low] => refusal_of_v4(v4(high, low)),
        [0x2000..=0x3fff, ..] => None,
        _ => Some("reserved"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_anyone_can_reach_is_called() {
        let check = |address: &str, expect: Option<&str>| {
            let parsed: IpAddr = address.parse().expect("an address");
            assert_eq!(refusal(parsed), expect, "{address}");
        };
        for (address, expect) in [
            ("93.184.216.34", None),
            ("1.1.1.1", None),
            ("172.15.255.255", None),
            ("172.32.0.0", None),
            ("100.63.255.255", None),
            ("100.128.0.0", None),
            ("223.255.255.255", None),
            ("168.63.129.17", None),
            ("0.0.0.0", Some("unspecified")),
            ("0.1.2.3", Some("unspecified")),
            ("127.0.0.1", Some("loopback")),
            ("127.255.255.254", Some("loopback")),
            ("10.0.0.1", Some("private")),
            ("172.16.0.1", Some("private")),
            ("172.31.255.255", Some("private")),
            ("192.168.1.1", Some("private")),
            ("169.254.169.254", Some("link-local")),
            ("100.64.0.1", Some("of a carrier's own network")),
            ("100.100.100.200", Some("of a carrier's own network")),
            ("192.0.0.192", Some("for a special purpose")),
            ("192.0.2.1", Some("for a special purpose")),
            ("198.18.0.1", Some("for a special purpose")),
            ("198.51.100.7", Some("for a special purpose")),
            ("203.0.113.7", Some("for a special purpose")),
            ("192.88.99.1", Some("for a special purpose")),
            ("224.0.0.1", Some("multicast")),
            ("240.0.0.1", Some("reserved")),
            ("255.255.255.255", Some("reserved")),
            ("168.63.129.16", Some("of a cloud's metadata")),
            ("2606:2800:220:1:248:1893:25c8:1946", None),
            ("2a00:1450:4001::1", None),
            ("::", Some("unspecified")),
            ("::1", Some("loopback")),
            ("::ffff:127.0.0.1", Some("loopback")),
            ("::ffff:10.1.2.3", Some("private")),
            ("::ffff:169.254.169.254", Some("link-local")),
            ("::ffff:93.184.216.34", None),
            ("::127.0.0.1", Some("reserved")),
            ("::93.184.216.34", Some("reserved")),
            ("64:ff9b::7f00:1", Some("loopback")),
            ("64:ff9b::a9fe:a9fe", Some("link-local")),
            ("64:ff9b::5db8:d822", None),
            ("64:ff9b:1::1", Some("reserved")),
            ("2002:7f00:1::", Some("loopback")),
            ("2002:a00:1::1", Some("private")),
            ("2002:5db8:d822::1", None),
            ("2001:0:53aa:64c::1", Some("for a special purpose")),
            ("2001:db8::1", Some("for a special purpose")),
            ("3fff:abc::1", Some("for a special purpose")),
            ("fc00::1", Some("private")),
            ("fd00:ec2::254", Some("private")),
            ("fe80::1", Some("link-local")),
            ("febf::1", Some("link-local")),
            ("fec0::1", Some("reserved")),
            ("ff02::1", Some("multicast")),
            ("100::1", Some("reserved")),
            ("4000::1", Some("reserved")),
            ("2a00:1450:4001:1:0:5efe:a00:1", Some("private")),
            ("2a00:1450:4001:1:200:5efe:7f00:1", Some("loopback")),
        ] {
            check(address, expect);
        }
    }
}
