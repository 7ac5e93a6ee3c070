//! The journal makes one cluster of several processes, and of what a dead one left.
#![expect(
    clippy::unwrap_used,
    reason = "the functions that tests share fail as tests do"
)]

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use kintsugi_cluster as cluster;

use cluster::memory::{Call, Fault, HandClock, ImageBehaviour, JournalError, MemoryCluster, Pace};
use cluster::scenes::{self, BAD_IMAGE, GOOD_IMAGE, NAMESPACE, OLDER_IMAGE, web};
use cluster::{Cluster, ClusterError, WriteError, WriteMode};
use model::{EffectKey, Millis, ObjectRef, PatchOp, Timestamp};
use proptest::prelude::*;
use serde_json::{Value, json};

struct Desk {
    _dir: tempfile::TempDir,
    path: PathBuf,
    clock: HandClock,
}

impl Desk {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        Self {
            path: dir.path().join("cluster.jsonl"),
            _dir: dir,
            clock: HandClock::at(Timestamp::parse("2026-03-01T09:00:00.123456Z").unwrap()),
        }
    }

    fn try_open(&self) -> Result<MemoryCluster, JournalError> {
        let setup = scenes::shop(Pace::quick());
        MemoryCluster::open(Some(&self.path), setup, self.clock.clock())
    }

    fn open(&self) -> MemoryCluster {
        self.try_open().unwrap()
    }

    fn wait(&self, millis: u64) {
        self.clock.advance(Millis(millis));
    }
}

fn key(number: u8) -> EffectKey {
    EffectKey::from_bytes([number; 32])
}

/// Our own kind of write: the change and its key in one patch.
fn keyed(image: &str, number: u8) -> Vec<PatchOp> {
    let mut patch = scenes::set_image(image);
    patch.push(PatchOp::Add {
        path: "/metadata/annotations/kintsugi.dev~1effect".to_owned(),
        value: json!(key(number).to_string()),
    });
    patch
}

fn append(path: &Path, bytes: &[u8]) {
    let mut file = fs::OpenOptions::new().append(true).open(path).unwrap();
    file.write_all(bytes).unwrap();
}

fn poll<F: Future>(future: F) -> Option<F::Output> {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match future.as_mut().poll(&mut context) {
        std::task::Poll::Ready(output) => Some(output),
        std::task::Poll::Pending => None,
    }
}

#[test]
fn reopening_gives_the_same_cluster_as_it_would_have_become() {
    let desk = Desk::new();
    let first = desk.open();
    scenes::bad_tag(&first).unwrap();
    desk.wait(37);
    first
        .set_image(BAD_IMAGE, Some(ImageBehaviour::NeverReady))
        .unwrap();
    desk.wait(200);
    first.edit(&web(), &scenes::set_image(OLDER_IMAGE)).unwrap();
    desk.wait(5);
    let pod = first
        .all_objects()
        .unwrap()
        .into_iter()
        .find(|o| o.kind() == "Pod")
        .unwrap();
    first.delete(&pod.reference()).unwrap();
    desk.wait(500);
    let second = desk.open();
    assert_eq!(first.all_objects().unwrap(), second.all_objects().unwrap());
    assert_eq!(second.id().as_str(), "memory:shop");
}

#[test]
fn two_processes_see_each_others_writes() {
    let desk = Desk::new();
    let (one, two) = (desk.open(), desk.open());
    desk.wait(3);
    let by_one = one.edit(&web(), &scenes::set_image(OLDER_IMAGE)).unwrap();
    let seen = poll(two.get(&web())).unwrap().unwrap().unwrap();
    assert_eq!(seen, by_one);
    desk.wait(50);
    two.edit(&web(), &scenes::set_image(GOOD_IMAGE)).unwrap();
    desk.wait(50);
    assert_eq!(one.all_objects().unwrap(), two.all_objects().unwrap());
}

