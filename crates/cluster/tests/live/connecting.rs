//! The way to a cluster, where it is written wrongly.

use cluster::{ConnectError, Connection, LiveCluster};

use crate::fake::Fake;

#[tokio::test]
async fn what_is_wrong_with_a_kubeconfig_is_said() {
    let fake = Fake::serving(Vec::new()).await;
    let path = fake.kubeconfig();
    let connect = |connection: Connection| async move {
        LiveCluster::connect(&connection)
            .await
            .map(|_| ())
            .unwrap_err()
            .to_string()
    };
    let on = |path: &std::path::Path| Connection {
        kubeconfig: Some(path.to_owned()),
        ..Connection::default()
    };
    let wrong = Connection {
        context: Some("shp".to_owned()),
        ..on(&path)
    };
    assert_eq!(
        connect(wrong).await,
        "the kubeconfig has no context \"shp\"; it has shop"
    );
    let nowhere = path.with_file_name("nowhere");
    let said = connect(on(&nowhere)).await;
    assert!(
        said.contains("nowhere") && said.contains("No such file"),
        "{said}"
    );
    std::fs::write(&nowhere, "{[").unwrap();
    let said = connect(on(&nowhere)).await;
    assert!(said.starts_with("cannot use the kubeconfig: "), "{said}");
    let groups = Connection {
        as_groups: vec!["a".to_owned()],
        ..on(&path)
    };
    let error = LiveCluster::connect(&groups).await.unwrap_err();
    assert!(matches!(error, ConnectError::GroupsWithoutUser));
}
