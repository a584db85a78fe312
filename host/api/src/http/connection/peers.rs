//! How many connections each address has.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

use parking_lot::Mutex;

/// Connections by the address that they come from. Clones are the same.
#[derive(Clone)]
pub(crate) struct Peers {
    limit: usize,
    counts: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// A connection that counts until this is dropped.
pub(crate) struct PeerSlot {
    peers: Peers,
    network: IpAddr,
}

impl Peers {
    /// Lets each address have so many connections.
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            limit,
            counts: Arc::default(),
        }
    }

    /// Counts one more; none if the address has as many as it may.
    pub(crate) fn take(&self, address: IpAddr) -> Option<PeerSlot> {
        let network = network(address);
        let mut counts = self.counts.lock();
        let count = counts.entry(network).or_default();
        if *count >= self.limit {
            return None;
        }
        *count += 1;
        Some(PeerSlot {
            peers: self.clone(),
            network,
        })
    }
}

impl Drop for PeerSlot {
    fn drop(&mut self) {
        let mut counts = self.peers.counts.lock();
        if let Some(count) = counts.get_mut(&self.network) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.network);
            }
        }
    }
}

/// What counts as one address: in IPv6 a /64 network, which is what one machine may be given.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [one, two, three, four, ..] = address.segments();
            Ipv6Addr::new(one, two, three, four, 0, 0, 0, 0).into()
        }
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_network_has_so_many() {
        let peers = Peers::new(2);
        let take = |address: &str| peers.take(address.parse().expect("an address"));
        let first = take("10.0.0.1").expect("the first");
        let _second = take("::ffff:10.0.0.1").expect("the second");
        assert!(take("10.0.0.1").is_none());
        let _other = take("10.0.0.2").expect("another address");
        drop(first);
        let _third = take("10.0.0.1").expect("a place is free");

        let _one = take("2001:db8::1").expect("the first");
        let _two = take("2001:db8::2").expect("the second");
        assert!(take("2001:db8::3").is_none());
        let _other = take("2001:db8:0:1::1").expect("another network");
    }
}
