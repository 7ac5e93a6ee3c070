//! Rollouts: new images that are good, bad, crash or are never ready, and the way back.

use std::collections::BTreeSet;

use cluster::memory::{ImageBehaviour, Pace};
use cluster::scenes::{self, BAD_IMAGE, GOOD_IMAGE, NAMESPACE, OLDER_IMAGE, web};
use cluster::{Cluster, LogQuery};
use facts::{PullFailureKind, last_good, revisions, subjects};
use model::{Millis, PatchOp, Progress};
use serde_json::json;

use crate::shop::{Shop, block, set_web};

#[test]
fn a_new_shop_is_healthy_and_its_history_lies_behind_it() {
    let shop = Shop::new();
    let seen = shop.seen();
    assert!(seen.healthy(), "{seen:?}");
    assert_eq!((seen.desired, seen.ready, seen.pods.len()), (3, 3, 3));
    assert_eq!(
        shop.condition("Progressing"),
        ("True".to_owned(), "NewReplicaSetAvailable".to_owned())
    );
    let snapshot = shop.snapshot();
    assert_eq!(
        snapshot.of_kind("Event", None).count(),
        0,
        "all are older than an hour"
    );
    let all = revisions(&snapshot, &shop.web());
    assert_eq!(all.len(), 1);
    assert_eq!((all[0].number, all[0].ready, all[0].newest), (1, 3, true));
    assert_eq!(
        shop.web().text("/metadata/creationTimestamp"),
        "2026-02-28T07:00:00Z"
    );
}

#[test]
fn a_bad_tag_stalls_the_rollout_and_the_good_pods_keep_serving() {
    let shop = Shop::new();
    let before = shop.web().generation();
    scenes::bad_tag(&shop.cluster).unwrap();
    assert_eq!(shop.web().generation(), before + 1);
    assert_eq!(shop.seen().progress, Progress::Underway, "not observed yet");
    shop.wait(100);
    let seen = shop.seen();
    assert_eq!(seen.progress, Progress::Underway);
    assert_eq!((seen.updated, seen.ready, seen.pods.len()), (1, 3, 4));
    shop.wait(2000);
    let seen = shop.seen();
    assert_eq!(seen.progress, Progress::Stalled);
    let troubled: Vec<_> = seen
        .pods
        .iter()
        .filter_map(|pod| pod.trouble.clone())
        .collect();
    assert_eq!(troubled.len(), 1);
    assert!(
        troubled[0].starts_with("ErrImagePull: rpc error: code = NotFound"),
        "{troubled:?}"
    );
    let snapshot = shop.snapshot();
    let web = shop.web();
    let all = revisions(&snapshot, &web);
    assert_eq!(all.iter().map(|r| r.number).collect::<Vec<_>>(), [2, 1]);
    let good = last_good(&all);
    assert_eq!(good[0].images["web"], GOOD_IMAGE);
    assert_eq!((good[0].number, good[0].ready), (1, 3));
    assert_eq!(
        shop.condition("Available"),
        ("True".to_owned(), "MinimumReplicasAvailable".to_owned())
    );
}

#[test]
fn the_kubelet_alternates_between_the_failed_pull_and_its_back_off() {
    let shop = Shop::new();
    scenes::bad_tag(&shop.cluster).unwrap();
    let mut seen = BTreeSet::new();
    let mut words = BTreeSet::new();
    for _ in 0..200 {
        shop.wait(1);
        let snapshot = shop.snapshot();
        for pod in snapshot.of_kind("Pod", Some(NAMESPACE)) {
            for container in facts::container::containers(pod) {
                if container.image() == BAD_IMAGE {
                    seen.insert(container.waiting_reason().to_owned());
                    words.extend(container.trouble());
                    if container.image_pull_failing() {
                        let failure =
                            facts::subject::pull_failure(&snapshot, pod, &container).unwrap();
                        assert_eq!(failure.kind, PullFailureKind::NotFound);
                        assert_eq!(failure.image, BAD_IMAGE);
                        assert_eq!(failure.registry, "registry.example");
                    }
                }
            }
        }
    }
    let expected = ["", "ContainerCreating", "ErrImagePull", "ImagePullBackOff"];
    assert_eq!(seen, expected.map(str::to_owned).into());
    assert_eq!(words.len(), 1, "the trouble keeps its words: {words:?}");
    let snapshot = shop.snapshot();
    let told: BTreeSet<_> = snapshot
        .of_kind("Event", Some(NAMESPACE))
        .map(|event| event.text("/reason").to_owned())
        .collect();
    for reason in [
        "Scheduled",
        "Pulling",
        "Failed",
        "BackOff",
        "SuccessfulCreate",
        "ScalingReplicaSet",
    ] {
        assert!(told.contains(reason), "{reason} in {told:?}");
    }
}

