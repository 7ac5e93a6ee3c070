//! Back to the last good revision of a Deployment.
//!
//! Good is a revision that has ready pods now; going back to anything else would be a guess. Where
//! the two templates differ in plain values alone, only these are written; else the whole template
//! is.

use facts::{FieldDiff, Object, Revision, Snapshot, managed_by, template_diff};
use model::{Change, Field, Millis, PatchOp, Plan, RemedyKind, Text, Tier, Verification};
use serde_json::Value;
use similar::TextDiff;

use crate::propose::Defaults;

const TEMPLATE: &str = "/spec/template";
const PAUSED: &str = "/spec/paused";

/// The plan, or why there is none.
pub(crate) fn plan(
    snapshot: &Snapshot,
    workload: &Object,
    given_up: &[Plan],
    defaults: &Defaults,
) -> Result<Plan, String> {
    let target = workload.reference();
    if workload.kind() != "Deployment" {
        return Err(format!("{target} keeps no revisions to go back to"));
    }
    if workload.at(PAUSED).and_then(Value::as_bool) == Some(true) {
        return Err(format!(
            "the rollout of {target} is paused, and is not resumed unasked"
        ));
    }
    let Some(current) = workload.at(TEMPLATE) else {
        return Err(format!("{target} has no pod template"));
    };
    let revisions = facts::revisions(snapshot, workload);
    let change_to = |revision: &Revision| change(workload, current, &revision.template);
    let tried = |patch: &[PatchOp]| {
        given_up
            .iter()
            .flat_map(|plan| &plan.changes)
            .any(|tried| tried.object.same_name(&target) && writes(&tried.patch) == writes(patch))
    };
    let (revision, change) = facts::last_good(&revisions)
        .into_iter()
        .map(|revision| (revision, change_to(revision)))
        .find(|(_, change)| !tried(&change.patch))
        .ok_or_else(|| {
            if given_up.is_empty() {
                format!("no earlier revision of {target} has ready pods now")
            } else {
                format!("every revision of {target} that has ready pods now was tried")
            }
        })?;
    let rollout_within = workload
        .int("/spec/progressDeadlineSeconds")
        .and_then(|seconds| u64::try_from(seconds).ok())
        .map_or(defaults.rollout_within, |s| {
            Millis::secs(s).min(defaults.rollout_within)
        });
    Ok(Plan {
        kind: RemedyKind::RestoreLastGood,
        summary: summary(workload, revision),
        tier: Tier::HighRisk,
        target,
        changes: vec![change],
        verification: Verification {
            rollout_within,
            second_look_after: facts::second_look_after(
                snapshot,
                workload,
                defaults.second_look_after,
            ),
        },
        unrehearsed: vec![Text::new(
            "the pods themselves: quota, limit ranges, pod security and admission webhooks",
            "Pod 本身：配额、限制范围、Pod 安全与准入钩子",
        )],
        owner: managed_by(workload).map(|manager| manager.to_string()),
    })
}

fn summary(workload: &Object, revision: &Revision) -> Text {
    let name = workload.name();
    let (number, ready) = (revision.number, revision.ready);
    let images = revision
        .images
        .values()
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    Text::new(
        format!(
            "put Deployment {name} back to revision {number} ({images}), which has {ready} ready \
             pods now"
        ),
        format!(
            "将 Deployment {name} 恢复到版本 {number}（{images}），该版本现有 {ready} 个就绪 Pod"
        ),
    )
}

/// The change from one template to another.
fn change(workload: &Object, current: &Value, good: &Value) -> Change {
    let differences = template_diff(current, good);
    let values = plain_values(current, &differences);
    let (patch, undo) = match values {
        Some(values) => (
            values
                .iter()
                .flat_map(|(path, old, new)| swap(path, old, new))
                .collect(),
            values
                .iter()
                .flat_map(|(path, old, new)| swap(path, new, old))
                .collect(),
        ),
        None => (
            swap(TEMPLATE, current, good).into(),
            swap(TEMPLATE, good, current).into(),
        ),
    };
    Change {
        object: workload.reference(),
        fields: vec![
            Field {
                path: TEMPLATE.to_owned(),
                value: Some(current.clone()),
            },
            Field {
                path: PAUSED.to_owned(),
                value: workload.at(PAUSED).cloned(),
            },
        ],
        patch,
        undo,
        diff: diff(current, good),
    }
}

/// The differences as plain values in the same places, if that is all they are.
fn plain_values<'a>(
    current: &Value,
    differences: &'a [FieldDiff],
) -> Option<Vec<(String, &'a Value, &'a Value)>> {
    differences
        .iter()
        .map(|difference| {
            let (old, new) = (difference.old.as_ref()?, difference.new.as_ref()?);
            let plain = !old.is_object() && !old.is_array() && !new.is_object() && !new.is_array();
            let same_place = current.pointer(&difference.path) == Some(old);
            (plain && same_place).then(|| (format!("{TEMPLATE}{}", difference.path), old, new))
        })
        .collect()
}

/// Puts one value in the place of another that must be there.
fn swap(path: &str, old: &Value, new: &Value) -> [PatchOp; 2] {
    [
        PatchOp::Test {
            path: path.to_owned(),
            value: old.clone(),
        },
        PatchOp::Replace {
            path: path.to_owned(),
            value: new.clone(),
        },
    ]
}

/// What a patch writes, whatever it tests.
fn writes(patch: &[PatchOp]) -> Vec<&PatchOp> {
    patch
        .iter()
        .filter(|op| !matches!(op, PatchOp::Test { .. }))
        .collect()
}

/// The difference for the eyes of a person.
fn diff(current: &Value, good: &Value) -> String {
    let pretty = |value| serde_json::to_string_pretty(value).unwrap_or_default();
    let (current, good) = (pretty(current), pretty(good));
    TextDiff::from_lines(&current, &good)
        .unified_diff()
        .context_radius(2)
        .to_string()
}
