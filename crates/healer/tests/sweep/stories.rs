//! The stories: what the outside does and says, each part of it written so that it can be played
//! again from the start and happens once.

use cluster::memory::{ImageBehaviour, Pace, Setup};
use cluster::{Cluster as _, MemoryCluster, scenes};
use healer::Healer;
use ledger::Filter;
use model::status::Status;
use model::{Actor, Incident, IncidentId, Millis, Severity, Signal, Source};

/// A tag that does not exist either.
const OTHER_BAD: &str = "registry.example/shop/web:1.4.4-rc";

/// Which story.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Story {
    FirstWay,
    Refused,
    PlanChanged,
    DoesNotHelp,
    Repaired,
    ResolvesByItself,
    SameAgain,
    UndoAfterClosing,
}

impl Story {
    pub(crate) const ALL: [Self; 8] = [
        Self::FirstWay,
        Self::Refused,
        Self::PlanChanged,
        Self::DoesNotHelp,
        Self::Repaired,
        Self::ResolvesByItself,
        Self::SameAgain,
        Self::UndoAfterClosing,
    ];

    pub(crate) fn name(self) -> String {
        format!("{self:?}")
    }

    pub(crate) fn named(name: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|story| story.name() == name)
            .unwrap()
    }

    /// The cluster that it begins with.
    pub(crate) fn setup(self) -> Setup {
        match self {
            Self::DoesNotHelp | Self::Repaired => scenes::shop_with_three_revisions(Pace::quick()),
            _ => scenes::shop(Pace::quick()),
        }
    }
}

/// Plays a story to its end, from wherever it is.
pub(crate) async fn play(story: Story, healer: &Healer, cluster: &MemoryCluster) {
    let scene = Scene { healer, cluster };
    match story {
        Story::FirstWay => {
            let id = scene.broken(1).await;
            scene.live(id, Word::Approve).await;
        }
        Story::Refused => {
            let id = scene.broken(1).await;
            scene.live(id, Word::Reject).await;
        }
        Story::PlanChanged => {
            let id = scene.broken(1).await;
            scene.live(id, Word::ApproveAfterAnEdit).await;
        }
        Story::DoesNotHelp => {
            scene.crashes_now(&[scenes::GOOD_IMAGE, scenes::OLDER_IMAGE]);
            let id = scene.reported(1).await;
            scene.live(id, Word::Approve).await;
        }
        Story::Repaired => {
            scene.crashes_now(&[scenes::OLDER_IMAGE]);
            let id = scene.reported(1).await;
            scene.live(id, Word::Approve).await;
        }
        Story::ResolvesByItself => {
            let id = scene.broken(1).await;
            scene.live(id, Word::Mend).await;
        }
        Story::SameAgain => {
            let first = scene.broken(1).await;
            scene.live(first, Word::Approve).await;
            let second = scene.broken(2).await;
            scene.live(second, Word::Approve).await;
        }
        Story::UndoAfterClosing => {
            let id = scene.broken(1).await;
            scene.live(id, Word::Approve).await;
            scene.undone(id).await;
        }
    }
}

/// What a person does when asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    Approve,
    Reject,
    /// Somebody edits the Deployment first, so that the plan they approve no longer holds.
    ApproveAfterAnEdit,
    /// Nothing; the missing tag is pushed.
    Mend,
}

struct Scene<'a> {
    healer: &'a Healer,
    cluster: &'a MemoryCluster,
}

