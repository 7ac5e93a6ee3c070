//! Back to the last good revision of a Deployment.
//!
//! Good is a revision that has ready pods now; going back to anything else would be a guess. Where
//! the two templates differ in single fields, only these are written; else the whole template is.
//! What is written stands in the plan, and so in the ledger for ever: where that would be a secret,
//! there is no plan.

use facts::{FieldDiff, Json, Object, Revision, Snapshot, managed_by, redacted, template_diff};
use model::{Change, Field, Millis, PatchOp, Plan, RemedyKind, Text, Tier, Verification};
use serde_json::Value;
use similar::TextDiff;

use crate::defaults::Defaults;

const TEMPLATE: &str = "/spec/template";
const PAUSED: &str = "/spec/paused";

/// The plan, or why there is none.
pub(crate) fn plan(
    snapshot: &Snapshot,
    workload: &Object,
    given_up: &[Plan],
    defaults: &Defaults,
) -> Result<Plan, Text> {
    let target = workload.reference();
    if workload.kind() != "Deployment" {
        return Err(Text::new(
            format!("{target} keeps no revisions to go back to"),
            format!("{target} 没有可以退回的版本"),
        ));
    }
    if workload.at(PAUSED).and_then(Json::as_bool) == Some(true) {
        return Err(Text::new(
            format!("the rollout of {target} is paused, and is not resumed unasked"),
            format!("{target} 的发布已暂停，未经要求不会恢复"),
        ));
    }
    let Some(current) = workload.at(TEMPLATE) else {
        return Err(Text::new(
            format!("{target} has no pod template"),
            format!("{target} 没有 Pod 模板"),
        ));
    };
    let revisions = facts::revisions(snapshot, workload);
    let change_to = |revision: &Revision| change(workload, current, revision);
    let tried = |patch: &[PatchOp]| {
        given_up
            .iter()
            .flat_map(|plan| &plan.changes)
            .any(|tried| tried.object.same_name(&target) && writes(&tried.patch) == writes(patch))
    };
    let (revision, change) = facts::last_good(&revisions)
        .into_iter()
        .map(|revision| (revision, change_to(revision)))
        .find(|(_, change)| change.as_ref().map_or(true, |change| !tried(&change.patch)))
        .ok_or_else(|| {
            if given_up.is_empty() {
                Text::new(
                    format!("no earlier revision of {target} has ready pods now"),
                    format!("{target} 的早先版本目前都没有就绪的 Pod"),
                )
            } else {
                Text::new(
                    format!("every revision of {target} that has ready pods now was tried"),
                    format!("{target} 目前有就绪 Pod 的版本都已试过"),
                )
            }
        })?;
    let change = change?;
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

/// The change from one template to another; no change where it would have to keep a secret.
fn change(workload: &Object, current: &Json, good: &Revision) -> Result<Change, Text> {
    let differences = template_diff(current, &good.template);
    let swaps = swaps_in_place(current, &good.template, &differences)
        .unwrap_or_else(|| vec![Swap::whole(current, &good.template)]);
    if let Some(path) = secret_in(&swaps, current, &good.template) {
        let target = workload.reference();
        let number = good.number;
        let command = format!(
            "kubectl -n {} rollout undo deployment/{} --to-revision={number}",
            workload.namespace(),
            workload.name(),
        );
        return Err(Text::new(
            format!(
                "revision {number} of {target} differs in what looks like a secret \
                 ({TEMPLATE}{path}), which a plan would keep for ever; put it back with `{command}`"
            ),
            format!(
                "{target} 的版本 {number} 在疑似密钥处（{TEMPLATE}{path}）有差异，方案会将其永久保存；\
                 请用 `{command}` 恢复"
            ),
        ));
    }
    let written = swaps
        .iter()
        .filter(|swap| !swap.path.is_empty())
        .map(|swap| Field::kept(swap.at(), swap.old.as_ref()));
    let fields = [
        Field::sealed(TEMPLATE, Some(&current.to_value())),
        Field::kept(PAUSED, workload.at(PAUSED).map(Json::to_value).as_ref()),
    ];
    Ok(Change {
        object: workload.reference(),
        fields: fields.into_iter().chain(written).collect(),
        patch: swaps.iter().flat_map(Swap::forth).collect(),
        undo: swaps.iter().rev().flat_map(Swap::back).collect(),
        diff: diff(&redacted(current), &redacted(&good.template)),
    })
}

/// One place of a template, and what stands there before and after.
struct Swap {
    /// JSON pointer within the template.
    path: String,
    old: Option<Value>,
    new: Option<Value>,
}

impl Swap {
    fn whole(current: &Json, good: &Json) -> Self {
        Self {
            path: String::new(),
            old: Some(current.to_value()),
            new: Some(good.to_value()),
        }
    }

    fn at(&self) -> String {
        format!("{TEMPLATE}{}", self.path)
    }

    fn forth(&self) -> Vec<PatchOp> {
        swap(&self.at(), self.old.as_ref(), self.new.as_ref())
    }

    fn back(&self) -> Vec<PatchOp> {
        swap(&self.at(), self.new.as_ref(), self.old.as_ref())
    }
}

/// Puts one value in the place of another that must be there.
fn swap(path: &str, old: Option<&Value>, new: Option<&Value>) -> Vec<PatchOp> {
    let path = || path.to_owned();
    let there = old.map(|old| PatchOp::Test {
        path: path(),
        value: old.clone(),
    });
    let write = match (old, new) {
        (_, None) => PatchOp::Remove { path: path() },
        (Some(_), Some(new)) => PatchOp::Replace {
            path: path(),
            value: new.clone(),
        },
        (None, Some(new)) => PatchOp::Add {
            path: path(),
            value: new.clone(),
        },
    };
    there.into_iter().chain([write]).collect()
}

/// The differences, each in its own place, if that leads from one template to the other and back:
/// entries of a list that come, go or change places do not.
fn swaps_in_place(current: &Json, good: &Json, differences: &[FieldDiff]) -> Option<Vec<Swap>> {
    let before = current.to_value();
    let mut template = before.clone();
    let mut swaps = Vec::with_capacity(differences.len());
    for difference in differences {
        let swap = Swap {
            path: difference.path.clone(),
            old: difference.old.clone(),
            new: difference.new.clone(),
        };
        if before.pointer(&swap.path) != swap.old.as_ref() {
            return None;
        }
        put(&mut template, &swap.path, swap.new.as_ref())?;
        swaps.push(swap);
    }
    template_diff(&template.into(), good)
        .is_empty()
        .then_some(swaps)
}

/// Puts a value into a field of an object that is there, or takes it away.
fn put(template: &mut Value, path: &str, value: Option<&Value>) -> Option<()> {
    match value {
        Some(value) if template.pointer(path).is_some() => {
            *template.pointer_mut(path)? = value.clone();
        }
        Some(_) | None => {
            let (parent, name) = path.rsplit_once('/')?;
            let name = name.replace("~1", "/").replace("~0", "~");
            let parent = template.pointer_mut(parent)?.as_object_mut()?;
            match value {
                Some(value) => parent.insert(name, value.clone()),
                None => parent.shift_remove(&name),
            };
        }
    }
    Some(())
}

/// The first place with a secret among those that a patch would hold, if there is one.
fn secret_in(swaps: &[Swap], current: &Json, good: &Json) -> Option<String> {
    [current, good].into_iter().find_map(|template| {
        template_diff(template, &redacted(template))
            .into_iter()
            .map(|secret| secret.path)
            .find(|secret| {
                swaps.iter().any(|swap| {
                    let within = |inner: &str, outer: &str| {
                        inner
                            .strip_prefix(outer)
                            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
                    };
                    within(secret, &swap.path) || within(&swap.path, secret)
                })
            })
    })
}

/// What a patch writes, whatever it tests.
fn writes(patch: &[PatchOp]) -> Vec<&PatchOp> {
    patch
        .iter()
        .filter(|op| !matches!(op, PatchOp::Test { .. }))
        .collect()
}

/// The difference for the eyes of a person.
fn diff(current: &Json, good: &Json) -> String {
    let pretty = |value| serde_json::to_string_pretty(value).unwrap_or_default();
    let (current, good) = (pretty(current), pretty(good));
    TextDiff::from_lines(&current, &good)
        .unified_diff()
        .context_radius(2)
        .to_string()
}
