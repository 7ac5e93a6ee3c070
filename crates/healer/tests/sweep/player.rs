//! The player: one process that plays a story and stops dead at the point it is told.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use cluster::MemoryCluster;
use healer::{Observer, Point};

use crate::ending::Ending;
use crate::stories::{Story, play};
use crate::wiring::{clock, healer};

/// What the player is told, through its environment.
pub(crate) const STORY: &str = "KINTSUGI_PLAY_STORY";
pub(crate) const LEDGER: &str = "KINTSUGI_PLAY_LEDGER";
pub(crate) const FOLDER: &str = "KINTSUGI_PLAY_FOLDER";
pub(crate) const STOP_AT: &str = "KINTSUGI_PLAY_STOP_AT";

/// Counts the points that are passed, and stops the process at one of them.
struct StopAt {
    point: u64,
    passed: AtomicU64,
}

impl Observer for StopAt {
    fn reached(&self, _point: Point) {
        if self.passed.fetch_add(1, Ordering::SeqCst) + 1 == self.point {
            std::process::abort();
        }
    }
}

pub(crate) fn play_if_asked() {
    let Ok(story) = std::env::var(STORY) else {
        return;
    };
    let ledger = std::env::var(LEDGER).unwrap();
    let folder = PathBuf::from(std::env::var_os(FOLDER).unwrap());
    let point = std::env::var(STOP_AT).map_or(u64::MAX, |text| text.parse().unwrap());
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
        .block_on(run(Story::named(&story), &ledger, &folder, point));
}

async fn run(story: Story, place: &str, folder: &Path, point: u64) {
    let observer = Arc::new(StopAt {
        point,
        passed: AtomicU64::new(0),
    });
    let journal = folder.join("cluster.journal");
    let cluster = Arc::new(MemoryCluster::open(Some(&journal), story.setup(), clock()).unwrap());
    let ledger = ledger::open(place).await.unwrap();
    let watching = Arc::clone(&observer) as Arc<dyn Observer>;
    let healer = healer(Arc::clone(&ledger), &cluster, watching);
    play(story, &healer, &cluster).await;
    let passed = observer.passed.load(Ordering::SeqCst);
    let ending = Ending::of(ledger.as_ref(), &cluster, passed).await;
    std::fs::write(
        folder.join("ending.json"),
        serde_json::to_vec(&ending).unwrap(),
    )
    .unwrap();
}