impl Scene<'_> {
    /// Breaks the Deployment for the `nth` time and reports it, unless that was done before.
    async fn broken(&self, nth: usize) -> IncidentId {
        if self.incidents().await.len() < nth {
            scenes::bad_tag(self.cluster).unwrap();
            self.sick().await;
        }
        self.reported(nth).await
    }

    /// Reports the fault for the `nth` time, unless that was done before.
    async fn reported(&self, nth: usize) -> IncidentId {
        if self.incidents().await.len() < nth {
            let signal = Signal {
                source: Source::Cluster,
                name: "KubePodImagePullBackOff".to_owned(),
                object: Some(scenes::web()),
                severity: Severity::Warning,
                title: "a pod of web cannot start".to_owned(),
                labels: [].into(),
            };
            let cluster = self.cluster.id().clone();
            let actor = Actor::source("scene", "cluster");
            self.healer.report(signal, actor, cluster).await.unwrap();
        }
        self.incidents().await[nth - 1]
    }

    /// The incidents there are, oldest first.
    async fn incidents(&self) -> Vec<IncidentId> {
        let listed = self
            .healer
            .ledger
            .incidents(&Filter::default())
            .await
            .unwrap();
        listed
            .iter()
            .rev()
            .map(|listed| listed.summary.id)
            .collect()
    }

    /// Waits until the pods of the newest revision show their trouble.
    async fn sick(&self) {
        for _ in 0..4_000 {
            let sight = remedy::sight(self.cluster, &scenes::web(), model::Look::Before).await;
            if let Ok(remedy::Sight::Seen(seen)) = sight
                && seen.pods.iter().any(|pod| pod.trouble.is_some())
            {
                return;
            }
            tokio::time::sleep(Millis(1).duration()).await;
        }
        panic!("the cluster did not get sick");
    }

    /// From now on these images crash when they are started anew.
    fn crashes_now(&self, images: &[&str]) {
        for image in images {
            let crashes = ImageBehaviour::CrashesAfter {
                after: Millis(1),
                exit_code: 1,
                log: "cannot read session keys\n".to_owned(),
            };
            self.cluster.set_image(image, Some(crashes)).unwrap();
        }
    }

    async fn incident(&self, id: IncidentId) -> Incident {
        Incident::fold(&self.healer.ledger.events(id, 0).await.unwrap()).unwrap()
    }

    /// Drives an incident, and answers when asked, until it is closed or handed to a person.
    async fn live(&self, id: IncidentId, word: Word) {
        let stop = tokio_util::sync::CancellationToken::new();
        let holder = healer::holder("player");
        for _ in 0..20_000 {
            self.healer.drive(id, &holder, true, &stop).await.unwrap();
            let incident = self.incident(id).await;
            match incident.summary.status {
                Status::Closed | Status::Escalated => return,
                Status::WaitingApproval => self.speak(&incident, word).await,
                _ => {}
            }
            tokio::time::sleep(Millis(2).duration()).await;
        }
        panic!("the incident does not come to rest");
    }

    async fn speak(&self, incident: &Incident, word: Word) {
        let id = incident.id();
        let person = Actor::local_person("ada");
        match word {
            Word::Mend => scenes::bad_tag_appears(self.cluster).unwrap(),
            Word::Reject => {
                self.healer.reject(id, None, person, None).await.unwrap();
            }
            Word::ApproveAfterAnEdit if incident.changed_plans == 0 => {
                self.cluster
                    .edit(&scenes::web(), &scenes::set_image(OTHER_BAD))
                    .unwrap();
                self.healer.approve(id, None, person, None).await.unwrap();
            }
            Word::Approve | Word::ApproveAfterAnEdit => {
                self.healer.approve(id, None, person, None).await.unwrap();
            }
        }
    }

    /// Has a closed incident's change taken back, unless that was done before.
    async fn undone(&self, id: IncidentId) {
        let incident = self.incident(id).await;
        let stands = incident
            .standing
            .as_ref()
            .is_some_and(|s| s.next_to_undo().is_some());
        if incident.closed() && stands {
            self.healer
                .undo(id, Actor::local_person("ada"), None)
                .await
                .unwrap();
        }
        let holder = healer::holder("player");
        let stop = tokio_util::sync::CancellationToken::new();
        while !self.incident(id).await.closed() {
            self.healer.drive(id, &holder, false, &stop).await.unwrap();
        }
    }
}
