//! The tools that look at what a workload rests on: Services and their endpoints, nodes, volumes,
//! configuration, policies, autoscalers, quotas, or any one object.
//!
//! They are one mechanism: read some kinds, put the one that was named first, tell it in a line.

use async_trait::async_trait;
use cluster::Among;
use facts::{Fields, Json, Object};
use model::payload::ToolResult;
use model::{Text, Tier};
use serde_json::{Value, json};

use crate::params::{self, OfClusterWide, OfNamespace, OfObject};
use crate::view::{Found, View, absent};
use crate::{Tool, ToolError, ToolOutput, ToolSpec, tell};

/// The most objects of a kind that are kept: the rest is left out, and the kind is not complete.
const MOST: usize = 300;

/// A tool that reads the objects of some kinds.
pub(crate) struct Related {
    pub(crate) view: View,
    pub(crate) spec: ToolSpec,
    /// The kind that is asked about.
    pub(crate) kind: &'static str,
    /// Whether it lives in namespaces.
    pub(crate) namespaced: bool,
    /// Cluster-wide kinds that are read with it.
    pub(crate) with: &'static [&'static str],
}

const fn looks(name: &'static str, description: &'static str) -> ToolSpec {
    ToolSpec {
        name,
        description,
        tier: Tier::ReadOnly,
    }
}

/// Every tool of this sort.
pub(crate) fn all(view: &View) -> Vec<Related> {
    let make = |name, description, kind, namespaced, with| Related {
        view: view.clone(),
        spec: looks(name, description),
        kind,
        namespaced,
        with,
    };
    vec![
        make(
            "get_service",
            "The Services of a namespace, with the pods and endpoints of the one that is named.",
            "Service",
            true,
            &[],
        ),
        make(
            "get_endpoints",
            "The EndpointSlices of a namespace, or of one Service.",
            "EndpointSlice",
            true,
            &[],
        ),
        make(
            "get_node_status",
            "The nodes: conditions, taints, what they have to give.",
            "Node",
            false,
            &[],
        ),
        make(
            "get_pvc_status",
            "The PersistentVolumeClaims of a namespace, with the storage classes.",
            "PersistentVolumeClaim",
            true,
            &["StorageClass"],
        ),
        make(
            "get_pv_status",
            "The PersistentVolumes.",
            "PersistentVolume",
            false,
            &[],
        ),
        make(
            "get_config_keys",
            "The ConfigMaps of a namespace and the names of their keys, never values.",
            "ConfigMap",
            true,
            &[],
        ),
        make(
            "get_network_policies",
            "The NetworkPolicies of a namespace.",
            "NetworkPolicy",
            true,
            &[],
        ),
        make(
            "get_hpa",
            "The HorizontalPodAutoscalers of a namespace.",
            "HorizontalPodAutoscaler",
            true,
            &[],
        ),
        make(
            "get_quota",
            "The ResourceQuotas of a namespace, what is used of them, and its LimitRanges.",
            "ResourceQuota",
            true,
            &[],
        ),
    ]
}

#[async_trait]
impl Tool for Related {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    async fn call(&self, params: &Value) -> Result<ToolOutput, ToolError> {
        let (namespace, name) = if self.namespaced {
            let asked: OfNamespace = params::read(self.spec.name, params)?;
            params::name(self.spec.name, "namespace", &asked.namespace)?;
            (asked.namespace, asked.name)
        } else {
            let asked: OfClusterWide = params::read(self.spec.name, params)?;
            (String::new(), asked.name)
        };
        let name = name.filter(|name| !name.is_empty());
        if let Some(name) = &name {
            params::name(self.spec.name, "name", name)?;
        }
        let mut objects = if self.namespaced {
            self.view.list(self.kind, &namespace).await?
        } else {
            self.view.everywhere(self.kind).await?
        };
        let fits = |object: &Object| match &name {
            Some(name) if self.kind == "EndpointSlice" => {
                label(object, "kubernetes.io/service-name") == *name
            }
            Some(name) => object.name() == name,
            None => true,
        };
        // The one that was named comes first; the others tell what else there is.
        objects.sort_by_key(|object| !fits(object));
        let whole = objects.len() <= MOST;
        objects.truncate(MOST);
        for object in &mut objects {
            forget_values(object);
        }
        let named: Vec<&Object> = objects.iter().filter(|object| fits(object)).collect();
        let lines: Vec<Text> = named.iter().map(|object| tell::line(object)).collect();
        let others: Vec<&str> = objects
            .iter()
            .filter(|object| !fits(object))
            .map(Object::name)
            .collect();
        let found = !named.is_empty();
        let value = named.first().filter(|_| name.is_some()).map_or_else(
            || json!({"names": objects.iter().map(Object::name).collect::<Vec<_>>()}),
            |object| object.to_value(),
        );
        let mut excerpt = match (&name, found) {
            (Some(name), false) => absent(self.kind, &namespace, name).excerpt,
            (None, false) => Text::new(
                format!("there is no {}", self.kind),
                format!("没有 {}", self.kind),
            ),
            (_, true) => Text::joined(&lines, &Text::same("\n")),
        };
        if !others.is_empty() && !found {
            excerpt.push(&Text::new(
                format!("\nthere are: {}", others.join(", ")),
                format!("\n现有：{}", others.join("、")),
            ));
        }
        let all = self.namespaced && self.view.lists_all(self.kind, &namespace);
        let mut complete = if whole && all {
            vec![self.kind.to_owned()]
        } else {
            Vec::new()
        };
        self.add_related(
            &namespace,
            name.as_deref(),
            &mut objects,
            &mut complete,
            &mut excerpt,
        )
        .await;
        Ok(ToolOutput {
            result: if found {
                ToolResult::Found
            } else {
                ToolResult::Empty
            },
            objects,
            complete,
            value,
            excerpt,
        })
    }
}

