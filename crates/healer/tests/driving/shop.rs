//! A shop whose Deployment got a tag that does not exist, and an incident about it.

use std::sync::{Arc, Mutex};

use cluster::memory::Pace;
use cluster::{Cluster as _, MemoryCluster, scenes};
use healer::{Healer, Observer, Point, Rested, holder};
use ledger::{Opened, SqliteLedger, SqliteOptions};
use model::status::Status;
use model::{
    Actor, EffectKey, Fact, Incident, IncidentId, Millis, Severity, Signal, Source, Verdict,
};
use serde_json::json;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::wiring;

/// Does something once, the first time a point is passed.
pub(crate) struct Once {
    point: Point,
    deed: Mutex<Option<Box<dyn FnOnce() + Send>>>,
}

impl Once {
    pub(crate) fn at(point: Point, deed: impl FnOnce() + Send + 'static) -> Arc<Self> {
        Arc::new(Self {
            point,
            deed: Mutex::new(Some(Box::new(deed))),
        })
    }
}

impl Observer for Once {
    fn reached(&self, point: Point) {
        if point == self.point {
            let deed = self.deed.lock().unwrap().take();
            if let Some(deed) = deed {
                deed();
            }
        }
    }
}

/// The shop.
pub(crate) struct Shop {
    pub(crate) healer: Healer,
    pub(crate) cluster: Arc<MemoryCluster>,
    pub(crate) id: IncidentId,
    folder: TempDir,
}

pub(crate) fn ada() -> Actor {
    Actor::local_person("ada")
}

pub(crate) fn signal() -> Signal {
    Signal {
        source: Source::Cluster,
        name: "KubePodImagePullBackOff".to_owned(),
        object: Some(scenes::web()),
        severity: Severity::Warning,
        title: "a pod of web cannot start".to_owned(),
        labels: [].into(),
    }
}

impl Shop {
    /// A shop with its fault and its incident, before anything was done about it.
    pub(crate) async fn broken() -> Self {
        Self::broken_with(&[]).await
    }

    /// The same shop, whose web container has had these environment variables from the start.
    pub(crate) async fn broken_with(env: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut setup = scenes::shop(Pace::quick());
        let env: Vec<_> = env
            .iter()
            .map(|(name, value)| json!({"name": name, "value": value}))
            .collect();
        for object in &mut setup.seed.objects {
            let container = "/spec/template/spec/containers/0";
            object.edit(|object| {
                if let Some(container) = object.pointer_mut(container)
                    && !env.is_empty()
                {
                    container["env"] = env.clone().into();
                }
            });
        }
        let cluster = Arc::new(MemoryCluster::open(None, setup, wiring::clock()).unwrap());
        let place = folder.path().join("ledger.db");
        let ledger = SqliteLedger::open(&place, SqliteOptions::default()).await;
        let ledger = Arc::new(ledger.unwrap());
        let mut healer = wiring::healer(ledger, &cluster, Arc::new(healer::Quiet));
        healer.write_limits.within = Millis(60);
        scenes::bad_tag(&cluster).unwrap();
        let mut shop = Self {
            healer,
            cluster,
            id: IncidentId::from_uuid(uuid::Uuid::nil()),
            folder,
        };
        shop.until_sick().await;
        let opened = shop
            .healer
            .report(
                signal(),
                Actor::source("test", "cluster"),
                shop.cluster.id().clone(),
            )
            .await
            .unwrap();
        let Opened::New(event) = opened else {
            panic!("the incident was there: {opened:?}")
        };
        shop.id = event.incident;
        shop
    }

    /// The same shop, driven until a person is asked.
    pub(crate) async fn asking() -> Self {
        let shop = Self::broken().await;
        shop.rest().await;
        assert_eq!(
            shop.incident().await.summary.status,
            Status::WaitingApproval
        );
        shop
    }

    /// The same shop, healed and closed.
    pub(crate) async fn healed() -> Self {
        let shop = Self::asking().await;
        shop.approve().await;
        shop.rest().await;
        assert_eq!(shop.incident().await.summary.verdict, Some(Verdict::Healed));
        shop
    }

    /// Changes the ledger's file behind its back.
    pub(crate) fn damage(&self, sql: &str) {
        let file = rusqlite::Connection::open(self.folder.path().join("ledger.db")).unwrap();
        assert!(file.execute(sql, []).unwrap() > 0, "{sql}");
    }

    async fn until_sick(&self) {
        for _ in 0..4_000 {
            let web = scenes::web();
            let sight = remedy::sight(self.cluster.as_ref(), &web, model::Look::Before).await;
            if let Ok(remedy::Sight::Seen(seen)) = sight
                && seen.pods.iter().any(|pod| pod.trouble.is_some())
            {
                return;
            }
            tokio::time::sleep(Millis(1).duration()).await;
        }
        panic!("the shop did not get sick");
    }

    pub(crate) async fn approve(&self) {
        self.healer
            .approve(self.id, None, ada(), None)
            .await
            .unwrap();
    }

    /// Drives to rest.
    pub(crate) async fn rest(&self) -> Rested {
        let stop = CancellationToken::new();
        self.healer
            .drive_to_rest(self.id, &holder("test"), &stop)
            .await
            .unwrap()
    }

    pub(crate) async fn incident(&self) -> Incident {
        Incident::fold(&self.healer.ledger.events(self.id, 0).await.unwrap()).unwrap()
    }

    /// How often something of a kind happened.
    pub(crate) async fn count(&self, wanted: &str) -> usize {
        let events = self.healer.ledger.events(self.id, 0).await.unwrap();
        events
            .iter()
            .filter(|event| event.kind().as_str() == wanted)
            .count()
    }

    /// The effects that were intended, in order.
    pub(crate) async fn effects(&self) -> Vec<EffectKey> {
        let events = self.healer.ledger.events(self.id, 0).await.unwrap();
        events
            .iter()
            .filter_map(|event| match &event.fact {
                Fact::Intended(intended) => Some(intended.intent.key),
                _ => None,
            })
            .collect()
    }

    /// The image that the Deployment wants.
    pub(crate) async fn image(&self) -> String {
        let web = self.cluster.get(&scenes::web()).await.unwrap().unwrap();
        web.text("/spec/template/spec/containers/0/image")
            .to_owned()
    }

    /// Asserts that the incident healed with one write to the cluster.
    pub(crate) async fn assert_healed_once(&self) {
        let incident = self.incident().await;
        assert_eq!(incident.summary.status, Status::Closed, "{incident:#?}");
        assert_eq!(incident.summary.verdict, Some(Verdict::Healed));
        let written = self.cluster.all_effect_keys().unwrap();
        assert_eq!(written.values().copied().collect::<Vec<_>>(), [1]);
        assert!(self.healer.ledger.verify().await.unwrap().intact);
    }
}
