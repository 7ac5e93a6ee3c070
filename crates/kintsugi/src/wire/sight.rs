//! What commands look at: a recording, a live cluster, or the cluster in memory.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use cluster::{Cluster, Connection, LiveCluster, Namespaces, Reading, Recorded, Scope, dump};
use facts::{Json, Object, Snapshot};
use model::{ClusterId, Digest, Finding, Lang, Text};

use crate::cli::{ClusterFlags, With};
use crate::command::Context;
use crate::config::Config;
use crate::failure::Failure;
use crate::output::report::Source;

/// What was read, and what logs are read from.
pub(crate) struct Sight {
    pub(crate) reading: Reading,
    pub(crate) cluster: Arc<dyn Cluster>,
    pub(crate) source: Source,
    /// What the reader should know of how it was read.
    pub(crate) notes: Vec<Text>,
    /// The namespaces that were asked about.
    pub(crate) covered: Covered,
    /// What was asked for.
    pub(crate) scope: Scope,
    /// The API server's version, if it told.
    pub(crate) server_version: Option<String>,
    /// The live cluster, if it is one.
    pub(crate) live: Option<LiveCluster>,
}

/// Some namespaces; none means all.
pub(crate) struct Covered {
    namespaces: BTreeSet<String>,
    /// What stands in no namespace and serves these: by kind and name.
    serving: BTreeSet<(String, String)>,
}

impl Covered {
    fn new(namespaces: BTreeSet<String>, snapshot: &Snapshot) -> Self {
        let mut covered = Self {
            namespaces,
            serving: BTreeSet::new(),
        };
        covered.look_at(snapshot);
        covered
    }

    /// Those that were asked about; none are all.
    pub(crate) const fn namespaces(&self) -> &BTreeSet<String> {
        &self.namespaces
    }

    /// Takes note of what there is outside of the namespaces that has to do with them.
    pub(crate) fn look_at(&mut self, snapshot: &Snapshot) {
        let mut serving = BTreeSet::new();
        if !self.namespaces.is_empty() {
            for object in snapshot.objects() {
                if let Some(node) = self.node_of(object) {
                    serving.insert(("Node".to_owned(), node.to_owned()));
                } else if object.namespace().is_empty() && self.stands_for(object) {
                    serving.insert((object.kind().to_owned(), object.name().to_owned()));
                }
            }
        }
        self.serving = serving;
    }

    /// The node that holds a pod of these namespaces.
    fn node_of<'a>(&self, object: &'a Object) -> Option<&'a str> {
        let node = object.text("/spec/nodeName");
        (object.kind() == "Pod" && !node.is_empty() && self.namespaces.contains(object.namespace()))
            .then_some(node)
    }

    /// Whether an object of no namespace is one of these, or leads into them.
    fn stands_for(&self, object: &Object) -> bool {
        let leads = |place: &str| self.namespaces.contains(place);
        let hooks = || object.list("/webhooks").iter();
        object.kind() == "Namespace" && leads(object.name())
            || object.kind() == "APIService" && leads(object.text("/spec/service/namespace"))
            || object.kind() == "PersistentVolume" && leads(object.text("/spec/claimRef/namespace"))
            || hooks().any(|hook| {
                let place = hook.pointer("/clientConfig/service/namespace");
                place.and_then(Json::as_str).is_some_and(leads)
            })
    }

    /// Whether a finding is about a namespace that was asked about, or about something outside that
    /// breaks or holds what is in it.
    pub(crate) fn holds(&self, finding: &Finding) -> bool {
        let object = &finding.object;
        self.namespaces.is_empty()
            || object.namespace.is_empty()
                && self
                    .serving
                    .contains(&(object.kind.clone(), object.name.clone()))
            || std::iter::once(object)
                .chain(&finding.affected)
                .chain(finding.explains.iter().map(|explained| &explained.object))
                .any(|object| self.namespaces.contains(&object.namespace))
    }

    /// A namespace that was asked about and is known not to exist.
    fn unknown(&self, snapshot: &Snapshot) -> Option<Failure> {
        let absent = |name: &&String| {
            snapshot.get("Namespace", "", name).is_absent()
                && !snapshot
                    .objects()
                    .iter()
                    .any(|object| object.namespace() == name.as_str())
        };
        let name = self.namespaces.iter().find(absent)?;
        let there = snapshot.of_kind("Namespace", None).map(Object::name);
        let failure = Failure::new(format!("there is no namespace `{name}`"));
        Some(match facts::nearest(name, there) {
            Some(near) => failure.next(format!("did you mean `{near}`?")),
            None => failure.next("name one that there is with -n, or all of them with -A"),
        })
    }
}

