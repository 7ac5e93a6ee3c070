//! What may keep pods of a workload from being made, from speaking, or from doing what they want:
//! quotas and limit ranges, NetworkPolicies, rights, webhooks.

use std::collections::BTreeMap;

use facts::netpol::{self, Direction};
use facts::rbac::{self, Request};
use facts::{Json, Object, Presence, Resource, admission};
use model::Text;
use serde_json::Value;

use super::{Beside, BesideName, Line, Scene, names, plain, text};

/// The label of a namespace by which a level of pod security is enforced.
const ENFORCE: &str = "pod-security.kubernetes.io/enforce";
/// The resources of a quota that pods and their claims take: of others none may be meant to be left.
const OF_PODS: &[&str] = &[
    "pods",
    "count/pods",
    "cpu",
    "memory",
    "ephemeral-storage",
    "persistentvolumeclaims",
    "requests.",
    "limits.",
];

/// The kinds that hold webhooks.
const CONFIGURATIONS: [&str; 2] = [
    "MutatingWebhookConfiguration",
    "ValidatingWebhookConfiguration",
];

pub(super) fn limits(scene: &Scene<'_>) -> Beside {
    let mut line = Line::of(BesideName::Limits);
    let (snapshot, namespace) = (scene.snapshot, scene.namespace());
    for quota in admission::quotas_of(snapshot, namespace, scene.spec()) {
        let (notable, told) = counts(scene, quota);
        line.add_if(notable, told);
    }
    for range in snapshot.of_kind("LimitRange", Some(namespace)) {
        line.add(bounds(range));
    }
    line.needs(snapshot, namespace, &["ResourceQuota", "LimitRange"]);
    line.end(Text::new(
        "no quota and no limit range",
        "没有配额和 LimitRange",
    ))
}

/// What is used of a quota, what is full first, and whether anything is that pods take.
fn counts(scene: &Scene<'_>, quota: &Object) -> (bool, Text) {
    let reference = quota.reference();
    let subject = facts::subject(scene.snapshot, Resource::Quota, &reference, None);
    let data = subject.map(|subject| subject.data).unwrap_or_default();
    let list = |field: &str| {
        let found = data.pointer(&format!("/quota/{field}"));
        found.and_then(Value::as_array).cloned().unwrap_or_default()
    };
    let full = list("full");
    let is_full = |resource: &str| full.iter().any(|one| one.as_str() == Some(resource));
    let mut uses: Vec<(bool, String)> = list("resources")
        .iter()
        .map(|one| {
            let part = |part: &str| one.get(part).and_then(Value::as_str).unwrap_or_default();
            let (resource, used, hard) = (part("resource"), part("used"), part("hard"));
            let of_pods = OF_PODS.iter().any(|known| match known.ends_with('.') {
                true => resource.starts_with(known),
                false => resource == *known,
            });
            let told = format!("{resource} {used}/{hard}");
            (is_full(resource) && of_pods, told)
        })
        .collect();
    uses.sort_by_key(|(full, _)| !*full);
    let notable = uses.first().is_some_and(|(full, _)| *full);
    let uses: Vec<String> = uses.into_iter().map(|(_, told)| told).collect();
    let Text { en, zh } = names(&uses, super::MOST);
    let name = quota.name();
    let (full_en, full_zh) = match notable {
        true => (" is full", " 已满"),
        false => ("", ""),
    };
    let told = Text::new(
        format!("quota {name}{full_en}: {en}"),
        format!("配额 {name}{full_zh}：{zh}"),
    );
    (notable, told)
}

/// What a limit range allows and fills in.
fn bounds(range: &Object) -> Text {
    let mut parts = Vec::new();
    for limit in range.list("/spec/limits") {
        let of = text(limit, "/type").to_ascii_lowercase();
        for (field, before) in [("max", "≤ "), ("min", "≥ "), ("default", "= ")] {
            let amounts = limit.get(field).and_then(Json::as_object);
            for (resource, amount) in amounts.into_iter().flatten() {
                parts.push(format!("{of} {resource} {before}{}", plain(amount)));
            }
        }
    }
    let Text { en, zh } = names(&parts, super::MOST);
    let name = range.name();
    Text::new(
        format!("limit range {name}: {en}"),
        format!("LimitRange {name}：{zh}"),
    )
}

