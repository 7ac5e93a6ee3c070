//! `get_memory`: how much memory a container uses, and how that went: by a Prometheus and a metrics
//! server, where there are any.

use async_trait::async_trait;
use cluster::CourseQuery;
use facts::course::{Course, Point};
use facts::{CourseKey, CourseSeen, Object, Resource, Snapshot};
use model::payload::ToolResult;
use model::said::Said;
use model::{ObjectRef, Text, Tier};
use serde_json::{Value, json};

use crate::params::{self, OfContainer};
use crate::view::{Found, View, absent};
use crate::{Tool, ToolError, ToolOutput, ToolSpec};

const SPEC: ToolSpec = ToolSpec {
    name: "get_memory",
    description: "How the memory of a container went over the last hours, and what it uses now.",
    tier: Tier::ReadOnly,
};

/// Reads what is measured of a container's memory.
pub(crate) struct GetMemory(pub(crate) View);

#[async_trait]
impl Tool for GetMemory {
    fn spec(&self) -> &ToolSpec {
        &SPEC
    }

    async fn call(&self, params: &Value) -> Result<ToolOutput, ToolError> {
        let asked: OfContainer = params::read(SPEC.name, params)?;
        let namespace = params::name(SPEC.name, "namespace", &asked.namespace)?;
        let pod_name = params::name(SPEC.name, "pod_name", &asked.pod_name)?;
        let container = params::name(SPEC.name, "container", &asked.container)?;
        let Found::There(pod) = self.0.get("Pod", namespace, pod_name).await? else {
            return Ok(absent("Pod", namespace, pod_name));
        };
        let key = CourseKey::new(namespace, pod_name, container);
        let query = CourseQuery::of(key.clone());
        let course = self.0.cluster().course(&query).await;
        let seen = course.map_err(|why| {
            let Text { en, zh } = why.words();
            ToolError::wrong(SPEC.name, en, zh)
        })?;
        // Many clusters have no metrics server, and a record may hold nothing of one.
        let metrics = ObjectRef::new("PodMetrics", namespace, pod_name);
        let metrics = self.0.cluster().get(&metrics).await.ok().flatten();
        if seen.is_none() && metrics.is_none() {
            return Ok(ToolOutput {
                result: ToolResult::NotConfigured,
                objects: Vec::new(),
                complete: Vec::new(),
                value: Value::Null,
                excerpt: Text::new(
                    "nobody measures memory here: neither `prometheus.url` nor a metrics server",
                    "此处没有人测量内存：既没有 `prometheus.url`，也没有 metrics server",
                ),
            });
        }
        let told = told(&pod, &key, seen.as_ref(), metrics.as_ref());
        let (series, why): (&[Vec<Point>], _) = match &seen {
            Some(CourseSeen::Points(course)) => (course.series(), None),
            Some(CourseSeen::Absent(why)) => (&[], Some(why)),
            None => (&[], None),
        };
        let lives: Vec<Vec<(i64, u64)>> = series
            .iter()
            .map(|points| points.iter().map(|point| (point.at, point.bytes)).collect())
            .collect();
        let value = json!({
            "namespace": namespace,
            "pod": pod_name,
            "container": container,
            // Nothing, where nobody was asked.
            "memory": seen.is_some().then_some(lives),
            "why": why.cloned().map(Said),
        });
        Ok(ToolOutput {
            result: if series.is_empty() && metrics.is_none() {
                ToolResult::Empty
            } else {
                ToolResult::Found
            },
            objects: metrics.into_iter().collect(),
            complete: Vec::new(),
            value,
            excerpt: match why {
                Some(why) if told.en.is_empty() => why.clone(),
                Some(_) | None => told,
            },
        })
    }
}

