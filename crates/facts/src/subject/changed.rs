//! What a revision changed of the one before, in words: what, and never from which value to which.

use model::Text;

use crate::{FieldDiff, Json};

/// The most changes that are named; of more only their number is told.
const NAMED: usize = 3;

/// What differs between two pod templates; empty if nothing does that matters.
pub(super) fn words(fields: &[FieldDiff], old: &Json, new: &Json) -> Text {
    let mut told: Vec<Text> = Vec::new();
    for field in fields {
        let one = word(field, old, new);
        if !one.en.is_empty() && !told.contains(&one) {
            told.push(one);
        }
    }
    let count = told.len();
    if count > NAMED {
        return Text::new(
            format!("{count} parts of its template"),
            format!("模板中的 {count} 处"),
        );
    }
    let (en, zh): (Vec<String>, Vec<String>) = told.into_iter().map(|one| (one.en, one.zh)).unzip();
    let en = match en.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    };
    Text::new(en, zh.join("、"))
}

fn word(field: &FieldDiff, old: &Json, new: &Json) -> Text {
    // A place is that of the new template, or of the old one for what is gone.
    let gone = field.new.is_none();
    let template = if gone { old } else { new };
    let parts: Vec<&str> = field.path.split('/').skip(1).collect();
    let (list, number, below) = match parts.as_slice() {
        [
            "spec",
            list @ ("containers" | "initContainers"),
            number,
            below @ ..,
        ] => (*list, *number, below),
        // Who starts a rollout anew puts a time there.
        ["metadata", "annotations", name] if name.ends_with("restartedAt") => {
            return Text::default();
        }
        ["metadata", "annotations", name] => {
            let name = name.replace("~1", "/");
            return Text::new(format!("annotation `{name}`"), format!("注解 `{name}`"));
        }
        ["spec", field, ..] => return Text::same(format!("`spec.{field}`")),
        _ => return Text::same(format!("`{}`", parts.join("."))),
    };
    let at = |rest: &str| {
        let pointer = format!("/spec/{list}/{number}{rest}/name");
        let found = template.pointer(&pointer).and_then(Json::as_str);
        found.unwrap_or_default().to_owned()
    };
    let container = at("");
    let of = |en: &str, zh: &str| {
        Text::new(
            format!("the {en} of `{container}`"),
            format!("`{container}` 的{zh}"),
        )
    };
    match below {
        [] if gone => Text::new(
            format!("container `{container}` (removed)"),
            format!("容器 `{container}`（移除）"),
        ),
        [] => Text::new(
            format!("container `{container}` (added)"),
            format!("容器 `{container}`（新增）"),
        ),
        ["env", number, rest @ ..] => {
            let name = at(&format!("/env/{number}"));
            match (rest.is_empty(), gone, field.old.is_none()) {
                (true, true, _) => Text::new(
                    format!("variable `{name}` (removed)"),
                    format!("变量 `{name}`（移除）"),
                ),
                (true, false, true) => Text::new(
                    format!("variable `{name}` (added)"),
                    format!("变量 `{name}`（新增）"),
                ),
                _ => Text::new(format!("variable `{name}`"), format!("变量 `{name}`")),
            }
        }
        ["env", ..] => of("variables", "变量"),
        ["envFrom", ..] => of("sources of variables", "变量来源"),
        ["image", ..] => {
            let Text { en, zh } = of("image", "镜像");
            let (was, is) = field.words();
            let tags = tags(&was, &is);
            Text::new(format!("{en}{}", tags.en), format!("{zh}{}", tags.zh))
        }
        ["command" | "args", ..] => of("command", "启动命令"),
        ["resources", ..] => of("resources", "资源配置"),
        ["ports", ..] => of("ports", "端口"),
        ["readinessProbe", ..] => of("readiness probe", "就绪探针"),
        ["livenessProbe", ..] => of("liveness probe", "存活探针"),
        ["startupProbe", ..] => of("startup probe", "启动探针"),
        ["volumeMounts", ..] => of("mounts", "挂载"),
        ["securityContext", ..] => of("security context", "安全上下文"),
        [other, ..] => of(&format!("`{other}`"), &format!(" `{other}`")),
    }
}

/// From which tag to which, of two images of one name.
fn tags(was: &str, is: &str) -> Text {
    match (was.rsplit_once(':'), is.rsplit_once(':')) {
        (Some((name, was)), Some((other, is))) if name == other && !was.contains('/') => Text::new(
            format!(" from `{was}` to `{is}`"),
            format!("（由 `{was}` 到 `{is}`）"),
        ),
        _ => Text::default(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::template_diff;

    fn told(old: Value, new: Value) -> Text {
        let (old, new) = (Json::from(old), Json::from(new));
        words(&template_diff(&old, &new), &old, &new)
    }

    fn template(image: &str, env: &Value) -> Value {
        json!({"spec": {"containers": [
            {"name": "log", "image": "log:1"},
            {"name": "web", "image": image, "env": env},
        ]}})
    }

    #[test]
    fn what_changed_is_named_and_no_value_is_told() {
        let one =
            json!([{"name": "QUEUE_URL", "value": "amqp://secret"}, {"name": "A", "value": "1"}]);
        let other = json!([{"name": "A", "value": "2"}]);
        let words = told(template("web:1", &one), template("web:2", &other));
        assert_eq!(
            words.en,
            "the image of `web` from `1` to `2`, variable `QUEUE_URL` (removed) and variable `A`"
        );
        assert_eq!(
            words.zh,
            "`web` 的镜像（由 `1` 到 `2`）、变量 `QUEUE_URL`（移除）、变量 `A`"
        );
    }

    #[test]
    fn many_changes_are_counted_and_a_restart_is_none() {
        let bare = |annotations: Value, spec: Value| json!({"metadata": {"annotations": annotations}, "spec": spec});
        let words = told(
            bare(json!({}), json!({"a": 1, "b": 1, "c": 1, "d": 1})),
            bare(json!({}), json!({"a": 2, "b": 2, "c": 2, "d": 2})),
        );
        assert_eq!(words.en, "4 parts of its template");
        let restarted = told(
            bare(json!({"kubectl.kubernetes.io/restartedAt": "a"}), json!({})),
            bare(json!({"kubectl.kubernetes.io/restartedAt": "b"}), json!({})),
        );
        assert_eq!(restarted, Text::default());
    }
}
