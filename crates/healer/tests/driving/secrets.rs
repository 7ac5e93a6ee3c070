//! What is secret in a workload never enters the ledger, which cannot forget.

use cluster::scenes::{self, BAD_IMAGE, GOOD_IMAGE};
use model::payload::Escalation;
use model::status::Outcome;
use model::{Event, Fact, PatchOp, codec};
use serde_json::json;

use crate::shop::{Shop, ada};

const SECRET: &str = "hunter2-in-plain-sight";

async fn events(shop: &Shop) -> Vec<Event> {
    shop.healer.ledger.events(shop.id, 0).await.unwrap()
}

async fn assert_nothing_secret(shop: &Shop) {
    for event in events(shop).await {
        let bytes = String::from_utf8(codec::encode(&event).unwrap()).unwrap();
        assert!(!bytes.contains(SECRET), "{bytes}");
        if let Fact::ToolReturned(returned) = &event.fact {
            let body = shop.healer.ledger.body(returned.body).await.unwrap();
            let body = String::from_utf8(body.unwrap()).unwrap();
            assert!(!body.contains(SECRET), "{body}");
        }
    }
}

#[tokio::test]
async fn a_workload_with_a_secret_in_its_environment_is_mended_and_undone_without_keeping_it() {
    let shop = Shop::broken_with(&[("DB_PASSWORD", SECRET)]).await;
    shop.rest().await;
    shop.approve().await;
    shop.rest().await;
    shop.assert_healed_once().await;
    assert_eq!(shop.image().await, GOOD_IMAGE);
    shop.healer.undo(shop.id, ada(), None).await.unwrap();
    shop.rest().await;
    assert_eq!(shop.incident().await.summary.outcome, Some(Outcome::Undone));
    assert_eq!(shop.image().await, BAD_IMAGE);
    assert_nothing_secret(&shop).await;
}

#[tokio::test]
async fn somebody_elses_edit_beside_a_secret_is_found_without_keeping_it() {
    let shop = Shop::broken_with(&[("DB_PASSWORD", SECRET)]).await;
    shop.rest().await;
    let label = PatchOp::Add {
        path: "/spec/template/metadata/labels/team".to_owned(),
        value: json!("checkout"),
    };
    shop.cluster.edit(&scenes::web(), &[label]).unwrap();
    shop.approve().await;
    shop.rest().await;
    assert_eq!(shop.count("plan_changed").await, 1);
    // The new plan takes the label back as well, and nothing else.
    shop.approve().await;
    shop.rest().await;
    shop.assert_healed_once().await;
    assert_nothing_secret(&shop).await;
}

#[tokio::test]
async fn a_plan_that_would_have_to_keep_a_secret_is_not_made_and_says_what_to_do() {
    let shop = Shop::broken_with(&[("DB_PASSWORD", "the-one-before")]).await;
    let other = PatchOp::Replace {
        path: "/spec/template/spec/containers/0/env/0/value".to_owned(),
        value: json!(SECRET),
    };
    shop.cluster.edit(&scenes::web(), &[other]).unwrap();
    shop.rest().await;
    assert_eq!(shop.incident().await.escalation, Some(Escalation::NoRemedy));
    let detail = events(&shop)
        .await
        .into_iter()
        .find_map(|event| match event.fact {
            Fact::Escalated(escalated) => Some(escalated.detail.en),
            _ => None,
        });
    let detail = detail.unwrap();
    assert!(detail.contains("env/0/value"), "{detail}");
    assert!(
        detail.contains("kubectl -n shop rollout undo deployment/web"),
        "{detail}"
    );
    assert_nothing_secret(&shop).await;
}
