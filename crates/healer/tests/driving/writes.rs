//! Writes that go wrong, and writes of others.

use std::sync::Arc;

use cluster::memory::{Call, Fault};
use cluster::scenes::{self, BAD_IMAGE, GOOD_IMAGE};
use healer::{Observer, Point, holder};
use model::payload::Escalation;
use model::status::{Outcome, Status};
use model::{EffectKey, Fact, Failure, Millis, PatchOp, Timestamp};
use policy::{Freeze, Policy};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::shop::{Once, Shop, ada};

#[tokio::test]
async fn an_answer_that_was_lost_is_looked_up_and_the_write_is_not_repeated() {
    let shop = Shop::asking().await;
    shop.cluster.inject(Call::Write, Fault::LoseAnswerOnce);
    shop.approve().await;
    shop.rest().await;
    shop.assert_healed_once().await;
    assert_eq!(shop.count("step_failed").await, 1);
    assert_eq!(shop.count("intended").await, 1);
}

#[tokio::test]
async fn a_write_that_hung_without_happening_is_performed_under_the_same_key() {
    let shop = Shop::asking().await;
    shop.cluster.inject(Call::Write, Fault::HangOnce);
    shop.approve().await;
    shop.rest().await;
    shop.assert_healed_once().await;
    assert_eq!(shop.count("intended").await, 1);
}

#[tokio::test]
async fn a_newer_resource_version_is_read_again_and_written_once() {
    let shop = Shop::asking().await;
    shop.cluster.inject(Call::Write, Fault::ConflictOnce);
    shop.cluster.inject(Call::Write, Fault::ConflictOnce);
    shop.approve().await;
    shop.rest().await;
    shop.assert_healed_once().await;
    assert_eq!(shop.count("effect_failed").await, 0);
}

#[tokio::test]
async fn a_cluster_that_could_not_be_reached_is_tried_again_under_a_new_key() {
    let shop = Shop::asking().await;
    shop.cluster.inject(Call::Write, Fault::UnreachableOnce);
    shop.approve().await;
    shop.rest().await;
    shop.assert_healed_once().await;
    let effects = shop.effects().await;
    assert_eq!(effects.len(), 2);
    assert_ne!(effects.first(), effects.last());
}

#[tokio::test]
async fn a_cluster_that_is_away_for_a_while_delays_and_does_not_change_the_end() {
    let shop = Shop::broken().await;
    shop.cluster.set_down(true);
    let driven = async { shop.rest().await };
    let back = async {
        while shop.count("step_failed").await < 3 {
            tokio::time::sleep(Millis(2).duration()).await;
        }
        shop.cluster.set_down(false);
    };
    tokio::join!(driven, back);
    shop.approve().await;
    shop.rest().await;
    shop.assert_healed_once().await;
}

#[tokio::test]
async fn a_driver_that_was_held_up_past_its_deadline_looks_before_it_writes() {
    let mut shop = Shop::asking().await;
    let longer = Millis(shop.healer.write_limits.within.0 + 20);
    shop.healer.observer = Once::at(Point::BeforeWrite, move || {
        std::thread::sleep(longer.duration());
    }) as Arc<dyn Observer>;
    shop.approve().await;
    shop.rest().await;
    shop.assert_healed_once().await;
    assert_eq!(shop.count("intended").await, 1);
    assert_eq!(
        shop.count("step_failed").await,
        1,
        "it wrote although somebody else may have settled and undone the write by then"
    );
}

#[tokio::test]
async fn a_freeze_that_began_after_the_gate_holds_back_the_next_attempt() {
    let mut shop = Shop::asking().await;
    shop.cluster.inject(Call::Write, Fault::UnreachableOnce);
    shop.approve().await;
    let stop = CancellationToken::new();
    let stopper = stop.clone();
    shop.healer.observer = Once::at(Point::AfterWrite, move || stopper.cancel());
    let us = holder("test");
    let driven = shop.healer.drive(shop.id, &us, false, &stop).await;
    driven.unwrap();
    assert_eq!(shop.count("effect_failed").await, 1);
    shop.healer.policy = Arc::new(Policy {
        freezes: vec![Freeze {
            from: Timestamp::from_micros(0),
            until: Timestamp::from_micros(i64::MAX),
            reason: "the big sale".to_owned(),
        }],
        ..Policy::default()
    });
    shop.rest().await;
    let incident = shop.incident().await;
    assert_eq!(incident.escalation, Some(Escalation::PolicyRefuses));
    assert!(shop.cluster.all_effect_keys().unwrap().is_empty());
}

