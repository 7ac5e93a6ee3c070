//! Rows of `get`, `events` and `top` tables: which kind they are of, and whose.

use serde_json::{Value, json};

use super::super::kinds;
use super::age;
use super::command::Command;
use super::looks::{Fullness, Transcript, named, put};
use super::table::{self, Row, Table};
use super::{
    events, row_bounds, row_cluster, row_network, row_pod, row_storage, row_usage, row_workload,
};

/// Reads the tables of an output. Says whether something in it was not understood.
pub(super) fn read(looks: &mut Transcript, command: &Command, output: &str, line: usize) -> bool {
    let guess = |cells: &[String]| columns_of(command, cells);
    let mut odd = false;
    for table in table::tables(output, guess) {
        let of = kind_of(command, &table);
        for row in &table.rows {
            odd |= !one(
                looks,
                command,
                &table,
                row,
                of.as_deref(),
                line + 1 + row.line,
            );
        }
    }
    odd
}

fn one(
    looks: &mut Transcript,
    command: &Command,
    table: &Table,
    row: &Row,
    kind: Option<&str>,
    line: usize,
) -> bool {
    let space = table
        .cell(row, "NAMESPACE")
        .map(str::to_owned)
        .or_else(|| command.namespace.clone());
    if table.has("OBJECT") {
        return events::row(looks, table, row, space, line);
    }
    let pod_metrics = table.has("POD") && table.has("CPU(cores)");
    let name = table.cell(row, if pod_metrics { "POD" } else { "NAME" });
    let Some(name) = name else { return false };
    // What is taken where nothing is named says so behind its name.
    let (name, default) = match name.strip_suffix(" (default)") {
        Some(name) => (name, true),
        None => (name, false),
    };
    let (kind, name) = match name.split_once('/') {
        Some((of, name)) => match kinds::find(of) {
            Some(kind) => (Some(kind.kind), name),
            None => return false,
        },
        None => (kind, name),
    };
    let Some(kind) = kind else { return false };
    if !named(name) {
        return false;
    }
    if table.has("CPU(cores)") {
        row_usage::usage(looks, table, row, kind, (space, name), line);
        return true;
    }
    let cell = |column: &str| table.cell(row, column);
    let mut object = json!({});
    let mut pod = None;
    if kind == "Pod" {
        pod = row_pod::fill(&mut object, &cell, table.has("NODE"));
        if pod.is_none() {
            return false;
        }
    } else {
        row_workload::fill(&mut object, kind, &cell);
        row_network::fill(&mut object, kind, &cell);
        row_storage::fill(&mut object, kind, &cell);
        row_bounds::fill(&mut object, kind, &cell);
        row_cluster::fill(&mut object, kind, &cell);
    }
    if let Some(age) = cell("AGE").and_then(age::seconds) {
        put(&mut object, "/metadata/creationTimestamp", age::ago(age));
    }
    // That it has none is told too.
    if table.has("LABELS") {
        let labels = labels_of(cell("LABELS").unwrap_or_default());
        put(&mut object, "/metadata/labels", labels);
    }
    if kind == "Service" && table.has("SELECTOR") {
        let selector = labels_of(cell("SELECTOR").unwrap_or_default());
        put(&mut object, "/spec/selector", selector);
    }
    if default && kind == "StorageClass" {
        let at = "/metadata/annotations/storageclass.kubernetes.io~1is-default-class";
        put(&mut object, at, json!("true"));
    }
    if kind == "Endpoints" {
        row_network::beside(looks, space.clone(), name, cell("ENDPOINTS"), line);
    }
    if let Some(look) = looks.look(kind, space, name, object, Fullness::Row, line) {
        look.row = pod;
    }
    true
}

/// `a=b,c=d` as labels.
pub(super) fn labels_of(text: &str) -> Value {
    text.split(',')
        .filter_map(|pair| pair.trim().split_once('='))
        .map(|(key, value)| (key.to_owned(), Value::from(value)))
        .collect()
}

/// Puts cells that are numbers into an object.
pub(super) fn numbers<'a>(
    object: &mut Value,
    cell: &impl Fn(&str) -> Option<&'a str>,
    places: &[(&str, &str)],
) {
    for (column, at) in places {
        if let Some(number) = cell(column).and_then(|cell| cell.parse::<u64>().ok()) {
            put(object, at, json!(number));
        }
    }
}

/// Puts cells into an object as they stand.
pub(super) fn texts<'a>(
    object: &mut Value,
    cell: &impl Fn(&str) -> Option<&'a str>,
    places: &[(&str, &str)],
) {
    for (column, at) in places {
        if let Some(text) = cell(column) {
            put(object, at, json!(text));
        }
    }
}

/// `1/2` as numbers.
pub(super) fn fraction(text: &str) -> Option<(u64, u64)> {
    let (a, b) = text.split_once('/')?;
    Some((a.trim().parse().ok()?, b.trim().parse().ok()?))
}

