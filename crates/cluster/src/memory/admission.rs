//! What the API server asks before it takes a pod: accounts, priorities and quotas. The words are
//! the API server's.

use std::collections::BTreeMap;

use facts::{Json, Object, quantity};
use serde_json::json;

use super::store::{Key, set};
use super::world::World;

/// Amounts of what quotas count, in thousandths.
type Amounts = BTreeMap<String, i128>;

/// What a quota may limit of what containers ask for and may have: its name there, and where it
/// stands in a container.
const RESOURCES: [(&str, &str, &str); 6] = [
    ("requests.cpu", "requests", "cpu"),
    ("requests.memory", "requests", "memory"),
    ("cpu", "requests", "cpu"),
    ("memory", "requests", "memory"),
    ("limits.cpu", "limits", "cpu"),
    ("limits.memory", "limits", "memory"),
];

impl World {
    /// Completes a pod that may be made, or gives the reason why it may not.
    pub(super) fn admit(&mut self, pod: &mut Object) -> Result<(), String> {
        let namespace = pod.namespace().to_owned();
        let forbidden = |name: &str, why: &str| format!("pods \"{name}\" is forbidden: {why}");
        // Names are made up after accounts and priorities were asked about.
        let early = match pod.text("/metadata/generateName") {
            "" => pod.name().to_owned(),
            prefix => prefix.to_owned(),
        };
        let account = match pod.text("/spec/serviceAccountName") {
            "" => "default".to_owned(),
            account => account.to_owned(),
        };
        if self
            .store
            .get(&Key::new("ServiceAccount", &namespace, &account))
            .is_none()
        {
            return Err(forbidden(
                &early,
                &format!(
                    "error looking up service account {namespace}/{account}: serviceaccount \
                     \"{account}\" not found"
                ),
            ));
        }
        let priority = pod.text("/spec/priorityClassName");
        let built_in = priority.is_empty() || priority.starts_with("system-");
        if !built_in
            && self
                .store
                .get(&Key::new("PriorityClass", "", priority))
                .is_none()
        {
            let why = format!("no PriorityClass with name {priority} was found");
            return Err(forbidden(&early, &why));
        }
        let spec = pod.at("/spec").cloned().unwrap_or_default();
        for quota in self.store.list("ResourceQuota", Some(&namespace)) {
            if let Err(why) = self.fits(quota, &namespace, &spec) {
                return Err(forbidden(pod.name(), &why));
            }
        }
        pod.set(&["spec", "serviceAccountName"], account);
        Ok(())
    }

    fn fits(&self, quota: &Object, namespace: &str, spec: &Json) -> Result<(), String> {
        let hard = amounts(quota.at("/spec/hard"));
        let silent: Vec<String> = RESOURCES
            .into_iter()
            .filter(|(name, ..)| hard.contains_key(*name))
            .filter_map(|(name, part, resource)| {
                let without: Vec<&str> = containers(spec)
                    .filter(|container| asked(container, part, resource).is_none())
                    .filter_map(|container| container.get("name")?.as_str())
                    .collect();
                (!without.is_empty()).then(|| format!("{name} for: {}", without.join(",")))
            })
            .collect();
        if !silent.is_empty() {
            return Err(format!(
                "failed quota: {}: must specify {}",
                quota.name(),
                silent.join("; ")
            ));
        }
        let wanted = of_pod(spec);
        let used = self.used(namespace);
        let over: Vec<&String> = hard
            .iter()
            .filter(|(name, limit)| {
                let sum = amount(&used, name).saturating_add(amount(&wanted, name));
                amount(&wanted, name) > 0 && sum > **limit
            })
            .map(|(name, _)| name)
            .collect();
        if over.is_empty() {
            return Ok(());
        }
        let told = |amounts: &Amounts| {
            let told: Vec<String> = over
                .iter()
                .map(|name| format!("{name}={}", shown(name, amount(amounts, name))))
                .collect();
            told.join(",")
        };
        Err(format!(
            "exceeded quota: {}, requested: {}, used: {}, limited: {}",
            quota.name(),
            told(&wanted),
            told(&used),
            told(&hard)
        ))
    }

    /// What the pods of a namespace that have not ended take.
    fn used(&self, namespace: &str) -> Amounts {
        let mut used = Amounts::new();
        let pods = self.store.list("Pod", Some(namespace));
        for pod in pods.filter(|pod| !matches!(pod.text("/status/phase"), "Succeeded" | "Failed")) {
            for (name, amount) in of_pod(pod.at("/spec").unwrap_or(&Json::Null)) {
                let sum = used.entry(name).or_default();
                *sum = sum.saturating_add(amount);
            }
        }
        used
    }

    /// Writes what is used into the quotas of a namespace.
    pub(super) fn count_quotas(&mut self, namespace: &str) {
        let quotas: Vec<Object> = self
            .store
            .list("ResourceQuota", Some(namespace))
            .cloned()
            .collect();
        if quotas.is_empty() {
            return;
        }
        let used = self.used(namespace);
        for quota in quotas {
            let hard = quota.at("/spec/hard").cloned().unwrap_or_default();
            let mut told = json!({});
            for name in amounts(Some(&hard)).keys() {
                set(
                    &mut told,
                    &[name.as_str()],
                    json!(shown(name, amount(&used, name))),
                );
            }
            self.update(&Key::of(&quota), |object| {
                set(object, &["status"], json!({"hard": hard, "used": told}));
            });
        }
    }
}

fn containers(spec: &Json) -> impl Iterator<Item = &Json> {
    let list = spec.get("containers").and_then(Json::as_array);
    list.into_iter().flatten()
}

/// What a container asks for; a limit without a request is a request too.
fn asked(container: &Json, part: &str, resource: &str) -> Option<i128> {
    let resources = container.get("resources")?;
    let given = |part: &str| quantity::of(resources.get(part)?.get(resource)?);
    given(part).or_else(|| given("limits").filter(|_| part == "requests"))
}

fn of_pod(spec: &Json) -> Amounts {
    let mut all = Amounts::from([("pods".to_owned(), 1000)]);
    for container in containers(spec) {
        for (name, part, resource) in RESOURCES {
            if let Some(amount) = asked(container, part, resource) {
                let sum = all.entry(name.to_owned()).or_default();
                *sum = sum.saturating_add(amount);
            }
        }
    }
    all
}

fn amounts(map: Option<&Json>) -> Amounts {
    map.and_then(Json::as_object)
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| Some((name.to_owned(), quantity::of(value)?)))
        .collect()
}

fn amount(amounts: &Amounts, name: &str) -> i128 {
    amounts.get(name).copied().unwrap_or(0)
}

fn shown(name: &str, amount: i128) -> String {
    let resource = name.rsplit('.').next().unwrap_or(name);
    quantity::show(resource, amount)
}
