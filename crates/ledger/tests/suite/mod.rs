//! What every store of incidents must do, as claims that are tested on each of them.

pub(crate) mod appending;
pub(crate) mod bodies;
pub(crate) mod driving;
pub(crate) mod listing;
pub(crate) mod starting;
pub(crate) mod tampering;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use ledger::{Ledger, LedgerError, Opened, Opening, Trust};
use model::payload::{Closed, Escalated, Escalation, SignalCleared, UndoRequested};
use model::signal::Source;
use model::{
    Actor, ClusterId, Draft, Event, EventId, Fact, IncidentId, ObjectRef, Outcome, PlanHash,
    Severity, Signal, Text, Timestamp, Why,
};
use uuid::Uuid;

/// A place where a ledger of one kind lives, for one test.
#[async_trait]
pub(crate) trait Place: Send + Sync {
    /// Opens the ledger that is there; all that were opened before may stay open.
    async fn open_with(&self, trust: Trust) -> Result<Arc<dyn Ledger>, LedgerError>;

    /// Does to the store what only somebody beside the ledger would do: rules do not apply.
    async fn alter(&self, sql: &str);

    /// An id as SQL.
    fn id(&self, id: Uuid) -> String;

    /// The bytes of an event with one text in them replaced, as SQL.
    fn with(&self, from: &str, to: &str) -> String;

    /// A directory that belongs to the test.
    fn directory(&self) -> &Path;

    async fn open(&self) -> Arc<dyn Ledger> {
        self.open_with(Trust::HeadsHold).await.unwrap()
    }
}

/// One test for each claim, on the store that `$place` makes a place for, unless it is left out.
macro_rules! claims {
    ($place:expr; $($module:ident { $($claim:ident,)* })*) => {
        $($(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $claim() {
                let Some(place) = $place else { return };
                $crate::suite::$module::$claim(&place).await;
            }
        )*)*
    };
}
pub(crate) use claims;

macro_rules! every_claim {
    ($place:expr) => {
        $crate::suite::claims! { $place;
            appending {
                an_opened_incident_is_there_with_its_first_event,
                appended_events_get_their_place_and_their_time_in_order,
                an_append_told_twice_appends_once,
                an_opening_told_twice_opens_once,
                an_append_onto_a_moved_head_is_refused_and_says_where_it_stands,
                an_append_to_no_incident_is_refused,
                an_event_id_of_another_incident_is_refused,
                a_batch_is_appended_whole_or_not_at_all,
                after_closing_only_a_wish_to_undo_may_follow,
                nothing_may_follow_a_closing_in_the_same_batch,
                concurrent_appenders_lose_nothing,
                concurrent_signals_of_one_fault_open_one_incident,
                a_sighting_told_twice_is_counted_once,
                a_recurrence_names_the_incident_before,
                an_incident_stirred_by_an_undo_does_not_stand_in_the_way_of_the_open_one,
                two_ledgers_on_one_place_see_each_others_events,
                changes_are_told_here_and_elsewhere,
            }
            driving {
                a_lease_is_given_to_one_until_it_ends,
                a_released_incident_is_due_when_it_said,
                an_append_makes_its_incident_due_at_once,
                a_word_said_while_the_holder_rests_is_not_slept_over,
                a_closed_incident_is_not_claimed,
                claims_are_of_one_cluster_and_as_many_as_asked,
                concurrent_claims_share_nothing,
                a_dead_holder_is_buried_and_no_other,
            }
            listing {
                lists_are_narrowed_by_everything_a_filter_says,
                pages_follow_each_other_without_gap_or_repetition,
                an_incident_is_found_by_how_its_id_begins_or_ends,
                stories_are_read_from_any_event_on,
            }
            bodies {
                a_body_is_kept_once_and_read_back,
                an_erased_body_stays_erased_and_breaks_no_chain,
                a_changed_body_is_not_given_out,
            }
            starting {
                everything_is_there_after_opening_again,
                many_may_open_an_empty_place_at_once,
                a_projection_of_an_older_version_is_made_anew,
                a_projection_of_a_newer_version_is_refused,
                an_event_kind_of_a_newer_version_is_refused,
                an_open_incident_with_a_changed_end_is_refused_at_start,
                a_closed_incident_with_a_changed_end_is_not_looked_at_at_start,
                a_backup_opens_and_holds_the_same_chains,
                a_backup_overwrites_nothing,
            }
            tampering {
                an_untouched_ledger_is_intact_and_its_root_changes_with_every_event,
                a_changed_event_is_found,
                a_changed_hash_is_found,
                a_removed_event_is_found,
                an_inserted_event_is_found,
                reordered_events_are_found,
                an_amputated_tail_is_found,
                an_amputated_tail_with_its_head_moved_back_is_found_by_the_list,
                a_removed_incident_is_found,
                a_removed_last_incident_is_found,
                an_event_that_cannot_be_read_is_a_broken_link,
                a_story_without_an_opening_is_found,
                an_edited_column_is_found,
                the_first_of_many_broken_links_is_named,
            }
        }
    };
}
pub(crate) use every_claim;