/// What was measured, in a line.
fn told(
    pod: &Object,
    key: &CourseKey,
    seen: Option<&CourseSeen>,
    metrics: Option<&Object>,
) -> Text {
    let objects = std::iter::once(pod).chain(metrics).cloned().collect();
    let mut snapshot = Snapshot::new(objects, [].into());
    if let Some(seen) = seen {
        snapshot.put_course(key.clone(), seen.clone());
    }
    let part = Some(key.container.as_str());
    let subject = facts::subject(&snapshot, Resource::Container, &pod.reference(), part);
    let data = subject.map(|subject| subject.data).unwrap_or_default();
    let text = |field: &str| {
        let found = data.pointer(&format!("/container/{field}"));
        found.and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let mut parts = Vec::new();
    let mut part = |en: &str, zh: &str, amount: String| {
        if !amount.is_empty() {
            parts.push(Text::new(
                format!("{en} {amount}"),
                format!("{zh} {amount}"),
            ));
        }
    };
    part("now", "现在", text("memory_now"));
    if text("memory_course") != "leak" {
        part("usually", "通常", text("memory_usual"));
    }
    part("at most", "最高", text("memory_peak"));
    part("limit", "上限", text("memory_limit"));
    parts.extend(shape(&text("memory_course"), &text("memory_hourly")));
    if let Some(CourseSeen::Points(course)) = seen {
        let (points, series) = (course.points().count(), course.series().len());
        parts.push(Text::new(
            format!("{points} points in {series} series"),
            format!("{series} 条序列共 {points} 个点"),
        ));
    }
    if parts.is_empty() {
        return Text::default();
    }
    let Text { en, zh } = Text::joined(&parts, &Text::new(", ", "，"));
    Text::new(
        format!("memory of {}: {en}", key.container),
        format!("{} 的内存：{zh}", key.container),
    )
}

/// What is to be seen in a course.
fn shape(course: &str, hourly: &str) -> Option<Text> {
    match course {
        "leak" => Some(Text::new(
            format!("course leak: it grows by {hourly} an hour"),
            format!("走势为泄漏：每小时增长 {hourly}"),
        )),
        "spike" => Some(Text::new(
            "course spike: far below the limit, then a jump",
            "走势为突增：远低于上限，然后骤升",
        )),
        "low" => Some(Text::new(
            "course low: near the limit from the start",
            "走势为偏低：从一开始就接近上限",
        )),
        _ => None,
    }
}

/// The course that this tool showed, if it did.
#[must_use]
pub fn course_of(output: &ToolOutput) -> Option<(CourseKey, CourseSeen)> {
    let value = &output.value;
    let text = |field: &str| value.get(field)?.as_str();
    let key = CourseKey::new(text("namespace")?, text("pod")?, text("container")?);
    let points = |life: &Value| -> Option<Vec<Point>> {
        let point = |point: &Value| {
            Some(Point {
                at: point.get(0)?.as_i64()?,
                bytes: point.get(1)?.as_u64()?,
            })
        };
        Some(life.as_array()?.iter().filter_map(point).collect())
    };
    let lives = value.get("memory")?.as_array()?;
    let course = Course::new(lives.iter().filter_map(points).collect());
    if course.is_empty() {
        let why = value.get("why").cloned();
        let said = why.and_then(|why| serde_json::from_value::<Said>(why).ok());
        let why = said.map_or_else(
            || Text::new("nothing was measured", "没有测量值"),
            |said| said.0,
        );
        return Some((key, CourseSeen::Absent(why)));
    }
    Some((key, CourseSeen::Points(course)))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use cluster::Recorded;
    use model::ClusterId;

    use super::*;
    use crate::Registry;

    fn over(course: Option<CourseSeen>) -> Registry {
        let pod = Object::new(json!({
            "kind": "Pod", "apiVersion": "v1",
            "metadata": {"namespace": "shop", "name": "api-1", "uid": "u"},
            "spec": {"containers": [{"name": "api", "resources": {"limits": {"memory": "128Mi"}}}]},
            "status": {"containerStatuses": [{"name": "api", "restartCount": 2}]}}));
        let mut snapshot = Snapshot::new(vec![pod], [].into());
        if let Some(course) = course {
            snapshot.put_course(CourseKey::new("shop", "api-1", "api"), course);
        }
        let id = ClusterId::from("record".to_owned());
        Registry::new(Arc::new(Recorded::new(id, Arc::new(snapshot))))
    }

    async fn asked(tools: &Registry) -> ToolOutput {
        let params = json!({"namespace": "shop", "pod_name": "api-1", "container": "api"});
        tools.call(SPEC.name, &params).await.unwrap()
    }

    #[tokio::test]
    async fn a_course_is_told_in_a_line_and_can_be_taken_from_the_answer() {
        let points = (0..30)
            .map(|minute| Point {
                at: 60 * minute,
                bytes: 120 << 20,
            })
            .collect();
        let course = CourseSeen::Points(Course::new(vec![points]));
        let output = asked(&over(Some(course.clone()))).await;
        assert_eq!(output.result, ToolResult::Found);
        assert_eq!(
            output.excerpt.en,
            "memory of api: usually 120Mi, at most 120Mi, limit 128Mi, \
             course low: near the limit from the start, 30 points in 1 series"
        );
        assert_eq!(course_of(&output).unwrap().1, course);
    }

    #[tokio::test]
    async fn where_nobody_measures_the_answer_is_not_configured() {
        let output = asked(&over(None)).await;
        assert_eq!(output.result, ToolResult::NotConfigured);
        assert_eq!(course_of(&output), None);
    }

    #[tokio::test]
    async fn what_nobody_has_measured_is_known_to_be_so() {
        let why = Text::new("Prometheus has none of it", "Prometheus 中没有它");
        let output = asked(&over(Some(CourseSeen::Absent(why.clone())))).await;
        assert_eq!(output.result, ToolResult::Empty);
        assert_eq!(course_of(&output).unwrap().1, CourseSeen::Absent(why));
    }
}
