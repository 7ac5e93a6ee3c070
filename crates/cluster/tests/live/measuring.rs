//! A Prometheus that is sound, and one that is not: it gives a course, or words, and never a stop.

use std::sync::Arc;

use cluster::{
    Cluster, CourseQuery, MeasureError, Measured, NoCluster, Prometheus, PrometheusAddress,
};
use facts::course::Point;
use facts::{Course, CourseKey, CourseSeen};
use serde_json::{Value, json};

use super::fake::{Answer, Fake, Mood, hasty};

fn key() -> CourseKey {
    CourseKey::new("shop", "api-1", "api")
}

fn matrix(pod: &str) -> Value {
    json!({"status": "success", "data": {"resultType": "matrix", "result": [
        {"metric": {"namespace": "shop", "pod": pod, "container": "api"},
         "values": [[60, "5"], [120, "7"]]}]}})
}

async fn at(url: &str) -> Result<Prometheus, MeasureError> {
    let address = PrometheusAddress {
        url: url.to_owned(),
        ..PrometheusAddress::default()
    };
    Prometheus::within(&address, hasty()).await
}

async fn asked(mood: Mood) -> (Result<CourseSeen, MeasureError>, Fake) {
    let server = Fake::with(Vec::new(), mood).await;
    let prometheus = at(&format!("http://127.0.0.1:{}/prom/", server.port))
        .await
        .unwrap();
    (prometheus.course(&CourseQuery::of(key())).await, server)
}

#[tokio::test]
async fn one_container_is_asked_about_over_a_bounded_span_below_the_path_of_the_address() {
    let (seen, server) = asked(Box::new(|_| Some(Answer::Json(200, matrix("api-1"))))).await;
    let points = vec![Point { at: 60, bytes: 5 }, Point { at: 120, bytes: 7 }];
    assert_eq!(seen.unwrap(), CourseSeen::Points(Course::new(vec![points])));
    let asked = server.asked.lock().unwrap();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].path, "/prom/api/v1/query_range");
    let query = &asked[0].query;
    assert!(
        query["query"].contains("container_memory_working_set_bytes"),
        "{query:?}"
    );
    assert!(query["query"].contains("api-1"), "{query:?}");
    let number = |name: &str| query[name].parse::<i64>().unwrap();
    assert!((number("end") - number("start")) / number("step") <= 400);
}

#[tokio::test]
async fn what_it_knows_of_others_is_nothing_about_this_one() {
    let (seen, _server) = asked(Box::new(|_| Some(Answer::Json(200, matrix("other"))))).await;
    assert!(matches!(seen, Ok(CourseSeen::Absent(_))), "{seen:?}");
}

#[tokio::test]
async fn one_that_is_broken_silent_or_wild_gives_words() {
    let wide = || "x".repeat(9 << 20);
    let moods: Vec<(Mood, &str)> = vec![
        (
            Box::new(|_| Some(Answer::Json(500, json!({"status": "error"})))),
            "500",
        ),
        (
            Box::new(|_| Some(Answer::Text("<html>hello</html>".to_owned()))),
            "makes no sense",
        ),
        (
            Box::new(|_| Some(Answer::Half("{\"status\":".to_owned()))),
            "does not answer|no usable",
        ),
        (
            Box::new(|_| Some(Answer::Stuck("{\"status\":".to_owned()))),
            "stopped|does not answer",
        ),
        (Box::new(|_| Some(Answer::Silence)), "does not answer"),
        (Box::new(move |_| Some(Answer::Text(wide()))), "larger than"),
    ];
    for (mood, words) in moods {
        let (seen, _server) = asked(mood).await;
        let said = seen.unwrap_err().to_string();
        assert!(words.split('|').any(|words| said.contains(words)), "{said}");
        assert!(said.contains("Prometheus at http://127.0.0.1"), "{said}");
        assert!(said.len() < 1000);
    }
}

#[tokio::test]
async fn an_address_that_cannot_be_one_is_refused_before_anything_is_asked() {
    for url in [
        "ftp://x",
        "http://",
        "http://a b",
        "http://user:secret@host:9090",
        "http://x?y=z",
    ] {
        let said = at(url).await.unwrap_err().to_string();
        assert!(!said.contains("secret"), "{said}");
    }
    let address = PrometheusAddress {
        url: "prometheus:9090".to_owned(),
        ca_file: Some("/nowhere/ca.crt".into()),
        ..PrometheusAddress::default()
    };
    let said = Prometheus::at(&address).await.unwrap_err().to_string();
    assert!(said.contains("/nowhere/ca.crt"), "{said}");
    assert_eq!(
        at("prometheus:9090").await.unwrap().server(),
        "http://prometheus:9090"
    );
}

#[tokio::test]
async fn who_looks_again_at_once_is_told_the_same_without_asking_again() {
    let server = Fake::with(
        Vec::new(),
        Box::new(|_| Some(Answer::Json(200, matrix("api-1")))),
    )
    .await;
    let prometheus = at(&format!("http://127.0.0.1:{}", server.port))
        .await
        .unwrap();
    let cluster = Measured::by(Arc::new(NoCluster::default()), prometheus);
    for _ in 0..3 {
        let seen = cluster.course(&CourseQuery::of(key())).await.unwrap();
        assert!(matches!(seen, Some(CourseSeen::Points(_))), "{seen:?}");
    }
    assert_eq!(server.asked.lock().unwrap().len(), 1);
}