/// The kind of a table's rows: what the command asked for, or what only such a table shows.
fn kind_of(command: &Command, table: &Table) -> Option<String> {
    if let Some(kind) = command.only_kind()
        && kind != "all"
    {
        return Some(kind.to_owned());
    }
    let shows = |columns: &[&str]| columns.iter().all(|column| table.has(column));
    let signs: &[(&[&str], &str)] = &[
        (&["READY", "STATUS", "RESTARTS"], "Pod"),
        (
            &["READY", "UP-TO-DATE", "AVAILABLE", "NODE SELECTOR"],
            "DaemonSet",
        ),
        (&["READY", "UP-TO-DATE", "AVAILABLE"], "Deployment"),
        (&["DESIRED", "CURRENT", "READY"], "ReplicaSet"),
        (&["COMPLETIONS", "DURATION"], "Job"),
        (&["SCHEDULE", "SUSPEND"], "CronJob"),
        (&["TYPE", "CLUSTER-IP"], "Service"),
        (&["ADDRESSTYPE", "ENDPOINTS"], "EndpointSlice"),
        (&["ENDPOINTS"], "Endpoints"),
        (&["HOSTS", "PORTS"], "Ingress"),
        (&["ROLES", "VERSION"], "Node"),
        (&["STATUS", "VOLUME", "CAPACITY"], "PersistentVolumeClaim"),
        (&["RECLAIM POLICY", "CLAIM"], "PersistentVolume"),
        (&["REFERENCE", "MINPODS"], "HorizontalPodAutoscaler"),
        (&["ALLOWED DISRUPTIONS"], "PodDisruptionBudget"),
        (&["PROVISIONER"], "StorageClass"),
        (&["POD-SELECTOR"], "NetworkPolicy"),
        (&["CPU(cores)", "CPU(%)"], "Node"),
        (&["CPU(cores)", "MEMORY(bytes)"], "Pod"),
        (&["REQUEST", "LIMIT"], "ResourceQuota"),
        (&["DATA"], "ConfigMap"),
        (&["SECRETS"], "ServiceAccount"),
    ];
    signs
        .iter()
        .find(|(columns, _)| shows(columns))
        .map(|(_, kind)| (*kind).to_owned())
}

/// The columns of a row whose header was filtered away.
fn columns_of(command: &Command, cells: &[String]) -> Option<Vec<String>> {
    let shape = |columns: &[&str], at: usize, space: bool| {
        let mut all: Vec<String> = Vec::new();
        if space {
            all.push("NAMESPACE".to_owned());
        }
        all.extend(columns.iter().map(|column| (*column).to_owned()));
        (cells.len() > at).then_some(all)
    };
    let place =
        |matches: &dyn Fn(&str) -> bool| cells.iter().take(3).position(|cell| matches(cell));
    let kind = match command.verb.as_str() {
        "events" => Some("Event"),
        "get" => command.only_kind(),
        _ => None,
    };
    let pod = [
        "NAME",
        "READY",
        "STATUS",
        "RESTARTS",
        "AGE",
        "IP",
        "NODE",
        "NOMINATED NODE",
        "READINESS GATES",
    ];
    let count = |wide: usize, plain: usize| {
        if command.output == "wide" {
            wide
        } else {
            plain
        }
    };
    match kind {
        Some("Pod") | None => {
            let at = place(&|cell| fraction(cell).is_some())?;
            let known = kind.is_some() || at > 0 && cells.len() == at + 4;
            let columns = pod.get(..count(9, 5))?;
            (known && (1..=2).contains(&at)).then(|| shape(columns, 3, at == 2))?
        }
        Some("Event") => {
            let at = place(&|cell| matches!(cell, "Normal" | "Warning"))?;
            (1..=2).contains(&at).then(|| {
                shape(
                    &["LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"],
                    3,
                    at == 2,
                )
            })?
        }
        Some("Deployment") => {
            let at = place(&|cell| fraction(cell).is_some())?;
            let columns = [
                "NAME",
                "READY",
                "UP-TO-DATE",
                "AVAILABLE",
                "AGE",
                "CONTAINERS",
                "IMAGES",
                "SELECTOR",
            ];
            shape(columns.get(..count(8, 5))?, 4, at == 2)
        }
        Some("StatefulSet") => {
            let at = place(&|cell| fraction(cell).is_some())?;
            shape(&["NAME", "READY", "AGE"], 2, at == 2)
        }
        Some("Service") => {
            let types = ["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"];
            let at = place(&|cell| types.contains(&cell))?;
            let columns = [
                "NAME",
                "TYPE",
                "CLUSTER-IP",
                "EXTERNAL-IP",
                "PORT(S)",
                "AGE",
                "SELECTOR",
            ];
            shape(columns.get(..count(7, 6))?, 5, at == 2)
        }
        Some("PersistentVolumeClaim") => {
            let at = place(&|cell| matches!(cell, "Pending" | "Bound" | "Lost"))?;
            let columns = [
                "NAME",
                "STATUS",
                "VOLUME",
                "CAPACITY",
                "ACCESS MODES",
                "STORAGECLASS",
                "AGE",
            ];
            let full = cells.len() >= 7 + usize::from(at == 2);
            // An unbound claim has no volume, and nothing stands in its place.
            let columns = if full {
                &columns[..]
            } else {
                columns.get(..2)?
            };
            shape(columns, 1, at == 2)
        }
        Some("Node") => {
            place(&|cell| cell.contains("Ready")).filter(|at| *at == 1)?;
            shape(&["NAME", "STATUS", "ROLES", "AGE", "VERSION"], 4, false)
        }
        Some(_) => None,
    }
}