impl Related {
    /// What belongs to the answer; that it cannot be read does not spoil the rest.
    async fn add_related(
        &self,
        namespace: &str,
        name: Option<&str>,
        objects: &mut Vec<Object>,
        complete: &mut Vec<String>,
        excerpt: &mut Text,
    ) {
        for kind in self.with {
            if let Ok(more) = self.view.everywhere(kind).await {
                objects.extend(more);
            }
        }
        if self.kind == "ResourceQuota"
            && let Ok(ranges) = self.view.list("LimitRange", namespace).await
        {
            // What a pod asks for where it says nothing, and the most it may, stands there.
            for range in &ranges {
                excerpt.push(&Text::same("\n"));
                excerpt.push(&tell::line(range));
            }
            if self.view.lists_all("LimitRange", namespace) {
                complete.push("LimitRange".to_owned());
            }
            objects.extend(ranges);
        }
        if self.kind != "Service" {
            return;
        }
        let selector = objects
            .first()
            .filter(|service| Some(service.name()) == name)
            .and_then(|service| service.at("/spec/selector").cloned());
        if let Some(selector) = selector
            && let Ok(pods) = self
                .view
                .list_of("Pod", namespace, Among::Selected(&selector))
                .await
        {
            let ready = pods
                .iter()
                .filter(|pod| facts::container::pod_ready(pod))
                .count();
            let all = pods.len();
            excerpt.push(&Text::new(
                format!("\nselects {all} pods, {ready} of them ready"),
                format!("\n选中 {all} 个 Pod，其中 {ready} 个就绪"),
            ));
            objects.extend(pods);
        }
        if let Ok(slices) = self.view.list("EndpointSlice", namespace).await {
            if self.view.lists_all("EndpointSlice", namespace) {
                complete.push("EndpointSlice".to_owned());
            }
            objects.extend(slices);
        }
    }
}

fn label<'o>(object: &'o Object, name: &str) -> &'o str {
    object
        .at("/metadata/labels")
        .and_then(|labels| labels.get(name)?.as_str())
        .unwrap_or_default()
}

/// Of configuration only the names of the keys are anybody's business.
fn forget_values(object: &mut Object) {
    if !matches!(object.kind(), "ConfigMap" | "Secret") {
        return;
    }
    for part in ["data", "binaryData", "stringData"] {
        if let Some(Json::Fields(values)) = object.json().get(part) {
            let names: Fields = values.keys().map(|key| (key.into(), "".into())).collect();
            object.set(&[part], names);
        }
    }
}

/// Reads one object of any kind.
pub(crate) struct GetObject(pub(crate) View);

const OBJECT: ToolSpec = looks("get_object", "One object by kind, namespace and name.");

#[async_trait]
impl Tool for GetObject {
    fn spec(&self) -> &ToolSpec {
        &OBJECT
    }

    async fn call(&self, params: &Value) -> Result<ToolOutput, ToolError> {
        let asked: OfObject = params::read(OBJECT.name, params)?;
        if asked.kind == "Secret" && !asked.namespace.is_empty() {
            // Its name and type may be known from references; its values are nobody's business.
            return Err(ToolError::wrong(
                OBJECT.name,
                "Secrets are not read",
                "不读取 Secret",
            ));
        }
        params::name(OBJECT.name, "name", &asked.name)?;
        let Found::There(mut found) = self
            .0
            .get(&asked.kind, &asked.namespace, &asked.name)
            .await?
        else {
            return Ok(absent(&asked.kind, &asked.namespace, &asked.name));
        };
        forget_values(&mut found);
        Ok(ToolOutput {
            result: ToolResult::Found,
            excerpt: tell::line(&found),
            value: found.to_value(),
            complete: Vec::new(),
            objects: vec![*found],
        })
    }
}