#[tokio::test]
async fn undo_refuses_when_someone_else_edited() {
    let shop = Shop::healed().await;
    let newer = "registry.example/shop/web:1.4.1";
    shop.cluster
        .edit(&scenes::web(), &scenes::set_image(newer))
        .unwrap();
    shop.healer.undo(shop.id, ada(), None).await.unwrap();
    shop.rest().await;
    let incident = shop.incident().await;
    assert_eq!(incident.summary.status, Status::Escalated);
    assert_eq!(incident.escalation, Some(Escalation::UndoFailed));
    assert_eq!(
        shop.image().await,
        newer,
        "somebody else's edit was overwritten"
    );
    // The person looks, and ends it: the incident is closed as it had been.
    shop.healer
        .reject(shop.id, None, ada(), None)
        .await
        .unwrap();
    shop.rest().await;
    assert_eq!(shop.incident().await.summary.outcome, Some(Outcome::Healed));
}

#[tokio::test]
async fn undo_puts_back_what_was_there() {
    let shop = Shop::healed().await;
    assert_eq!(shop.image().await, GOOD_IMAGE);
    shop.healer
        .undo(shop.id, ada(), Some("not wanted".to_owned()))
        .await
        .unwrap();
    shop.rest().await;
    assert_eq!(shop.incident().await.summary.outcome, Some(Outcome::Undone));
    assert_eq!(shop.image().await, BAD_IMAGE);
}

#[tokio::test]
async fn a_change_between_approval_and_write_voids_the_plan() {
    let mut shop = Shop::asking().await;
    let cluster = Arc::clone(&shop.cluster);
    let other = "registry.example/shop/web:1.4.4-rc";
    shop.healer.observer = Once::at(Point::BeforeWrite, move || {
        cluster
            .edit(&scenes::web(), &scenes::set_image(other))
            .unwrap();
    }) as Arc<dyn Observer>;
    shop.approve().await;
    shop.rest().await;
    let incident = shop.incident().await;
    assert_eq!(
        incident.summary.status,
        Status::WaitingApproval,
        "a new plan asks anew"
    );
    assert_eq!(shop.count("plan_changed").await, 1);
    assert_eq!(shop.image().await, other);
    assert!(shop.cluster.all_effect_keys().unwrap().is_empty());
}

#[tokio::test]
async fn a_write_whose_mark_is_gone_is_for_a_person_and_is_never_repeated() {
    let mut shop = Shop::asking().await;
    shop.cluster.inject(Call::Write, Fault::LoseAnswerOnce);
    let cluster = Arc::clone(&shop.cluster);
    shop.healer.observer = Once::at(Point::AfterWrite, move || {
        let name = EffectKey::ANNOTATION.replace('/', "~1");
        let path = format!("/metadata/annotations/{name}");
        cluster
            .edit(&scenes::web(), &[PatchOp::Remove { path }])
            .unwrap();
    }) as Arc<dyn Observer>;
    shop.approve().await;
    shop.rest().await;
    let incident = shop.incident().await;
    assert_eq!(incident.escalation, Some(Escalation::Undecidable));
    assert_eq!(shop.effects().await.len(), 1);
    let events = shop.healer.ledger.events(shop.id, 0).await.unwrap();
    assert!(events.iter().any(|event| matches!(
        &event.fact,
        Fact::EffectFailed(failed) if matches!(failed.failure, Failure::Undecidable { .. })
    )));
}

#[tokio::test]
async fn what_helm_owns_is_proposed_and_never_written() {
    let shop = Shop::broken().await;
    let release = PatchOp::Add {
        path: "/metadata/annotations/meta.helm.sh~1release-name".to_owned(),
        value: json!("web"),
    };
    shop.cluster.edit(&scenes::web(), &[release]).unwrap();
    shop.rest().await;
    let incident = shop.incident().await;
    assert_eq!(incident.escalation, Some(Escalation::OwnedElsewhere));
    assert!(incident.standing.is_some(), "the proposal is there to read");
    assert!(shop.cluster.all_effect_keys().unwrap().is_empty());
}

#[tokio::test]
async fn a_paused_rollout_is_not_resumed_unasked() {
    let shop = Shop::broken().await;
    let pause = PatchOp::Add {
        path: "/spec/paused".to_owned(),
        value: json!(true),
    };
    shop.cluster.edit(&scenes::web(), &[pause]).unwrap();
    shop.rest().await;
    assert_eq!(shop.incident().await.escalation, Some(Escalation::NoRemedy));
    assert!(shop.cluster.all_effect_keys().unwrap().is_empty());
}
