//! Wiring: from the configuration to a ledger, a cluster and a healer.

pub(crate) mod sight;
pub(crate) mod skill_folder;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use cluster::memory::{Clock, Pace};
use cluster::{Cluster, Measured, MemoryCluster, Prometheus, PrometheusAddress, scenes};
use healer::{Healer, Observer, SystemClock, SystemIds};
use ledger::Ledger;
use model::{Digest, IncidentId};
use skills::{Shelf, SkillSet};
use tools::Registry;

use crate::config::Config;
use crate::failure::Failure;

/// The ledger's place: what was configured, or a file in the user's state directory.
pub(crate) fn ledger_place(config: &Config) -> Result<String, Failure> {
    let place = if config.ledger.is_empty() {
        state_folder()?
            .join("ledger.db")
            .to_string_lossy()
            .into_owned()
    } else {
        config.ledger.clone()
    };
    match &config.ledger_password_file {
        Some(file) if is_postgres(&place) => with_password(&place, file),
        Some(_) | None => Ok(place),
    }
}

/// Whether a place is a PostgreSQL server.
pub(crate) fn is_postgres(place: &str) -> bool {
    place.starts_with("postgres://") || place.starts_with("postgresql://")
}

/// Where this user's state is kept, as the XDG base directories say. The folder is made.
fn state_folder() -> Result<PathBuf, Failure> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let folder = set("XDG_STATE_HOME")
        .map(PathBuf::from)
        .or_else(|| set("HOME").map(|home| PathBuf::from(home).join(".local/state")))
        .map(|base| base.join("kintsugi"))
        .ok_or_else(|| {
            Failure::new("neither HOME nor XDG_STATE_HOME is set, so there is no place for state")
                .next("name a ledger with --ledger")
        })?;
    std::fs::create_dir_all(&folder).map_err(|error| {
        Failure::new(format!(
            "failed to make the folder {}: {error}",
            folder.display()
        ))
        .next("make it, or name a ledger with --ledger")
    })?;
    Ok(folder)
}

fn with_password(url: &str, file: &Path) -> Result<String, Failure> {
    let password = std::fs::read_to_string(file).map_err(|error| {
        Failure::new(format!(
            "failed to read the ledger's password {}: {error}",
            file.display()
        ))
        .next("mend `ledger_password_file`")
    })?;
    let Some((scheme, rest)) = url.split_once("://") else {
        return Ok(url.to_owned());
    };
    let Some((user, host)) = rest.split_once('@') else {
        return Err(
            Failure::new("the ledger's address names no user for its password")
                .next("write it as postgres://USER@HOST/DATABASE"),
        );
    };
    let user = user.split(':').next().unwrap_or(user);
    Ok(format!(
        "{scheme}://{user}:{}@{host}",
        percent(password.trim_end_matches(['\r', '\n']))
    ))
}

