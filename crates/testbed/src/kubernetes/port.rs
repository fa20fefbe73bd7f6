//! A port that stays one's own while its server is down.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpListener};

use anyhow::Context as _;
use tokio::net::TcpSocket;

/// Bound and never listened on: nobody else is given the port, connections to it are refused, and the server, which is
/// told to share it (`SO_REUSEPORT`), gets them once it listens. So there is no moment in which the port is free.
#[derive(Debug)]
pub(crate) struct Port {
    _socket: TcpSocket,
    address: SocketAddrV4,
}

impl Port {
    /// A free one if none is asked for, at an address of this machine.
    pub(crate) fn reserve(host: Ipv4Addr, asked: Option<u16>) -> anyhow::Result<Port> {
        let at = |number| SocketAddr::from((host, number));
        if let Some(number) = asked {
            // Sharing must not go as far as another cluster's.
            TcpListener::bind(at(number)).with_context(|| format!("port {number} cannot be had"))?;
        }
        let socket = TcpSocket::new_v4()?;
        socket.set_reuseport(true)?;
        socket.bind(at(asked.unwrap_or(0))).context("no free port")?;
        let number = socket.local_addr()?.port();
        Ok(Port { _socket: socket, address: SocketAddrV4::new(host, number) })
    }

    pub(crate) fn number(&self) -> u16 {
        self.address.port()
    }

    pub(crate) fn host(&self) -> Ipv4Addr {
        *self.address.ip()
    }

    /// `127.0.0.1:<port>`
    pub(crate) fn address(&self) -> String {
        self.address.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reserved_port_is_nobody_elses() {
        let port = Port::reserve(Ipv4Addr::LOCALHOST, None).unwrap();
        assert!(TcpListener::bind(port.address()).is_err());
        assert!(Port::reserve(Ipv4Addr::LOCALHOST, Some(port.number())).is_err());
        assert!(std::net::TcpStream::connect(port.address()).is_err());
    }
}