pub(super) fn network(scene: &Scene<'_>) -> Beside {
    let mut line = Line::of(BesideName::Network);
    let mut policies: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for direction in [Direction::Ingress, Direction::Egress] {
        for policy in netpol::selecting(scene.snapshot, &scene.pod, direction) {
            let ways = policies.entry(policy.name()).or_default();
            ways.push(direction.as_str());
        }
    }
    if !policies.is_empty() {
        let told: Vec<String> = policies
            .iter()
            .map(|(name, ways)| format!("{name} ({})", ways.join(", ")))
            .collect();
        let Text { en, zh } = names(&told, super::MOST);
        line.add(match policies.len() {
            1 => Text::new(
                format!("1 NetworkPolicy selects it: {en}"),
                format!("有 1 个 NetworkPolicy 选中它：{zh}"),
            ),
            many => Text::new(
                format!("{many} NetworkPolicies select it: {en}"),
                format!("有 {many} 个 NetworkPolicy 选中它：{zh}"),
            ),
        });
    }
    line.needs_labels(scene);
    line.needs(scene.snapshot, scene.namespace(), &["NetworkPolicy"]);
    line.end(Text::new(
        "no NetworkPolicy selects it",
        "没有 NetworkPolicy 选中它",
    ))
}

pub(super) fn access(scene: &Scene<'_>) -> Beside {
    let mut line = Line::of(BesideName::Access);
    if !line.needs_spec(scene) {
        return line.end(Text::default());
    }
    let (snapshot, namespace) = (scene.snapshot, scene.namespace());
    let account = match text(scene.spec(), "/serviceAccountName") {
        "" => "default",
        account => account,
    };
    let answer = rbac::can(
        snapshot,
        &Request {
            user: format!("system:serviceaccount:{namespace}:{account}"),
            namespace: namespace.to_owned(),
            ..Request::default()
        },
    );
    line.add_if(
        answer.account.is_absent(),
        match answer.account {
            Presence::Absent => Text::new(
                format!("ServiceAccount {account} does not exist"),
                format!("ServiceAccount {account} 不存在"),
            ),
            Presence::Present(()) | Presence::Unknown => {
                Text::same(format!("ServiceAccount {account}"))
            }
        },
    );
    for binding in &answer.dangling {
        line.add_if(
            true,
            Text::new(
                format!("{binding} names a role that does not exist"),
                format!("{binding} 引用的角色不存在"),
            ),
        );
    }
    let sound: Vec<String> = answer
        .bindings
        .into_iter()
        .filter(|binding| !answer.dangling.contains(binding))
        .collect();
    if !sound.is_empty() {
        let Text { en, zh } = names(&sound, super::MOST);
        line.add(Text::new(format!("bound by {en}"), format!("由 {zh} 绑定")));
    } else if answer.dangling.is_empty()
        && snapshot.is_complete("RoleBinding", namespace)
        && snapshot.is_complete("ClusterRoleBinding", "")
    {
        line.add(Text::new("no role is bound to it", "没有绑定角色"));
    }
    line.needs(snapshot, namespace, &["RoleBinding"]);
    line.needs(snapshot, "", &["ClusterRoleBinding"]);
    line.end(Text::default())
}

pub(super) fn admission(scene: &Scene<'_>) -> Beside {
    let mut line = Line::of(BesideName::Admission);
    let snapshot = scene.snapshot;
    let space = snapshot.get("Namespace", "", scene.namespace()).present();
    let level = space
        .and_then(|space| space.at("/metadata/labels")?.get(ENFORCE)?.as_str())
        .unwrap_or_default();
    if !level.is_empty() {
        line.add(Text::new(
            format!("pod security {level}"),
            format!("Pod 安全级别 {level}"),
        ));
    }
    match admission::webhooks_of(snapshot, &scene.pod) {
        None => line.unseen(Text::same("Namespace")),
        Some(found) => {
            for webhook in found {
                let (name, notable) = (&webhook.name, webhook.nobody_there && webhook.must_answer);
                let mut told = Text::new(
                    format!("webhook {name} is asked"),
                    format!("会询问 webhook {name}"),
                );
                if webhook.on_conditions {
                    told.push(&Text::new(" on conditions", "（有条件）"));
                }
                if webhook.nobody_there {
                    told.push(&Text::new(", and nobody is there", "，但无人应答"));
                }
                if !webhook.must_answer {
                    told.push(&Text::new(" (may stay silent)", "（可不应答）"));
                }
                line.add_if(notable, told);
            }
        }
    }
    line.needs_labels(scene);
    let complete = |kind: &&str| snapshot.is_complete(kind, "");
    if !CONFIGURATIONS.iter().all(complete) {
        line.unseen(Text::new("webhook configurations", "webhook 配置"));
    }
    line.end(Text::new(
        "no webhook is asked about its pods",
        "没有 webhook 过问其 Pod",
    ))
}
