use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use ledger::{SqliteLedger, SqliteOptions};
use serde_json::Value;
use tower::ServiceExt as _;

use super::*;

async fn server(folder: &std::path::Path) -> Server {
    let ledger = SqliteLedger::open(&folder.join("ledger.db"), SqliteOptions::default())
        .await
        .unwrap();
    let parts = vec![
        Component::healthy("kubernetes", "memory:test"),
        Component::absent("prometheus", "not set"),
    ];
    Server::new(Arc::new(ledger), Arc::default(), parts)
}

async fn ask(server: &Server, method: &str, path: &str) -> (StatusCode, String) {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .body(Body::empty())
        .unwrap();
    let response = server.routes().oneshot(request).await.unwrap();
    let status = response.status();
    let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

async fn envelope(server: &Server, path: &str) -> (StatusCode, Value) {
    let (status, body) = ask(server, "GET", path).await;
    let value: Value = serde_json::from_str(&body).unwrap();
    let keys: Vec<_> = value.as_object().unwrap().keys().cloned().collect();
    assert_eq!(keys, ["code", "message", "data"], "{path}");
    (status, value)
}

#[tokio::test]
async fn every_health_answer_has_the_envelope_and_says_well() {
    let folder = tempfile::tempdir().unwrap();
    let server = server(folder.path()).await;
    for part in ["", "/components", "/metrics", "/ready", "/live"] {
        let (status, value) = envelope(&server, &format!("/api/v1/health{part}")).await;
        assert_eq!(status, StatusCode::OK, "{part}");
        assert_eq!(value["code"], 0, "{part}");
        assert!(value["data"]["timestamp"].is_string(), "{part}");
    }
    let (_, health) = envelope(&server, "/api/v1/health").await;
    for field in [
        "status",
        "timestamp",
        "uptime",
        "version",
        "components",
        "system",
    ] {
        assert!(!health["data"][field].is_null(), "{field}");
    }
    assert_eq!(health["data"]["components"]["ledger"]["status"], "healthy");
    assert_eq!(
        health["data"]["components"]["prometheus"]["status"],
        "not_configured"
    );
}

#[tokio::test]
async fn what_is_not_there_is_said_in_the_envelope() {
    let folder = tempfile::tempdir().unwrap();
    let server = server(folder.path()).await;
    let (status, value) = envelope(&server, "/nowhere").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_eq!(value["code"], 404);
    let (status, _) = ask(&server, "POST", "/api/v1/health").await;
    assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn figures_are_in_the_open_metrics_format() {
    let folder = tempfile::tempdir().unwrap();
    let server = server(folder.path()).await;
    let (status, text) = ask(&server, "GET", "/metrics").await;
    assert_eq!(status, StatusCode::OK);
    assert!(
        text.contains("# TYPE kintsugi_open_incidents gauge"),
        "{text}"
    );
    assert!(text.ends_with("# EOF\n"), "{text}");
}

#[tokio::test]
async fn a_stopped_server_ends_though_a_client_hangs() {
    let folder = tempfile::tempdir().unwrap();
    let server = server(folder.path()).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let serving = tokio::spawn(server.run(listener, stop.clone()));
    // A client that connects and never asks.
    let _hanging = tokio::net::TcpStream::connect(address).await.unwrap();
    stop.cancel();
    let ended = tokio::time::timeout(Duration::from_secs(9), serving).await;
    ended.unwrap().unwrap().unwrap();
}