#[test]
fn going_back_reuses_the_old_replica_set_under_a_new_number() {
    let shop = Shop::new();
    scenes::bad_tag(&shop.cluster).unwrap();
    shop.wait(2000);
    let before: Vec<String> = shop
        .seen()
        .pods
        .into_iter()
        .filter(|pod| pod.ready)
        .map(|pod| pod.uid)
        .collect();
    shop.cluster
        .edit(&web(), &scenes::set_image(GOOD_IMAGE))
        .unwrap();
    shop.wait(100);
    let seen = shop.seen();
    assert!(seen.healthy(), "{seen:?}");
    let after: Vec<String> = seen.pods.into_iter().map(|pod| pod.uid).collect();
    assert_eq!(before, after, "the good pods were never touched");
    let web = shop.web();
    let all = revisions(&shop.snapshot(), &web);
    let numbers: Vec<_> = all
        .iter()
        .map(|r| (r.number, r.newest, r.desired))
        .collect();
    assert_eq!(numbers, [(3, true, 3), (2, false, 0)]);
    assert_eq!(web.annotation(facts::revision::REVISION), Some("3"));
    let set = shop.get("ReplicaSet", &all[0].replica_set.name);
    assert_eq!(
        set.annotation("deployment.kubernetes.io/revision-history"),
        Some("1")
    );
    assert_eq!(
        shop.condition("Progressing"),
        ("True".to_owned(), "NewReplicaSetAvailable".to_owned())
    );
}

#[test]
fn a_good_new_image_is_rolled_out_within_surge_and_availability() {
    let shop = Shop::new();
    shop.cluster
        .edit(&web(), &scenes::set_image(OLDER_IMAGE))
        .unwrap();
    for _ in 0..200 {
        shop.wait(1);
        let seen = shop.seen();
        assert!(seen.pods.len() <= 4, "surge: {seen:?}");
        assert!(
            seen.pods.iter().filter(|pod| pod.ready).count() >= 3,
            "{seen:?}"
        );
    }
    assert!(shop.seen().healthy());
    let all = revisions(&shop.snapshot(), &shop.web());
    assert_eq!(all[0].images["web"], OLDER_IMAGE);
    assert_eq!((all[0].number, all[0].ready, all[1].ready), (2, 3, 0));
}

#[test]
fn a_crashing_image_loops_with_a_growing_back_off_and_keeps_its_last_words() {
    let shop = Shop::new();
    let crashes = ImageBehaviour::CrashesAfter {
        after: Millis(1),
        exit_code: 3,
        log: "one\ntwo\nthree\n".to_owned(),
    };
    shop.cluster.set_image(BAD_IMAGE, Some(crashes)).unwrap();
    scenes::bad_tag(&shop.cluster).unwrap();
    let mut waits = BTreeSet::new();
    for _ in 0..400 {
        shop.wait(1);
        for pod in shop.snapshot().of_kind("Pod", Some(NAMESPACE)) {
            for container in facts::container::containers(pod) {
                if container.waiting_reason() == "CrashLoopBackOff" {
                    let message = container.waiting_message();
                    waits.insert(message.split(' ').nth(1).unwrap().to_owned());
                    assert_eq!(container.exit_code(), 3);
                    assert_eq!(
                        container.trouble().unwrap(),
                        "CrashLoopBackOff: Error with exit code 3"
                    );
                }
            }
        }
    }
    let grown = ["10ms", "20ms", "40ms", "80ms"].map(str::to_owned);
    assert!(waits.is_superset(&grown.into()), "{waits:?}");
    let snapshot = shop.snapshot();
    let web = shop.web();
    let crashed: Vec<_> = subjects(&snapshot, &web)
        .into_iter()
        .filter(|subject| subject.data["container"]["crashed"] == true)
        .collect();
    assert_eq!(crashed.len(), 1);
    assert!(crashed[0].data["container"]["restarts"].as_i64().unwrap() >= 4);
    let query = LogQuery {
        namespace: NAMESPACE.to_owned(),
        pod: crashed[0].object.name.clone(),
        container: "web".to_owned(),
        previous: true,
        tail_lines: 2,
    };
    assert_eq!(block(shop.cluster.logs(&query)).unwrap(), "two\nthree\n");
}

#[test]
fn memory_is_told_as_the_reason_of_an_end() {
    let shop = Shop::new();
    let hungry = ImageBehaviour::OomAfter {
        after: Millis(5),
        log: String::new(),
    };
    shop.cluster.set_image(BAD_IMAGE, Some(hungry)).unwrap();
    scenes::bad_tag(&shop.cluster).unwrap();
    shop.wait(60);
    let snapshot = shop.snapshot();
    let oom = subjects(&snapshot, &shop.web()).into_iter().any(|subject| {
        subject.data["container"]["end_reason"] == "OOMKilled"
            && subject.data["container"]["exit_code"] == 137
    });
    assert!(oom);
}

#[test]
fn an_image_that_never_gets_ready_stalls_without_restarts() {
    let shop = Shop::new();
    shop.cluster
        .set_image(BAD_IMAGE, Some(ImageBehaviour::NeverReady))
        .unwrap();
    scenes::bad_tag(&shop.cluster).unwrap();
    shop.wait(3000);
    let seen = shop.seen();
    assert_eq!(seen.progress, Progress::Stalled);
    assert_eq!((seen.ready, seen.restarts()), (3, 0));
}