#[test]
fn a_process_that_ran_ahead_looks_again_when_another_wrote_in_its_past() {
    let desk = Desk::new();
    let setup = || scenes::shop(Pace::quick());
    let slow = HandClock::at(desk.clock.now());
    let one = desk.open();
    let two = MemoryCluster::open(Some(&desk.path), setup(), slow.clock()).unwrap();
    one.edit(&web(), &scenes::set_image(OLDER_IMAGE)).unwrap();
    desk.wait(100);
    one.all_objects().unwrap();
    two.edit(&web(), &scenes::set_image(GOOD_IMAGE)).unwrap();
    slow.advance(Millis(100));
    assert_eq!(one.all_objects().unwrap(), two.all_objects().unwrap());
}

#[test]
fn a_torn_last_line_was_never_acknowledged_and_is_dropped() {
    let desk = Desk::new();
    let cluster = desk.open();
    scenes::bad_tag(&cluster).unwrap();
    let whole = fs::read(&desk.path).unwrap();
    append(&desk.path, br#"{"at":"2026-03-01T09:00:0"#);
    let reopened = desk.open();
    assert_eq!(
        cluster.all_objects().unwrap(),
        reopened.all_objects().unwrap()
    );
    reopened
        .edit(&web(), &scenes::set_image(GOOD_IMAGE))
        .unwrap();
    let now = fs::read_to_string(&desk.path).unwrap();
    assert!(now.as_bytes().starts_with(&whole));
    assert_eq!(now.lines().count(), 3);
    assert_eq!(
        cluster.all_objects().unwrap(),
        reopened.all_objects().unwrap()
    );
}

#[test]
fn a_torn_header_is_no_header() {
    let desk = Desk::new();
    fs::write(&desk.path, r#"{"format":1,"clus"#).unwrap();
    let cluster = desk.open();
    scenes::bad_tag(&cluster).unwrap();
    assert_eq!(fs::read_to_string(&desk.path).unwrap().lines().count(), 2);
}

#[test]
fn damage_is_told_with_its_line() {
    let desk = Desk::new();
    let cluster = desk.open();
    scenes::bad_tag(&cluster).unwrap();
    cluster
        .edit(&web(), &scenes::set_image(GOOD_IMAGE))
        .unwrap();
    let whole = fs::read_to_string(&desk.path).unwrap();
    let (begin, _) = whole.match_indices('\n').next().unwrap();
    let table = [
        (whole.replacen("1.4.3-rc\"}", "1.4.4-rc\"}", 1), "line 2"),
        (
            format!("{}\n{{\n{}", &whole[..begin], &whole[begin + 1..]),
            "line 2",
        ),
        (whole.replacen("\"cluster\"", "\"clutter\"", 1), "line 1"),
        (
            whole.replacen("\"format\":1", "\"format\":7", 1),
            "format 7",
        ),
        (format!("{whole}nonsense\n"), "line 4"),
    ];
    for (text, words) in table {
        fs::write(&desk.path, &text).unwrap();
        let problem = desk.try_open().unwrap_err().to_string();
        assert!(problem.contains(words), "{problem}");
        assert_eq!(
            fs::read_to_string(&desk.path).unwrap(),
            text,
            "nothing is lost"
        );
    }
}

#[test]
fn each_effect_is_counted_once_whoever_wrote_it_and_after_reopening() {
    let desk = Desk::new();
    let cluster = desk.open();
    let patch = keyed(OLDER_IMAGE, 1);
    poll(cluster.patch(&web(), &patch, WriteMode::DryRun))
        .unwrap()
        .unwrap();
    assert_eq!(cluster.writes_with_key(&key(1)).unwrap(), 0);
    poll(cluster.patch(&web(), &patch, WriteMode::Write))
        .unwrap()
        .unwrap();
    poll(cluster.patch(&web(), &patch, WriteMode::Write))
        .unwrap()
        .unwrap();
    cluster.edit(&web(), &scenes::set_image(BAD_IMAGE)).unwrap();
    assert_eq!(
        cluster.writes_with_key(&key(1)).unwrap(),
        1,
        "others keep the annotation"
    );
    poll(cluster.patch(&web(), &keyed(GOOD_IMAGE, 2), WriteMode::Write))
        .unwrap()
        .unwrap();
    poll(cluster.patch(&web(), &keyed(GOOD_IMAGE, 1), WriteMode::Write))
        .unwrap()
        .unwrap();
    let counted = desk.open().all_effect_keys().unwrap();
    assert_eq!(counted, [(key(1), 2), (key(2), 1)].into());
}

#[test]
fn a_refused_write_leaves_no_line() {
    let desk = Desk::new();
    let cluster = desk.open();
    let before = fs::read(&desk.path).unwrap();
    cluster.edit(&web(), &scenes::set_image("")).unwrap_err();
    cluster
        .delete(&ObjectRef::new("Pod", NAMESPACE, "none"))
        .unwrap_err();
    cluster
        .edit(&web(), &scenes::set_image(GOOD_IMAGE))
        .unwrap();
    assert_eq!(fs::read(&desk.path).unwrap(), before);
}

#[test]
fn faults_meet_the_calls_they_wait_for_once() {
    let desk = Desk::new();
    let cluster = desk.open();
    let write = |image: &str| poll(cluster.patch(&web(), &keyed(image, 1), WriteMode::Write));
    for fault in [
        Fault::UnreachableOnce,
        Fault::ConflictOnce,
        Fault::HangOnce,
        Fault::LoseAnswerOnce,
    ] {
        cluster.inject(Call::Write, fault);
    }
    assert!(matches!(
        write(OLDER_IMAGE),
        Some(Err(WriteError::Unreachable { .. }))
    ));
    assert!(matches!(
        write(OLDER_IMAGE),
        Some(Err(WriteError::Conflict { .. }))
    ));
    assert!(write(OLDER_IMAGE).is_none(), "it hangs");
    assert_eq!(cluster.writes_with_key(&key(1)).unwrap(), 0);
    assert!(matches!(
        write(OLDER_IMAGE),
        Some(Err(WriteError::Unknown { .. }))
    ));
    assert_eq!(cluster.writes_with_key(&key(1)).unwrap(), 1);
    assert!(matches!(write(OLDER_IMAGE), Some(Ok(_))));

    cluster.inject(Call::Read, Fault::UnreachableOnce);
    let read = || poll(cluster.list("Pod", Some(NAMESPACE))).unwrap();
    assert!(matches!(read(), Err(ClusterError::Unreachable { .. })));
    assert_eq!(read().unwrap().len(), 5);
    cluster.set_down(true);
    assert!(read().is_err() && read().is_err());
    cluster.set_down(false);
    assert!(read().is_ok());
}

#[test]
fn kinds_that_are_not_served_are_not_found_and_empty_ones_are_empty() {
    let desk = Desk::new();
    let cluster = desk.open();
    assert!(
        poll(cluster.list("ConfigMap", None))
            .unwrap()
            .unwrap()
            .is_empty()
    );
    let unknown = poll(cluster.list("Pods", None)).unwrap();
    assert!(matches!(unknown, Err(ClusterError::NotFound { .. })));
}

#[test]
fn pods_beyond_one_batch_are_all_made_and_listed_by_name() {
    let desk = Desk::new();
    let mut setup = scenes::shop(Pace::quick());
    setup
        .seed
        .objects
        .push(scenes::deployment("big", 1200, GOOD_IMAGE));
    let cluster = MemoryCluster::open(None, setup, desk.clock.clock()).unwrap();
    let pods = poll(cluster.list("Pod", Some(NAMESPACE))).unwrap().unwrap();
    assert_eq!(pods.len(), 1205);
    let names: Vec<_> = pods.iter().map(facts::Object::name).collect();
    assert!(names.is_sorted());
}

/// Something done to the shop, and how long nothing is done after it.
#[derive(Debug, Clone)]
enum Deed {
    Image(&'static str),
    Replicas(u8),
    Pause(bool),
    Annotate(u8),
    Plays(&'static str, u8),
}

fn deeds() -> impl Strategy<Value = Vec<(Deed, u64)>> {
    let image = prop::sample::select(vec![GOOD_IMAGE, OLDER_IMAGE, BAD_IMAGE]);
    let deed = prop_oneof![
        image.clone().prop_map(Deed::Image),
        (0..6_u8).prop_map(Deed::Replicas),
        any::<bool>().prop_map(Deed::Pause),
        (0..3_u8).prop_map(Deed::Annotate),
        (image, 0..4_u8).prop_map(|(image, plays)| Deed::Plays(image, plays)),
    ];
    prop::collection::vec((deed, 0..60_u64), 1..12)
}

fn act(cluster: &MemoryCluster, deed: &Deed) {
    let edit = |patch: &[PatchOp]| {
        cluster.edit(&web(), patch).unwrap();
    };
    let set = |path: &str, value: Value| {
        let path = path.to_owned();
        edit(&[PatchOp::Add { path, value }]);
    };
    match deed {
        Deed::Image(image) => edit(&scenes::set_image(image)),
        Deed::Replicas(count) => set("/spec/replicas", json!(count)),
        Deed::Pause(paused) => set("/spec/paused", json!(paused)),
        Deed::Annotate(n) => set(
            "/spec/template/metadata/annotations",
            json!({"n": n.to_string()}),
        ),
        Deed::Plays(image, plays) => {
            let behaviour = match plays {
                0 => None,
                1 => Some(ImageBehaviour::Runs),
                2 => Some(ImageBehaviour::NeverReady),
                _ => Some(ImageBehaviour::CrashesAfter {
                    after: Millis(3),
                    exit_code: 1,
                    log: String::new(),
                }),
            };
            cluster.set_image(image, behaviour).unwrap();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn whatever_is_done_the_cluster_keeps_its_promises(deeds in deeds()) {
        let desk = Desk::new();
        let cluster = desk.open();
        let mut generation = 0;
        let mut allowed = 4;
        for (deed, pause) in &deeds {
            if let Deed::Replicas(count) = deed {
                let most = u64::from(*count) + u64::from(count.div_ceil(4));
                allowed = most.max(allowed);
            }
            act(&cluster, deed);
            desk.wait(*pause);
            let objects = cluster.all_objects().unwrap();
            let pods = objects.iter().filter(|object| {
                object.kind() == "Pod"
                    && object.name().starts_with("web-")
                    && object.at("/metadata/deletionTimestamp").is_none()
            });
            prop_assert!(pods.count() as u64 <= allowed);
            let web = objects.iter().find(|o| o.kind() == "Deployment" && o.name() == "web").unwrap();
            prop_assert!(web.generation() >= generation);
            prop_assert!(web.int("/status/observedGeneration").unwrap() <= web.generation());
            generation = web.generation();
        }
        let reopened = desk.open();
        prop_assert_eq!(cluster.all_objects().unwrap(), reopened.all_objects().unwrap());

        // Whatever was done, a good image and time make it well again.
        for deed in [Deed::Plays(GOOD_IMAGE, 1), Deed::Pause(false), Deed::Image(GOOD_IMAGE)] {
            act(&cluster, &deed);
        }
        act(&cluster, &Deed::Annotate(9));
        desk.wait(3000);
        let objects = cluster.all_objects().unwrap();
        let snapshot = facts::Snapshot::new(objects, facts::Complete::new());
        let web = snapshot.get("Deployment", NAMESPACE, "web").present().unwrap();
        let seen = facts::observe(&snapshot, web, model::Look::Second);
        // Scaled to nothing, it is all there that is wanted, and shows nothing of its health.
        prop_assert_eq!(seen.progress, model::Progress::Complete, "{:?}", seen);
        prop_assert_eq!(seen.healthy(), seen.desired > 0, "{:?}", seen);
    }
}
