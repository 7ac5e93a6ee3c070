//! Whole readings of a server that is busy, slow, forgetful or broken.

use std::time::Duration;

use cluster::{Cluster, ClusterError, Limits, Scope};
use serde_json::json;

use crate::fake::{Answer, Asked, Fake, hasty, quick, status};
use crate::shop::{PODS, at, ours, pod, pods, read, shop, spot};

#[tokio::test]
async fn a_list_that_expires_is_read_anew_once_and_shows_one_state() {
    let fake = Fake::with(
        shop(),
        at(PODS, |asked| {
            (asked.query.contains_key("continue") && asked.before == 1).then(|| {
                Answer::Json(
                    410,
                    status(410, "The provided continue parameter is too old"),
                )
            })
        }),
    )
    .await;
    let reading = read(&fake, Limits { page: 4, ..quick() }).await;
    assert_eq!(pods(&reading), 8);
    let asked = fake.asked_for(PODS);
    let continued: Vec<_> = asked
        .iter()
        .map(|asked| asked.query.contains_key("continue"))
        .collect();
    assert_eq!(continued, [false, true, false, true]);
}

#[tokio::test]
async fn a_list_that_keeps_expiring_is_unknown() {
    let fake = Fake::with(
        shop(),
        at(PODS, |asked| {
            asked
                .query
                .contains_key("continue")
                .then(|| Answer::Json(410, status(410, "too old")))
        }),
    )
    .await;
    let reading = read(&fake, Limits { page: 4, ..quick() }).await;
    assert_eq!((pods(&reading), spot(&reading, "pods")), (0, "too old"));
    assert!(!reading.snapshot.is_complete("Pod", "shop"));
}

#[tokio::test]
async fn a_server_that_has_failed_is_believed_about_that_kind_alone() {
    let broken = |_: &Asked| Some(Answer::Json(500, status(500, "etcdserver: no leader")));
    let fake = Fake::with(shop(), at(PODS, broken)).await;
    let reading = read(&fake, quick()).await;
    assert_eq!(spot(&reading, "pods"), "etcdserver: no leader");
    assert!(reading.snapshot.get("Pod", "shop", "web-0").is_unknown());
    assert!(reading.snapshot.is_complete("Node", ""));
}

#[tokio::test]
async fn a_server_that_is_busy_is_asked_again_but_not_for_ever() {
    for (code, sound) in [(429, true), (503, true), (429, false)] {
        let fake = Fake::with(
            shop(),
            at(PODS, move |asked| {
                (!sound || asked.before < 2).then(|| {
                    Answer::WithHeader(
                        code,
                        "retry-after",
                        "3600",
                        status(code, "too many requests"),
                    )
                })
            }),
        )
        .await;
        let reading = read(&fake, quick()).await;
        let asked = fake.asked_for(PODS).len();
        assert_eq!((pods(&reading), asked), if sound { (8, 3) } else { (0, 4) });
        assert_eq!(spot(&reading, "pods").is_empty(), sound);
    }
}

#[tokio::test]
async fn half_an_answer_is_never_taken_for_the_whole() {
    let list =
        json!({"kind": "PodList", "metadata": {}, "items": [pod("shop", "a"), pod("shop", "b")]})
            .to_string();
    let moods: [fn(&str) -> Answer; 5] = [
        |list| Answer::Half(list[..list.len() / 2].to_owned()),
        |list| Answer::Text(list[..list.len() / 2].to_owned()),
        |list| Answer::Stuck(list[..list.len() / 2].to_owned()),
        |_| Answer::Text("<html>welcome</html>".to_owned()),
        |_| Answer::Json(200, status(200, "hello")),
    ];
    for mood in moods {
        let list = list.clone();
        let fake = Fake::with(shop(), at(PODS, move |_| Some(mood(&list)))).await;
        let reading = read(&fake, hasty()).await;
        assert_eq!(pods(&reading), 0);
        assert!(!spot(&reading, "pods").is_empty());
        assert!(reading.snapshot.get("Pod", "shop", "a").is_unknown());
        assert!(reading.snapshot.is_complete("Node", ""), "the rest goes on");
    }
}

#[tokio::test]
async fn an_answer_that_broke_off_is_asked_for_once_more() {
    let fake = Fake::with(
        shop(),
        at(PODS, |asked| {
            (asked.before == 0).then(|| Answer::Half("{\"items\": [".to_owned()))
        }),
    )
    .await;
    assert_eq!(pods(&read(&fake, quick()).await), 8);
}

#[tokio::test]
async fn pages_that_are_too_large_are_asked_for_in_smaller_pieces() {
    let mut objects = shop();
    for object in &mut objects {
        object["metadata"]["annotations"] = json!({"long": "x".repeat(10_000)});
    }
    let fake = Fake::serving(objects).await;
    let limits = Limits {
        page_bytes: 15_000,
        page: 500,
        ..quick()
    };
    let reading = read(&fake, limits).await;
    assert_eq!(pods(&reading), 8);
    // An object that does not fit alone is no reason to go on for ever.
    let reading = read(
        &fake,
        Limits {
            page_bytes: 5_000,
            ..quick()
        },
    )
    .await;
    assert!(ours(&reading, "pods").contains("larger than 5000 bytes"));
}

#[tokio::test]
async fn a_kind_that_hangs_costs_its_time_and_no_more() {
    let fake = Fake::with(shop(), at(PODS, |_| Some(Answer::Silence))).await;
    let reading = read(&fake, hasty()).await;
    assert!(ours(&reading, "pods").contains("no answer within"));
    assert!(reading.snapshot.is_complete("Node", ""));
    // The whole reading has a limit of its own.
    let limits = Limits {
        answer: Duration::from_secs(3600),
        reading: Duration::from_secs(2),
        ..quick()
    };
    let reading = read(&fake, limits).await;
    assert!(ours(&reading, "pods").contains("not read within"));
}

#[tokio::test]
async fn a_server_that_gives_the_same_page_for_ever_is_left() {
    let fake = Fake::with(
        shop(),
        at(PODS, |_| {
            Some(Answer::Json(
                200,
                json!({"metadata": {"continue": "more"}, "items": []}),
            ))
        }),
    )
    .await;
    assert!(ours(&read(&fake, quick()).await, "pods").contains("same page twice"));
}

#[tokio::test]
async fn a_cluster_that_does_not_answer_is_an_error_that_comes_soon() {
    let silent = Fake::with(
        Vec::new(),
        Box::new(|asked: &Asked| (!asked.path.contains("kube-system")).then_some(Answer::Silence)),
    )
    .await;
    let cluster = silent.connect_within(hasty()).await;
    let error = cluster.read(&Scope::default()).await.unwrap_err();
    assert!(matches!(error, ClusterError::Unreachable { .. }), "{error}");
    // A few lists at once were tried, and the others not any more.
    assert!(silent.asked.lock().unwrap().len() < 20);
}