static FRESH: AtomicU64 = AtomicU64::new(1);

/// An id that no other test and no other process has; ids grow as ours do.
fn fresh() -> Uuid {
    let n = FRESH.fetch_add(1, Ordering::Relaxed);
    let process = u128::from(std::process::id());
    Uuid::from_u128((u128::from(n) << 64) | (process << 20) | u128::from(n % 1000))
}

pub(crate) fn event_id() -> EventId {
    EventId::from_uuid(fresh())
}

pub(crate) fn at(micros: i64) -> Timestamp {
    Timestamp::from_micros(1_700_000_000_000_000 + micros)
}

pub(crate) fn cluster() -> ClusterId {
    ClusterId::memory("test")
}

/// A signal about a workload of that name.
pub(crate) fn signal(name: &str) -> Signal {
    Signal {
        source: Source::Alert,
        name: "KubePodCrashLooping".to_owned(),
        object: Some(ObjectRef::new("Deployment", "shop", name)),
        severity: Severity::Warning,
        title: format!("{name} keeps crashing"),
        labels: std::iter::once(("team".to_owned(), "größe".to_owned())).collect(),
    }
}

pub(crate) fn opening(name: &str) -> Opening {
    Opening {
        incident: IncidentId::from_uuid(fresh()),
        event: event_id(),
        at: at(0),
        actor: Actor::source("alertmanager", "webhook"),
        signal: signal(name),
        cluster: cluster(),
    }
}

pub(crate) fn draft(fact: impl Into<Fact>) -> Draft {
    Draft {
        id: event_id(),
        at: at(10),
        actor: Actor::kintsugi(),
        why: Why::NextStep,
        fact: fact.into(),
    }
}

pub(crate) fn note(text: &str) -> Draft {
    draft(SignalCleared {
        seen: text.to_owned(),
    })
}

pub(crate) fn escalated() -> Draft {
    draft(Escalated {
        reason: Escalation::NoSkill,
        detail: Text::same("nobody knows"),
    })
}

pub(crate) fn closed() -> Draft {
    draft(Closed {
        outcome: Outcome::NotMended,
    })
}

pub(crate) fn undo() -> Draft {
    draft(UndoRequested {
        plan: PlanHash::from_bytes([7; 32]),
        comment: None,
    })
}

/// Opens an incident that must be new.
pub(crate) async fn begin(ledger: &dyn Ledger, name: &str) -> Event {
    match ledger.open(opening(name)).await.unwrap() {
        Opened::New(event) => *event,
        Opened::Known { incident, .. } => panic!("{incident} was open already"),
    }
}

/// An incident with a story of five events, of which the last two say where it stands.
pub(crate) async fn story(ledger: &dyn Ledger, name: &str) -> IncidentId {
    let id = begin(ledger, name).await.incident;
    let drafts = vec![note("one"), note("two"), note("three"), escalated()];
    ledger.append(id, 1, drafts).await.unwrap();
    id
}
