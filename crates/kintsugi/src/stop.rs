//! Being asked to stop: by Ctrl-C, or by whoever runs this process.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::failure::INTERRUPTED;

/// Hears Ctrl-C and SIGTERM. The first one stops cleanly, the second one at once.
pub(crate) struct Stop {
    token: CancellationToken,
    interrupted: Arc<AtomicBool>,
    listening: tokio::task::JoinHandle<()>,
}

impl Stop {
    /// Begins to listen.
    pub(crate) fn on_signals() -> Self {
        let token = CancellationToken::new();
        let interrupted = Arc::new(AtomicBool::new(false));
        let listening = tokio::spawn(listen(token.clone(), Arc::clone(&interrupted)));
        Self {
            token,
            interrupted,
            listening,
        }
    }

    /// Is cancelled when it is time to stop.
    pub(crate) fn token(&self) -> CancellationToken {
        self.token.clone()
    }

    /// Whether it was a person at the terminal who stopped it.
    pub(crate) fn by_ctrl_c(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed)
    }
}

impl Drop for Stop {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "whoever asks twice does not want to wait; the next start goes on from the ledger"
)]
async fn listen(token: CancellationToken, interrupted: Arc<AtomicBool>) {
    let mut interrupts = hear(SignalKind::interrupt());
    let mut terminations = hear(SignalKind::terminate());
    loop {
        tokio::select! {
            () = next(&mut interrupts) => interrupted.store(true, Ordering::Relaxed),
            () = next(&mut terminations) => {}
        }
        if token.is_cancelled() {
            std::process::exit(i32::from(INTERRUPTED));
        }
        token.cancel();
    }
}

fn hear(kind: SignalKind) -> Option<Signal> {
    signal(kind)
        .inspect_err(|error| tracing::warn!(%error, "cannot hear when asked to end"))
        .ok()
}

async fn next(signals: &mut Option<Signal>) {
    match signals {
        Some(signals) => {
            signals.recv().await;
        }
        None => std::future::pending().await,
    }
}