/// A text as it may stand in an address.
fn percent(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// An address without its password.
pub(crate) fn masked(place: &str) -> String {
    let Some((scheme, rest)) = place.split_once("://") else {
        return place.to_owned();
    };
    match rest.rsplit_once('@') {
        Some((user, host)) => match user.split_once(':') {
            Some((user, _)) => format!("{scheme}://{user}:***@{host}"),
            None => place.to_owned(),
        },
        None => place.to_owned(),
    }
}

/// This program with a ledger, as it can be given to a shell in any folder.
pub(crate) fn program(ledger: &str) -> String {
    let whole = if is_postgres(ledger) {
        ledger.to_owned()
    } else {
        std::path::absolute(ledger).map_or_else(
            |_| ledger.to_owned(),
            |path| path.to_string_lossy().into_owned(),
        )
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-:@%+=".contains(c);
    if whole.chars().all(plain) {
        format!("kintsugi --ledger {whole}")
    } else {
        format!("kintsugi --ledger '{}'", whole.replace('\'', "'\\''"))
    }
}

/// Opens the ledger; a file that is not there is made.
pub(crate) async fn ledger(config: &Config) -> Result<Arc<dyn Ledger>, Failure> {
    Ok(ledger::open(&ledger_place(config)?).await?)
}

/// Opens the ledger for what makes no sense on one that is made just now: a name that was mistyped
/// is not answered with an empty ledger.
pub(crate) async fn existing_ledger(config: &Config) -> Result<Arc<dyn Ledger>, Failure> {
    let place = ledger_place(config)?;
    let missing = !is_postgres(&place) && matches!(Path::new(&place).try_exists(), Ok(false));
    if missing {
        return Err(Failure::new(format!("there is no ledger at {place}"))
            .next("name the one that is meant with --ledger"));
    }
    Ok(ledger::open(&place).await?)
}

/// Where the journal of the cluster in memory is, or would be: as configured, beside the ledger's
/// file, or in the user's state directory.
pub(crate) fn journal(config: &Config) -> Result<PathBuf, Failure> {
    if let Some(path) = &config.memory_cluster {
        return Ok(path.clone());
    }
    let place = ledger_place(config)?;
    if is_postgres(&place) {
        let digest = Digest::of("kintsugi.place.v1", &[masked(&place).as_bytes()]);
        return Ok(state_folder()?.join(format!("{}.cluster", digest.short())));
    }
    Ok(PathBuf::from(format!("{place}.cluster")))
}

/// The cluster this process is wired to, if there is one.
pub(crate) fn cluster(config: &Config) -> Result<Option<Arc<dyn Cluster>>, Failure> {
    let journal = journal(config)?;
    if !journal.exists() {
        return Ok(None);
    }
    let setup = scenes::shop(Pace::demo());
    let cluster = MemoryCluster::open(Some(&journal), setup, Clock::new(now)).map_err(|error| {
        Failure::new(error).next("name another with `memory_cluster`, or remove it")
    })?;
    Ok(Some(Arc::new(cluster)))
}

/// A cluster with the Prometheus that measures it, if there is one: the flag's, or the configured
/// one.
pub(crate) async fn measured(
    cluster: Arc<dyn Cluster>,
    config: &Config,
    flag: Option<&str>,
) -> Result<Arc<dyn Cluster>, Failure> {
    let set = &config.prometheus;
    let address = PrometheusAddress {
        url: flag.unwrap_or(&set.url).to_owned(),
        token_file: set.token_file.clone(),
        ca_file: set.ca_file.clone(),
    };
    if address.url.is_empty() {
        return Ok(cluster);
    }
    let prometheus = Prometheus::at(&address).await.map_err(|error| {
        Failure::new(error).next("mend --prometheus, or `prometheus` in the configuration")
    })?;
    Ok(Arc::new(Measured::by(cluster, prometheus)))
}

/// The skills that come with Kintsugi, with those of a folder in the place of those of the same
/// name.
pub(crate) fn skills(folder: Option<&Path>) -> Result<SkillSet, Failure> {
    let skills = match folder {
        Some(folder) => SkillSet::load(folder),
        None => SkillSet::builtin(),
    };
    skills.map_err(|errors| {
        Failure::new(errors).next("`kintsugi skills lint --skills FOLDER` names every place")
    })
}

/// Reads the skills and checks them, beside something else that takes its time.
pub(crate) async fn skills_beside<T>(
    folder: Option<&Path>,
    check: impl Fn(&SkillSet) -> Result<(), Failure>,
    other: impl Future<Output = Result<T, Failure>>,
) -> Result<(SkillSet, T), Failure> {
    let folder = folder.map(Path::to_owned);
    let mut reading = tokio::task::spawn_blocking(move || skills(folder.as_deref()));
    let mut other = std::pin::pin!(other);
    tokio::select! {
        biased;
        read = &mut reading => {
            let skills = read.map_err(Failure::new)??;
            check(&skills)?;
            Ok((skills, other.await?))
        }
        told = &mut other => {
            // What is wrong with the skills comes before what is wrong with anything else.
            let skills = reading.await.map_err(Failure::new)??;
            check(&skills)?;
            Ok((skills, told?))
        }
    }
}

/// The folder of skills that is meant: the flag's, or the configured one.
pub(crate) fn skill_folder<'a>(config: &'a Config, flag: Option<&'a Path>) -> Option<&'a Path> {
    flag.or(config.skills.as_deref())
}

/// What time it is.
pub(crate) fn now() -> model::Timestamp {
    healer::Clock::now(&SystemClock)
}

/// A healer with everything it works with.
pub(crate) fn healer(
    config: &Config,
    ledger: Arc<dyn Ledger>,
    cluster: Arc<dyn Cluster>,
    observer: Arc<dyn Observer>,
) -> Result<Healer, Failure> {
    let skills = skills(config.skills.as_deref())?;
    Ok(Healer {
        ledger,
        tools: Arc::new(Registry::new(Arc::clone(&cluster))),
        cluster,
        skills: Shelf::new(Arc::new(skills)),
        policy: Arc::new(config.policy()),
        limits: config.limits(),
        defaults: config.defaults(),
        write_limits: remedy::WriteLimits::default(),
        lease: config.limits.lease.0,
        clock: Arc::new(SystemClock),
        ids: Arc::new(SystemIds),
        observer,
        metrics: Arc::default(),
    })
}

/// The one incident that a person means by an id or a part of it.
pub(crate) async fn incident(ledger: &dyn Ledger, part: &str) -> Result<IncidentId, Failure> {
    let part = part.trim().to_lowercase();
    if part.len() < 4 || !part.chars().all(|c| c.is_ascii_hexdigit() || c == '-') {
        return Err(Failure::new(format!(
            "`{part}` is no incident id: four or more hexadecimal digits of one are needed"
        ))
        .next("`kintsugi incidents` lists those there are"));
    }
    let found = ledger.find(&part, 3).await?;
    match found.as_slice() {
        [one] => Ok(*one),
        [] => Err(Failure::new(format!("there is no incident `{part}`"))
            .next("`kintsugi incidents` lists those there are")),
        [one, two, ..] => Err(Failure::new(format!(
            "`{part}` means more than one incident: {one}, {two}, …"
        ))
        .next("give more of the id")),
    }
}
