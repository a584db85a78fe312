//! A way to a server that a test can cut.

use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// How a [`Proxy`] behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Everything goes through.
    Open,
    /// Connections stay, and nothing goes through in any direction.
    Hanging,
    /// What comes from the client goes through, and nothing comes back.
    Mute,
    /// Connections are cut, and new ones are ended at once.
    Cut,
}

/// Leads from an address of its own to a server.
pub struct Proxy {
    address: String,
    way: Arc<watch::Sender<Way>>,
    accepting: tokio::task::JoinHandle<()>,
}

impl Proxy {
    /// Leads to a server, on a free port.
    ///
    /// # Panics
    /// Where there is none.
    pub async fn to(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address").to_string();
        let way = Arc::new(watch::Sender::new(Way::Open));
        let (server, ways) = (server.to_owned(), way.clone());
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let ways = ways.subscribe();
                if *ways.borrow() != Way::Cut {
                    tokio::spawn(lead(client, server.clone(), ways));
                }
            }
        });
        Self {
            address,
            way,
            accepting,
        }
    }

    /// Its own address.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Behaves otherwise from now on; connections that are cut stay so.
    pub fn set(&self, way: Way) {
        self.way.send_replace(way);
    }

    /// How many connections are led.
    pub fn connections(&self) -> usize {
        self.way.receiver_count()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
        self.way.send_replace(Way::Cut);
    }
}

async fn lead(client: TcpStream, server: String, mut ways: watch::Receiver<Way>) {
    let Ok(server) = TcpStream::connect(server).await else {
        return;
    };
    let ((from_client, to_client), (from_server, to_server)) =
        (client.into_split(), server.into_split());
    let up = copy(
        from_client,
        to_server,
        ways.clone(),
        &[Way::Open, Way::Mute],
    );
    let down = copy(from_server, to_client, ways.clone(), &[Way::Open]);
    tokio::select! {
        () = up => {}
        () = down => {}
        _ = ways.wait_for(|way| *way == Way::Cut) => {}
    }
}

async fn copy(
    mut from: tokio::net::tcp::OwnedReadHalf,
    mut to: tokio::net::tcp::OwnedWriteHalf,
    mut ways: watch::Receiver<Way>,
    through: &[Way],
) {
    let mut buffer = [0; 16 * 1024];
    loop {
        let Ok(read @ 1..) = from.read(&mut buffer).await else {
            return;
        };
        if ways.wait_for(|way| through.contains(way)).await.is_err()
            || to.write_all(&buffer[..read]).await.is_err()
        {
            return;
        }
    }
}
