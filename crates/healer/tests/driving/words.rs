//! The words of people and of sources: which count, and when.

use std::sync::Arc;

use healer::{Heard, WordError};
use ledger::Opened;
use model::payload::Ruling;
use model::status::{Outcome, Status};
use model::{Actor, Fact};
use policy::Policy;

use crate::shop::{Shop, ada, signal};

#[tokio::test]
async fn an_approval_of_another_plan_is_refused_and_says_which_one_stands() {
    let shop = Shop::asking().await;
    let standing = shop.incident().await.standing.unwrap().hash;
    for given in ["0000000000", "12", ""] {
        let refused = shop.healer.approve(shop.id, Some(given), ada(), None).await;
        let error = refused.unwrap_err();
        assert!(matches!(error, WordError::OtherPlan { .. }), "{error}");
        assert!(error.to_string().contains(&standing.to_string()), "{error}");
    }
    let by_beginning = standing.short();
    let heard = shop
        .healer
        .approve(shop.id, Some(&by_beginning), ada(), None)
        .await;
    assert_eq!(heard.unwrap(), Heard::Now);
}

#[tokio::test]
async fn saying_it_twice_says_it_once() {
    let shop = Shop::asking().await;
    assert_eq!(
        shop.healer
            .approve(shop.id, None, ada(), None)
            .await
            .unwrap(),
        Heard::Now
    );
    assert_eq!(
        shop.healer
            .approve(shop.id, None, ada(), None)
            .await
            .unwrap(),
        Heard::Before
    );
    assert_eq!(shop.count("approved").await, 1);
    shop.rest().await;
    shop.assert_healed_once().await;
}

#[tokio::test]
async fn approvals_at_the_same_time_lead_to_one_write() {
    let shop = Shop::asking().await;
    let people = ["ada", "bob", "eve", "ken"].map(Actor::local_person);
    let said = people.map(|person| shop.healer.approve(shop.id, None, person, None));
    let [a, b, c, d] = said;
    let _ = tokio::join!(a, b, c, d);
    shop.rest().await;
    shop.assert_healed_once().await;
}

#[tokio::test]
async fn a_word_that_does_not_count_leaves_the_question_open() {
    let mut shop = Shop::asking().await;
    shop.healer.policy = Arc::new(Policy {
        approvers: vec!["grace".to_owned()],
        ..Policy::default()
    });
    shop.approve().await;
    shop.rest().await;
    let incident = shop.incident().await;
    assert_eq!(incident.summary.status, Status::WaitingApproval);
    let gate = incident.standing.unwrap().gate.unwrap().decided;
    assert_eq!(gate.ruling, Ruling::Ask);
    assert!(
        gate.rules.contains(&"approver_not_named".to_owned()),
        "{:?}",
        gate.rules
    );
    assert!(shop.cluster.all_effect_keys().unwrap().is_empty());
    let grace = Actor::local_person("grace");
    shop.healer
        .approve(shop.id, None, grace, None)
        .await
        .unwrap();
    shop.rest().await;
    shop.assert_healed_once().await;
}

#[tokio::test]
async fn a_person_whose_word_did_not_count_may_say_it_again_once_it_does() {
    let mut shop = Shop::asking().await;
    shop.healer.policy = Arc::new(Policy {
        approvers: vec!["grace".to_owned()],
        ..Policy::default()
    });
    shop.approve().await;
    shop.rest().await;
    assert_eq!(
        shop.incident().await.summary.status,
        Status::WaitingApproval
    );
    shop.healer.policy = Arc::new(Policy::default());
    let again = shop.healer.approve(shop.id, None, ada(), None).await;
    assert_eq!(again.unwrap(), Heard::Now);
    shop.rest().await;
    shop.assert_healed_once().await;
}

#[tokio::test]
async fn kintsugi_does_not_approve_its_own_plan() {
    let shop = Shop::asking().await;
    shop.healer
        .approve(shop.id, None, Actor::kintsugi(), None)
        .await
        .unwrap();
    shop.rest().await;
    assert_eq!(
        shop.incident().await.summary.status,
        Status::WaitingApproval
    );
    assert!(shop.cluster.all_effect_keys().unwrap().is_empty());
}

#[tokio::test]
async fn a_refusal_ends_it_and_a_later_approval_is_not_taken() {
    let shop = Shop::asking().await;
    shop.healer
        .reject(shop.id, None, ada(), None)
        .await
        .unwrap();
    let late = shop
        .healer
        .approve(shop.id, None, Actor::local_person("bob"), None)
        .await;
    assert!(matches!(late, Err(WordError::NotAsked { .. })));
    shop.rest().await;
    assert_eq!(
        shop.incident().await.summary.outcome,
        Some(Outcome::Rejected)
    );
    assert!(shop.cluster.all_effect_keys().unwrap().is_empty());
}

#[tokio::test]
async fn nothing_can_be_undone_that_does_not_stand() {
    let shop = Shop::asking().await;
    let early = shop.healer.undo(shop.id, ada(), None).await;
    assert!(matches!(early, Err(WordError::NothingToUndo { .. })));
    shop.healer
        .reject(shop.id, None, ada(), None)
        .await
        .unwrap();
    shop.rest().await;
    let nothing = shop.healer.undo(shop.id, ada(), None).await;
    assert!(matches!(nothing, Err(WordError::NothingToUndo { .. })));
}

#[tokio::test]
async fn the_same_fault_again_is_counted_while_open_and_linked_once_closed() {
    let shop = Shop::asking().await;
    let report = || {
        let cluster = model::ClusterId::clone(cluster::Cluster::id(shop.cluster.as_ref()));
        shop.healer
            .report(signal(), Actor::source("test", "cluster"), cluster)
    };
    let again = report().await.unwrap();
    assert_eq!(
        again,
        Opened::Known {
            incident: shop.id,
            sightings: 2
        }
    );
    shop.approve().await;
    shop.rest().await;
    let Opened::New(event) = report().await.unwrap() else {
        panic!("a closed incident was opened again");
    };
    let Fact::SignalSeen(opening) = &event.fact else {
        panic!("{event:?}")
    };
    assert_eq!(opening.previous, Some(shop.id));
}

#[tokio::test]
async fn a_source_that_says_the_fault_is_gone_closes_the_incident() {
    let shop = Shop::asking().await;
    let source = Actor::source("alertmanager", "webhook");
    let heard = shop
        .healer
        .clear(shop.id, source.clone(), "resolved")
        .await
        .unwrap();
    assert_eq!(heard, Heard::Now);
    shop.rest().await;
    assert_eq!(
        shop.incident().await.summary.outcome,
        Some(Outcome::ResolvedByItself)
    );
    let late = shop
        .healer
        .clear(shop.id, source, "resolved")
        .await
        .unwrap();
    assert_eq!(late, Heard::Before);
}
