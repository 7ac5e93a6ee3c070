//! What the revisions of a workload say.

use model::Text;
use serde_json::{Value, json};

use super::{Section, Type, changed};
use crate::revision::{bare_template, images, revisions_that_run};
use crate::{Object, Revision, Snapshot, last_good, template_diff};

pub(super) const SCHEMA: Section = &[
    ("facts.rollout.newest_revision", Type::Int),
    ("facts.rollout.newest_ready", Type::Int),
    ("facts.rollout.newest_pods", Type::Int),
    // Whether the pod is of the newest revision.
    ("facts.rollout.of_newest", Type::Bool),
    // The last revision that has ready pods now; 0 if there is none.
    ("facts.rollout.good_revision", Type::Int),
    ("facts.rollout.good_ready", Type::Int),
    ("facts.rollout.good_image", Type::Text),
    ("facts.rollout.image_changed", Type::Bool),
    // What the newest changed against the last good one.
    ("facts.rollout.changed", Type::Changes),
];

/// What the revisions of a workload say, read once for all its containers.
pub(super) struct Rollout {
    newest: Option<Revision>,
    good: Option<Revision>,
    changed: Value,
    /// The same in words.
    told: Text,
    changed_images: Vec<String>,
}

impl Rollout {
    pub(super) fn of(snapshot: &Snapshot, workload: &Object) -> Self {
        let all = revisions_that_run(snapshot, workload);
        let newest = all.iter().find(|revision| revision.newest).cloned();
        let good = last_good(&all).first().copied().cloned();
        let template = workload.at("/spec/template").filter(|_| good.is_some());
        let template = template.map(bare_template).unwrap_or_default();
        let differences = good
            .as_ref()
            .map(|good| template_diff(&good.template, &template))
            .unwrap_or_default();
        let told = good.as_ref().map_or_else(Text::default, |good| {
            changed::words(&differences, &good.template, &template)
        });
        let now = images(&template);
        let changed_images = good.as_ref().map_or_else(Vec::new, |good| {
            now.into_iter()
                .filter(|(name, image)| good.images.get(name).is_some_and(|was| was != image))
                .map(|(name, _)| name)
                .collect()
        });
        let changed = differences
            .into_iter()
            .map(|field| {
                let (old, new) = field.words();
                json!({"path": field.path, "old": old, "new": new})
            })
            .collect();
        Self {
            newest,
            good,
            changed,
            told,
            changed_images,
        }
    }

    /// What the newest revision changed of the last good one, in words; empty if nothing is known.
    pub(super) const fn changed_words(&self) -> &Text {
        &self.told
    }

    /// The number of the newest revision.
    pub(super) fn newest_number(&self) -> Option<u64> {
        self.newest.as_ref().map(|newest| newest.number)
    }

    /// The number of the last good revision.
    pub(super) fn good_number(&self) -> Option<u64> {
        self.good.as_ref().map(|good| good.number)
    }

    /// The ready pods of the last good revision.
    pub(super) fn good_ready(&self) -> u32 {
        self.good.as_ref().map_or(0, |good| good.ready)
    }

    pub(super) fn is_newest(&self, pod: &Object) -> bool {
        self.newest.as_ref().is_some_and(|newest| newest.has(pod))
    }

    pub(super) fn data(&self, container: &str, of_newest: bool) -> Value {
        let good_image = self
            .good
            .as_ref()
            .and_then(|good| good.images.get(container))
            .map_or("", String::as_str);
        let image_changed = if container.is_empty() {
            !self.changed_images.is_empty()
        } else {
            self.changed_images.iter().any(|name| name == container)
        };
        json!({
            "newest_revision": self.newest.as_ref().map_or(0, |newest| newest.number),
            "newest_pods": self.newest.as_ref().map_or(0, |newest| newest.desired),
            "newest_ready": self.newest.as_ref().map_or(0, |newest| newest.ready),
            "of_newest": of_newest,
            "good_revision": self.good.as_ref().map_or(0, |good| good.number),
            "good_ready": self.good.as_ref().map_or(0, |good| good.ready),
            "good_image": good_image,
            "image_changed": image_changed,
            "changed": self.changed,
        })
    }
}