/// Looks at what the flags mean, and refuses a namespace that is not there.
pub(crate) async fn look(context: &Context, flags: &ClusterFlags) -> Result<Sight, Failure> {
    let sight = any(context, flags).await?;
    match sight.covered.unknown(&sight.reading.snapshot) {
        Some(failure) => Err(failure),
        None => Ok(sight),
    }
}

/// A recording; a live cluster; or, where no live one is named and the configuration or a ledger
/// beside us has one, the cluster in memory.
async fn any(context: &Context, flags: &ClusterFlags) -> Result<Sight, Failure> {
    let namespaces: BTreeSet<String> = flags.namespace.iter().cloned().collect();
    if let Some(from) = &flags.from {
        return recorded(context, from, namespaces);
    }
    let named = flags.kubeconfig.is_some() || flags.context.is_some();
    let memory = match named {
        true => None,
        false => super::cluster(&context.effective.config)?,
    };
    match memory {
        Some(memory) => {
            let source = Source {
                kind: "memory",
                context: Some(memory.id().to_string()),
                path: None,
            };
            let config = &context.effective.config;
            let memory = super::measured(memory, config, flags.prometheus.as_deref()).await?;
            read(memory, source, namespaces, flags, config).await
        }
        None => live(flags, namespaces, &context.effective.config).await,
    }
}

async fn live(
    flags: &ClusterFlags,
    namespaces: BTreeSet<String>,
    config: &Config,
) -> Result<Sight, Failure> {
    let connection = Connection {
        kubeconfig: flags.kubeconfig.clone(),
        context: flags.context.clone(),
        namespace: flags.namespace.first().cloned(),
        as_user: flags.as_user.clone(),
        as_groups: flags.as_group.clone(),
    };
    let cluster = LiveCluster::connect(&connection).await.map_err(|error| {
        Failure::new(error)
            .next("name a cluster with --kubeconfig or --context, or a recording with --from")
    })?;
    let own = cluster.default_namespace().to_owned();
    let version = cluster.server_version().map(str::to_owned);
    let source = Source {
        kind: "live",
        context: cluster.context().map(str::to_owned),
        path: None,
    };
    let cluster = match asked_for(flags, config, With::Helm) {
        true => cluster.with_helm(),
        false => cluster,
    };
    let connected = cluster.clone();
    let cluster: Arc<dyn Cluster> = Arc::new(cluster);
    let cluster = super::measured(cluster, config, flags.prometheus.as_deref()).await?;
    let mut sight = read(cluster, source, namespaces, flags, config).await?;
    if sight.reading.snapshot.complete().is_empty() {
        return Err(nothing(&sight.reading, &flags.namespace, &own));
    }
    if let Some(only) = &sight.reading.only_in {
        sight.notes.push(Text::new(
            format!(
                "pods of all namespaces may not be read, so only those of namespace {only} are looked at; name others with -n"
            ),
            format!(
                "无权读取所有命名空间的 Pod，因此只查看命名空间 {only} 中的；可用 -n 指定其他命名空间"
            ),
        ));
    }
    sight.server_version = version;
    sight.live = Some(connected);
    Ok(sight)
}

/// Whether something of Secrets is read: somebody asked for it.
fn asked_for(flags: &ClusterFlags, config: &Config, what: With) -> bool {
    flags.with.contains(&what) || config.with.contains(&what)
}

