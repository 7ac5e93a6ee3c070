//! A wire between a ledger and its server that can be cut where it hurts.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What becomes of what is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Wire {
    /// It is passed on.
    Whole = 0,
    /// The next commit is passed on, and the wire is cut instead of passing on its answer.
    CutAfterCommit = 1,
    /// The wire is cut instead of passing on the next commit.
    CutBeforeCommit = 2,
    /// Nothing is passed on.
    Silent = 3,
}

pub(crate) struct Proxy {
    port: u16,
    wire: Arc<AtomicU8>,
}

impl Proxy {
    /// Stands between whoever connects to it and a port of this host.
    pub(crate) async fn before(server: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let wire = Arc::new(AtomicU8::new(0));
        let state = Arc::clone(&wire);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(("127.0.0.1", server)).await.unwrap();
                tokio::spawn(pass(client, server, Arc::clone(&state)));
            }
        });
        Self { port, wire }
    }

    pub(crate) fn set(&self, wire: Wire) {
        self.wire.store(wire as u8, Ordering::SeqCst);
    }

    /// Whether nothing is meant to happen any more: what was to be cut was cut.
    pub(crate) fn is_whole(&self) -> bool {
        self.wire.load(Ordering::SeqCst) == Wire::Whole as u8
    }

    /// The server's address, by way of the proxy.
    pub(crate) fn url(&self, direct: &str, server: u16) -> String {
        direct.replace(&format!(":{server}/"), &format!(":{}/", self.port))
    }
}

/// Passes bytes on in both directions until the wire is cut.
async fn pass(mut client: TcpStream, mut server: TcpStream, wire: Arc<AtomicU8>) {
    let (mut asked, mut answered) = (vec![0; 65536], vec![0; 65536]);
    let mut cut_at_answer = false;
    let take = |wanted: Wire| {
        let (from, to) = (wanted as u8, Wire::Whole as u8);
        wire.compare_exchange(from, to, Ordering::SeqCst, Ordering::SeqCst)
            .is_ok()
    };
    loop {
        let passed = tokio::select! {
            n = client.read(&mut asked) => match n {
                Ok(n) if n > 0 => {
                    let said = &asked[..n];
                    if said.windows(6).any(|word| word == b"COMMIT") {
                        if take(Wire::CutBeforeCommit) {
                            return;
                        }
                        cut_at_answer |= take(Wire::CutAfterCommit);
                    }
                    if silent(&wire) { Ok(()) } else { server.write_all(said).await }
                }
                Ok(_) | Err(_) => return,
            },
            n = server.read(&mut answered) => match n {
                Ok(n) if n > 0 => {
                    if cut_at_answer {
                        return;
                    }
                    if silent(&wire) { Ok(()) } else { client.write_all(&answered[..n]).await }
                }
                Ok(_) | Err(_) => return,
            },
        };
        if passed.is_err() {
            return;
        }
    }
}

fn silent(wire: &AtomicU8) -> bool {
    wire.load(Ordering::SeqCst) == Wire::Silent as u8
}
