//! The tool that looks at Helm releases: how the last revision of each went, never its values.

use std::collections::BTreeMap;

use async_trait::async_trait;
use cluster::{ClusterError, NO_SECRETS};
use facts::helm::Release;
use model::payload::ToolResult;
use model::{Text, Tier};
use serde_json::{Value, json};

use crate::params::{self, OfNamespace};
use crate::view::{View, tell};
use crate::{Tool, ToolError, ToolOutput, ToolSpec};

const SPEC: ToolSpec = ToolSpec {
    name: "get_helm_release",
    description: "The Helm releases of a namespace: status, chart, and Helm's words about the last revision.",
    tier: Tier::ReadOnly,
};
/// The most releases that are told.
const MOST: usize = 100;

/// Reads Helm releases, where that was asked for.
pub(crate) struct GetHelmRelease(pub(crate) View);

#[async_trait]
impl Tool for GetHelmRelease {
    fn spec(&self) -> &ToolSpec {
        &SPEC
    }

    async fn call(&self, params: &Value) -> Result<ToolOutput, ToolError> {
        let asked: OfNamespace = params::read(SPEC.name, params)?;
        params::name(SPEC.name, "namespace", &asked.namespace)?;
        let secrets = match self
            .0
            .cluster()
            .list("Secret", Some(&asked.namespace))
            .await
        {
            Ok(secrets) => secrets,
            // That Secrets are not read is how it is meant to be, unless somebody wants it.
            Err(ClusterError::NotRecorded { .. }) => return Ok(not_read()),
            Err(ClusterError::Forbidden { problem, .. }) if problem.en == NO_SECRETS => {
                return Ok(not_read());
            }
            Err(why) => return Err(tell(why)),
        };
        // A record holds a part of them; of Secrets of other sorts nothing follows for releases.
        let all = self.0.lists_all("Secret", &asked.namespace);
        let mut newest: BTreeMap<String, Release> = BTreeMap::new();
        for release in secrets.iter().filter_map(Release::of) {
            let known = newest.get(&release.name);
            if known.is_none_or(|known| known.revision < release.revision) {
                newest.insert(release.name.clone(), release);
            }
        }
        if newest.is_empty() && all {
            let namespace = &asked.namespace;
            let said = Text::new(
                format!("namespace `{namespace}` has no Helm releases"),
                format!("命名空间 `{namespace}` 中没有 Helm 发布"),
            );
            return Ok(answer(ToolResult::Empty, json!({"names": []}), said));
        }
        if newest.is_empty() {
            return Ok(not_read());
        }
        if let Some(name) = asked.name.filter(|name| !name.is_empty()) {
            let others: Vec<String> = newest.keys().take(MOST).cloned().collect();
            let Some(release) = newest.remove(&name) else {
                return Ok(answer(
                    ToolResult::Empty,
                    json!({"names": others}),
                    Text::new(
                        format!(
                            "there is no Helm release `{name}` in namespace `{}`; there are: {}",
                            asked.namespace,
                            others.join(", ")
                        ),
                        format!(
                            "命名空间 `{}` 中没有 Helm 发布 `{name}`；现有：{}",
                            asked.namespace,
                            others.join("、")
                        ),
                    ),
                ));
            };
            return Ok(answer(ToolResult::Found, json!(release), release.told()));
        }
        let all: Vec<Release> = newest.into_values().take(MOST).collect();
        let lines: Vec<Text> = all.iter().map(Release::told).collect();
        Ok(answer(
            ToolResult::Found,
            json!({"releases": all}),
            Text::joined(&lines, &Text::same("\n")),
        ))
    }
}

fn not_read() -> ToolOutput {
    let why = Text::new(
        "Helm releases are not read unless that is asked for: --with helm",
        "除非要求（--with helm），否则不读取 Helm 发布",
    );
    answer(ToolResult::NotConfigured, Value::Null, why)
}

const fn answer(result: ToolResult, value: Value, excerpt: Text) -> ToolOutput {
    ToolOutput {
        result,
        objects: Vec::new(),
        complete: Vec::new(),
        value,
        excerpt,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use cluster::Recorded;
    use facts::{Object, Snapshot};
    use model::ClusterId;

    use super::*;
    use crate::Registry;

    fn release(revision: u32, status: &str) -> Object {
        Object::new(json!({
            "kind": "Secret", "apiVersion": "v1", "type": "helm.sh/release.v1",
            "metadata": {"namespace": "shop", "name": format!("sh.helm.release.v1.web.v{revision}"),
                         "labels": {"owner": "helm", "name": "web", "status": status,
                                    "version": revision.to_string()}}}))
    }

    fn over(objects: Vec<Object>) -> Registry {
        let snapshot = Snapshot::new(objects, [].into());
        let id = ClusterId::from("record".to_owned());
        Registry::new(Arc::new(Recorded::new(id, Arc::new(snapshot))))
    }

    #[tokio::test]
    async fn the_newest_revision_of_a_release_is_told() {
        let tools = over(vec![release(9, "deployed"), release(10, "failed")]);
        let params = json!({"namespace": "shop", "name": "web"});
        let told = tools.call(SPEC.name, &params).await.unwrap();
        assert_eq!(told.result, ToolResult::Found);
        assert_eq!(told.value["revision"], 10);
        assert_eq!(told.excerpt.en, "web revision 10: failed");
        assert_eq!(told.excerpt.zh, "web 版本 10：failed");
        let params = json!({"namespace": "shop", "name": "db"});
        let told = tools.call(SPEC.name, &params).await.unwrap();
        assert_eq!(told.result, ToolResult::Empty);
        assert!(told.excerpt.en.ends_with("there are: web"), "{told:?}");
    }

    #[tokio::test]
    async fn where_nobody_asked_for_releases_the_answer_is_not_configured() {
        let tools = over(Vec::new());
        let params = json!({"namespace": "shop"});
        let told = tools.call(SPEC.name, &params).await.unwrap();
        assert_eq!(told.result, ToolResult::NotConfigured);
        assert!(told.excerpt.en.contains("--with helm"));
    }
}