/// A cluster that answered every question with a refusal or with nonsense.
fn nothing(reading: &Reading, asked: &[String], own: &str) -> Failure {
    let pods = |spot: &&cluster::BlindSpot| spot.what.en.starts_with("pods");
    let spots = &reading.blind_spots;
    let why = match spots.iter().find(pods).or_else(|| spots.first()) {
        Some(spot) => format!("{}: {}", spot.what.en, spot.why.en),
        None => "it gave no reason".to_owned(),
    };
    let place = asked.first().map_or(own, String::as_str);
    Failure::new(format!("nothing of the cluster could be read: {why}")).next(format!(
        "see what you may read with `kubectl auth can-i --list -n {place}`, and name another namespace with -n NAMESPACE"
    ))
}

async fn read(
    cluster: Arc<dyn Cluster>,
    source: Source,
    namespaces: BTreeSet<String>,
    flags: &ClusterFlags,
    config: &Config,
) -> Result<Sight, Failure> {
    let scope = Scope {
        certificates: asked_for(flags, config, With::Certificates),
        helm: asked_for(flags, config, With::Helm),
        namespaces: match namespaces.is_empty() {
            true => Namespaces::All,
            false => Namespaces::Named(namespaces.clone()),
        },
    };
    let reading = cluster.read(&scope).await.map_err(|error| {
        Failure::new(error).next("see whether the cluster answers: kubectl version")
    })?;
    Ok(Sight {
        covered: Covered::new(namespaces, &reading.snapshot),
        reading,
        source,
        cluster,
        notes: Vec::new(),
        scope,
        server_version: None,
        live: None,
    })
}

/// Whether it is a pipe with a name, which is read only once somebody writes to it.
fn is_pipe(from: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        std::fs::metadata(from).is_ok_and(|meta| meta.file_type().is_fifo())
    }
    #[cfg(not(unix))]
    {
        let _ = from;
        false
    }
}

fn recorded(
    context: &Context,
    from: &Path,
    namespaces: BTreeSet<String>,
) -> Result<Sight, Failure> {
    if is_pipe(from) {
        // It may never come, and nobody would know what is waited for.
        context.voice.note(&match context.voice.lang {
            Lang::En => format!("waiting for what is written to {}", from.display()),
            Lang::Zh => format!("正在等待写入 {} 的内容", from.display()),
        });
    }
    let limits = dump::Limits::default();
    let read = if from == Path::new("-") {
        dump::read_stream(std::io::stdin().lock(), &limits)
    } else {
        dump::read(from, &limits)
    };
    let dump = read.map_err(|error| {
        let lang = context.voice.lang;
        let next = match lang {
            Lang::En => "name a folder, a file or an archive of what was recorded",
            Lang::Zh => "请指定记录所在的文件夹、文件或归档",
        };
        Failure::new(error.told().get(lang)).next(next)
    })?;
    let path = from.display().to_string();
    let digest = Digest::of("kintsugi.record.v1", &[path.as_bytes()]);
    let id = dump
        .cluster
        .clone()
        .unwrap_or_else(|| ClusterId::from(format!("record-{}", digest.short())));
    Ok(Sight {
        covered: Covered::new(namespaces, &dump.snapshot),
        // Its logs are in the snapshot already: there is nothing more to ask.
        cluster: Arc::new(Recorded::new(id, Arc::default())),
        reading: Reading {
            snapshot: dump.snapshot,
            blind_spots: dump.blind_spots,
            only_in: None,
            requests: 0,
            bytes: dump.bytes,
        },
        source: Source {
            kind: "dump",
            context: None,
            path: Some(path),
        },
        notes: dump
            .notes
            .iter()
            .filter(|note| context.voice.verbose || !note.usual)
            .map(cluster::dump::Note::text)
            .collect(),
        scope: Scope::default(),
        server_version: None,
        live: None,
    })
}
