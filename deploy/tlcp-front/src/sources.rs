//! Where the front connects from. A gateway bounds what one address may do, and behind a front all have the front's. So each
//! client's address becomes one of the 16 million of 127.0.0.0/8: the gateway tells clients apart, and learns no address.
use std::hash::{BuildHasher, RandomState};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use tokio::net::{TcpSocket, TcpStream};

use crate::places::Origin;

/// Maps clients to addresses of this machine, by a key of this process: nobody chooses whom they share one with.
#[derive(Default)]
pub struct Sources(RandomState);

impl Sources {
    /// An address between 127.1.0.1 and 127.254.255.254, the same for one origin as long as the process lives.
    pub fn of(&self, origin: Origin) -> Ipv4Addr {
        let [second, third, fourth, ..] = self.0.hash_one(origin).to_le_bytes();
        Ipv4Addr::new(127, 1 + second % 254, third, 1 + fourth % 254)
    }

    /// Connects to a gateway as this origin. Where the gateway is at ::1 there is one address for all.
    pub async fn connect(&self, origin: Origin, gateway: SocketAddr) -> std::io::Result<TcpStream> {
        let IpAddr::V4(_) = gateway.ip() else { return TcpStream::connect(gateway).await };
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::new(self.of(origin).into(), 0))?;
        socket.connect(gateway).await
    }
}

#[cfg(test)]
mod tests {
    use super::Sources;
    use std::collections::HashSet;
    use std::net::{IpAddr, Ipv4Addr};

    #[test]
    fn addresses_are_told_apart_and_stay() {
        let sources = Sources::default();
        let of = |i: u32| sources.of(IpAddr::V4(Ipv4Addr::from(0x0a00_0000 + i)).into());
        let found: HashSet<_> = (0..1_000).map(of).collect();
        assert!(found.len() > 990);
        assert!(found.iter().all(Ipv4Addr::is_loopback));
        assert_eq!(of(7), of(7));
    }
}
