//! Where a change belongs: what is managed from a source is changed there, and not by hand.

use facts::{ManagerTool, Snapshot, managed_by};
use model::{Finding, NextStep, Text};

/// What kubectl changes objects with.
const CHANGES: &[&str] = &[
    "annotate",
    "apply",
    "autoscale",
    "create",
    "delete",
    "edit",
    "expose",
    "label",
    "patch",
    "replace",
    "rollout undo",
    "scale",
    "set",
    "taint",
];

/// Says before all other steps that the object belongs to a source, if it does and one of the steps
/// would change something.
pub(super) fn tell(snapshot: &Snapshot, finding: &mut Finding) {
    let changes = finding
        .next_steps
        .iter()
        .filter_map(|step| step.command.as_deref())
        .any(changes);
    if !changes {
        return;
    }
    let Some(object) = snapshot.find(&finding.object).present() else {
        return;
    };
    let Some(manager) = managed_by(object) else {
        return;
    };
    let name = match manager.name.as_str() {
        "" => String::new(),
        name => format!(" `{name}`"),
    };
    let (kind, own) = (object.kind(), object.name());
    let text = match manager.tool {
        ManagerTool::ArgoCd => Text::new(
            format!(
                "{kind} `{own}` belongs to Argo CD application{name}: change it at its source; what is changed by hand is taken back"
            ),
            format!(
                "{kind} `{own}` 由 Argo CD 应用{name} 管理：请在其来源处修改，手工改动会被还原"
            ),
        ),
        ManagerTool::Flux => Text::new(
            format!(
                "{kind} `{own}` belongs to Flux{name}: change it at its source; what is changed by hand is taken back"
            ),
            format!("{kind} `{own}` 由 Flux{name} 管理：请在其来源处修改，手工改动会被还原"),
        ),
        ManagerTool::Helm => Text::new(
            format!(
                "{kind} `{own}` belongs to Helm release{name}: change its values or its chart; what is changed by hand is lost at the next upgrade"
            ),
            format!(
                "{kind} `{own}` 属于 Helm 发布{name}：请修改其 values 或 chart，手工改动会在下次升级时丢失"
            ),
        ),
        ManagerTool::Controller | ManagerTool::KubectlApply => return,
    };
    finding.next_steps.insert(
        0,
        NextStep {
            text,
            command: None,
        },
    );
}

/// Whether a command changes something in the cluster.
fn changes(command: &str) -> bool {
    command.split(['|', ';', '&', '\n']).any(|part| {
        part.trim().strip_prefix("kubectl ").is_some_and(|rest| {
            CHANGES.iter().any(|verb| {
                rest.strip_prefix(verb)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
            })
        })
    })
}

#[cfg(test)]
mod tests {
    use facts::Object;
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_changes_something_is_a_change() {
        for command in [
            "kubectl edit deployment/web -n shop",
            "kubectl rollout undo deployment/web -n shop",
            "kubectl get pods -n shop && kubectl set image deployment/web web=web:2",
        ] {
            assert!(changes(command), "{command}");
        }
        for command in [
            "kubectl get pods -n shop",
            "kubectl logs web-1 -n shop | grep edit",
            "kubectl rollout status deployment/web -n shop",
            "helm history web -n shop",
            "",
        ] {
            assert!(!changes(command), "{command}");
        }
    }

    fn first_step(annotations: &serde_json::Value, command: &str) -> Option<NextStep> {
        let mut snapshot = Snapshot::new(Vec::new(), facts::Complete::new());
        snapshot.add(Object::new(json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": "web", "namespace": "shop", "annotations": annotations},
        })));
        let mut finding = crate::scan::signal::sample("app", "image_pull");
        finding.next_steps = vec![NextStep {
            text: Text::same("look"),
            command: Some(command.to_owned()),
        }];
        tell(&snapshot, &mut finding);
        (finding.next_steps.len() == 2).then(|| finding.next_steps.swap_remove(0))
    }

    #[test]
    fn what_has_a_source_is_changed_there() {
        let edit = "kubectl edit deployment/web -n shop";
        let argo = json!({"argocd.argoproj.io/tracking-id": "store:apps/Deployment:shop/web"});
        let step = first_step(&argo, edit).unwrap();
        assert!(
            step.text.en.contains("Argo CD application `store`"),
            "{}",
            step.text.en
        );
        assert!(
            step.text.zh.contains("Argo CD 应用 `store`"),
            "{}",
            step.text.zh
        );
        let helm = json!({"meta.helm.sh/release-name": "shop"});
        let step = first_step(&helm, edit).unwrap();
        assert!(
            step.text.en.contains("Helm release `shop`"),
            "{}",
            step.text.en
        );
        // Looking harms nobody, and what nobody else manages is changed where it is.
        assert_eq!(first_step(&argo, "kubectl get pods -n shop"), None);
        assert_eq!(first_step(&json!({}), edit), None);
    }
}