#[test]
fn putting_back_an_image_that_crashes_now_heals_what_runs_and_fails_what_starts() {
    let shop = Shop::new();
    scenes::bad_tag(&shop.cluster).unwrap();
    shop.wait(100);
    scenes::good_image_crashes_now(&shop.cluster, Millis(5)).unwrap();
    shop.cluster
        .edit(&web(), &scenes::set_image(GOOD_IMAGE))
        .unwrap();
    shop.wait(100);
    assert!(shop.seen().healthy(), "no pod had to be started anew");
    shop.cluster
        .edit(
            &web(),
            &set_web(json!({"again": "1"}), "/spec/template/metadata/annotations"),
        )
        .unwrap();
    shop.wait(300);
    let seen = shop.seen();
    assert!(!seen.healthy());
    assert!(seen.restarts() > 0);
}

#[test]
fn the_trouble_resolves_by_itself_when_the_tag_appears() {
    let shop = Shop::new();
    scenes::bad_tag(&shop.cluster).unwrap();
    shop.wait(2000);
    assert_eq!(shop.seen().progress, Progress::Stalled);
    scenes::bad_tag_appears(&shop.cluster).unwrap();
    shop.wait(1000);
    assert!(shop.seen().healthy());
    let all = revisions(&shop.snapshot(), &shop.web());
    assert_eq!((all[0].number, all[0].ready), (2, 3));
}

#[test]
fn with_three_revisions_the_one_with_most_ready_pods_is_the_best() {
    for pace in [Pace::quick(), Pace::demo(), Pace::real()] {
        let shop = Shop::open(scenes::shop_with_three_revisions(pace));
        let snapshot = shop.snapshot();
        let all = revisions(&snapshot, &shop.web());
        let numbers: Vec<_> = all.iter().map(|r| (r.number, r.ready, r.newest)).collect();
        assert_eq!(
            numbers,
            [(3, 0, true), (2, 1, false), (1, 2, false)],
            "{pace:?}"
        );
        let good = last_good(&all);
        assert_eq!(good[0].images["web"], OLDER_IMAGE);
        assert_eq!(good[1].images["web"], GOOD_IMAGE);
    }
}

#[test]
fn a_paused_rollout_waits_and_says_so() {
    let shop = Shop::new();
    shop.cluster
        .edit(&web(), &set_web(json!(true), "/spec/paused"))
        .unwrap();
    shop.cluster
        .edit(&web(), &scenes::set_image(OLDER_IMAGE))
        .unwrap();
    shop.wait(500);
    assert_eq!(revisions(&shop.snapshot(), &shop.web()).len(), 1);
    assert_eq!(shop.seen().progress, Progress::Underway);
    assert_eq!(
        shop.condition("Progressing"),
        ("Unknown".to_owned(), "DeploymentPaused".to_owned())
    );
    shop.cluster
        .edit(
            &web(),
            &[PatchOp::Remove {
                path: "/spec/paused".to_owned(),
            }],
        )
        .unwrap();
    shop.wait(500);
    assert!(shop.seen().healthy());
}

#[test]
fn a_workload_scaled_to_nothing_settles_and_proves_no_health() {
    let shop = Shop::new();
    shop.cluster
        .edit(&web(), &set_web(json!(0), "/spec/replicas"))
        .unwrap();
    shop.wait(200);
    let seen = shop.seen();
    assert!(
        seen.progress == model::Progress::Complete && !seen.healthy(),
        "{seen:?}"
    );
    assert!(seen.pods.is_empty());
    shop.cluster
        .edit(&web(), &set_web(json!(5), "/spec/replicas"))
        .unwrap();
    shop.wait(200);
    let seen = shop.seen();
    assert!(seen.healthy() && seen.pods.len() == 5, "{seen:?}");
}

#[test]
fn recreate_lets_no_old_pod_stand_beside_a_new_one() {
    let shop = Shop::new();
    let strategy = set_web(json!({"type": "Recreate"}), "/spec/strategy");
    shop.cluster.edit(&web(), &strategy).unwrap();
    shop.wait(50);
    shop.cluster
        .edit(&web(), &scenes::set_image(OLDER_IMAGE))
        .unwrap();
    for _ in 0..200 {
        shop.wait(1);
        let all = revisions(&shop.snapshot(), &shop.web());
        assert!(all.iter().filter(|revision| revision.ready > 0).count() <= 1);
    }
    assert!(shop.seen().healthy());
}

#[test]
fn only_so_many_old_revisions_are_kept() {
    let shop = Shop::new();
    shop.cluster
        .edit(&web(), &set_web(json!(1), "/spec/revisionHistoryLimit"))
        .unwrap();
    for n in 0..4 {
        let annotation = set_web(
            json!({"n": n.to_string()}),
            "/spec/template/metadata/annotations",
        );
        shop.cluster.edit(&web(), &annotation).unwrap();
        shop.wait(300);
    }
    assert_eq!(revisions(&shop.snapshot(), &shop.web()).len(), 2);
}
