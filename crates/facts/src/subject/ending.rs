//! How a container that keeps failing is told of: the pieces of sentences that every skill about
//! programs shares, and the command that shows the log in which the quoted line stands.
//!
//! Why it fails is not told here.

use serde_json::{Map, Value, json};

use super::{Section, Type};
use crate::Object;
use crate::container::{Container, is_name};
use crate::span;

pub(super) const SCHEMA: Section = &[
    // "init container `migrate` of Deployment `shop`", "container `db` of StatefulSet `db` in pod `db-0`".
    ("say.who_en", Type::Text),
    ("say.who_zh", Type::Text),
    // What stands between that and Chinese words: a blank after a name, and nothing within Chinese.
    ("say.gap_zh", Type::Text),
    // " exits with code 1, since revision 7", " ends again and again (5 restarts)".
    ("say.ends_en", Type::Text),
    ("say.ends_zh", Type::Text),
    // What else that means: "; until it succeeds the other containers of the pod do not start", and
    // which revision still serves.
    ("say.rest_en", Type::Text),
    ("say.rest_zh", Type::Text),
    // The log in which the failing line stands, or else its last line: "its log", "its previous log".
    ("say.log_en", Type::Text),
    ("say.log_zh", Type::Text),
    // The log in which its last line stands, whatever it says.
    ("say.last_log_en", Type::Text),
    ("say.last_log_zh", Type::Text),
    // The command that shows that log.
    ("say.logs", Type::Text),
    // ` -c NAME` for kubectl; empty where the container's name was not seen.
    ("say.in_container", Type::Text),
];

/// Adds the pieces to what is said of a container: `kind` is that of its workload, and `data` what
/// is known of it so far.
pub(super) fn put(
    kind: &str,
    pod: &Object,
    container: &Container<'_>,
    data: &Map<String, Value>,
    say: &mut Value,
) {
    let Value::Object(say) = say else { return };
    let told = data.get("container").unwrap_or(&Value::Null);
    let facts = data.get("facts").unwrap_or(&Value::Null);
    let log = ["/failure/log", "/last_words_in"]
        .into_iter()
        .filter_map(|path| facts.pointer(path)?.as_str())
        .find(|log| !log.is_empty())
        .unwrap_or_default();
    let last = facts.pointer("/last_words_in").and_then(Value::as_str);
    let (log_en, log_zh) = named(log);
    let (last_log_en, last_log_zh) = named(last.unwrap_or_default());
    let gates = container.init && told.get("sidecar") != Some(&Value::Bool(true));
    let (mut who_en, mut who_zh) = (text(say, "subject_en"), text(say, "subject_zh"));
    if kind == "StatefulSet" {
        who_en.push_str(&format!(" in pod `{}`", pod.name()));
        who_zh = who_zh.replacen("` 的", &format!("` 的 Pod `{}` 中的", pod.name()), 1);
    }
    if gates {
        who_en = who_en
            .replacen("container", "init container", 1)
            .replacen("a init", "an init", 1);
        who_zh = who_zh.replacen("容器", "初始化容器", 1);
    }
    let (ends_en, mut ends_zh) = ends(told, container);
    let gap_zh = if who_zh.ends_with('`') { " " } else { "" };
    if gap_zh.is_empty() {
        ends_zh = ends_zh.trim_start().to_owned();
    }
    let previous = match log {
        "previous" => true,
        "current" => false,
        // Without any words: a container that is up or about to be has its failure behind it.
        _ => container.state() != "terminated" && container.restarts() > 0,
    };
    let (until_en, until_zh) = if gates {
        (
            "; until it succeeds the other containers of the pod do not start",
            "；在它成功之前，Pod 的其他容器不会启动",
        )
    } else {
        ("", "")
    };
    let pieces = [
        ("who_en", who_en),
        ("who_zh", who_zh),
        ("gap_zh", gap_zh.to_owned()),
        ("ends_en", ends_en + &text(say, "since_en")),
        ("ends_zh", ends_zh + &text(say, "since_zh")),
        ("rest_en", format!("{until_en}{}", text(say, "still_en"))),
        ("rest_zh", format!("{until_zh}{}", text(say, "still_zh"))),
        ("log_en", log_en.to_owned()),
        ("log_zh", log_zh.to_owned()),
        ("last_log_en", last_log_en.to_owned()),
        ("last_log_zh", last_log_zh.to_owned()),
        (
            "logs",
            format!(
                "kubectl logs {} -n {}{}{}",
                pod.name(),
                pod.namespace(),
                of_container(pod, container),
                if previous { " --previous" } else { "" }
            ),
        ),
        (
            "in_container",
            match is_name(container.name()) {
                true => format!(" -c {}", container.name()),
                false => String::new(),
            },
        ),
    ];
    for (name, words) in pieces {
        say.insert(name.to_owned(), json!(words));
    }
}

fn named(log: &str) -> (&'static str, &'static str) {
    if log == "previous" {
        ("its previous log", "上一次的日志")
    } else {
        ("its log", "日志")
    }
}

/// Which container's log kubectl is to show. Where its name was not seen, all are shown, unless there
/// is no other.
fn of_container(pod: &Object, container: &Container<'_>) -> String {
    let alone = !container.init && pod.list("/spec/containers").len() == 1;
    match container.name() {
        name if is_name(name) => format!(" -c {name}"),
        _ if alone => String::new(),
        _ => " --all-containers --ignore-errors".to_owned(),
    }
}

/// How it ends: with which code, and how often where it is up in between. What ended it may not be
/// known: a table of pods tells only that it is down again.
fn ends(told: &Value, container: &Container<'_>) -> (String, String) {
    let code = container.exit_code();
    let reason = container.end_reason();
    let restarts = container.restarts();
    if code == 0 && reason == "Error" && restarts == 0 {
        return (" has ended in failure".to_owned(), " 已异常退出".to_owned());
    }
    if code == 0 && matches!(reason, "" | "Error") {
        let (mut en, mut zh) = (" ends again and again".to_owned(), " 反复退出".to_owned());
        if restarts > 0 {
            let times = if restarts == 1 { "restart" } else { "restarts" };
            en.push_str(&format!(" ({restarts} {times})"));
            zh.push_str(&format!("（已重启 {restarts} 次）"));
        }
        return (en, zh);
    }
    if told.get("flapping") == Some(&Value::Bool(true)) {
        let every = told.get("every").and_then(Value::as_i64).unwrap_or(0);
        let beat = span(every);
        return (
            format!(
                " is up now, but about every {} it exits with code {code}",
                beat.en
            ),
            format!(" 目前在运行，但约每 {}以退出码 {code} 退出", beat.zh),
        );
    }
    (
        format!(" exits with code {code}"),
        format!(" 以退出码 {code} 退出"),
    )
}

fn text(say: &Map<String, Value>, name: &str) -> String {
    say.get(name)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(kind: &str, status: &Value, facts: &Value) -> Value {
        let pod = Object::new(json!({
            "kind": "Pod",
            "metadata": {"name": "db-0", "namespace": "shop"},
            "spec": {"containers": [{"name": "db"}], "initContainers": [{"name": "first"}]},
            "status": {"containerStatuses": [status], "initContainerStatuses": [status]},
        }));
        let name = status["name"].as_str().unwrap();
        let container = crate::container::containers(&pod)
            .find(|container| container.name() == name)
            .unwrap();
        let data = json!({"container": {"flapping": false}, "facts": facts});
        let mut say = json!({
            "subject_en": format!("container `{name}` of {kind} `db`"),
            "subject_zh": format!("{kind} `db` 的容器 `{name}`"),
            "since_en": ", since revision 2",
            "still_en": "; revision 1 still serves with 1 pod",
        });
        put(kind, &pod, &container, data.as_object().unwrap(), &mut say);
        say
    }

    #[test]
    fn the_log_of_the_life_before_is_asked_for_only_where_the_line_stands_there() {
        let waits = json!({"name": "db", "restartCount": 3, "state": {"waiting": {"reason": "CrashLoopBackOff"}}});
        let down =
            json!({"name": "db", "restartCount": 3, "state": {"terminated": {"exitCode": 1}}});
        let fresh = json!({"name": "db", "restartCount": 0, "state": {"running": {}}});
        let line_in = |log: &str| json!({"failure": {"log": log}, "last_words_in": "current"});
        let words_in = |log: &str| json!({"failure": {"log": ""}, "last_words_in": log});
        for (status, facts, previous) in [
            (&waits, line_in("current"), false),
            (&waits, line_in("previous"), true),
            (&down, line_in("previous"), true),
            (&waits, words_in("current"), false),
            (&down, words_in("previous"), true),
            (&waits, words_in(""), true),
            (&down, words_in(""), false),
            (&fresh, words_in(""), false),
        ] {
            let say = said("Deployment", status, &facts);
            let command = say["logs"].as_str().unwrap();
            assert_eq!(
                command.ends_with(" -c db --previous"),
                previous,
                "{status} {facts}"
            );
        }
        let say = said("Deployment", &waits, &line_in("previous"));
        assert_eq!(say["log_en"], "its previous log");
        assert_eq!(say["log_zh"], "上一次的日志");
    }

    #[test]
    fn a_container_is_told_of_with_its_place_and_how_it_ends() {
        let status =
            json!({"name": "db", "state": {"terminated": {"exitCode": 3, "reason": "Error"}}});
        let say = said("StatefulSet", &status, &json!({}));
        assert_eq!(
            say["who_en"],
            "container `db` of StatefulSet `db` in pod `db-0`"
        );
        assert_eq!(
            say["who_zh"],
            "StatefulSet `db` 的 Pod `db-0` 中的容器 `db`"
        );
        assert_eq!(say["ends_en"], " exits with code 3, since revision 2");
        assert_eq!(say["rest_en"], "; revision 1 still serves with 1 pod");
        assert_eq!(
            (&say["gap_zh"], &say["ends_zh"]),
            (&json!(" "), &json!(" 以退出码 3 退出"))
        );
        let row = json!({"name": "first", "restartCount": 5, "state": {"waiting": {"reason": "CrashLoopBackOff"}}});
        let say = said("Deployment", &row, &json!({}));
        assert_eq!(say["who_en"], "init container `first` of Deployment `db`");
        assert_eq!(
            say["ends_en"],
            " ends again and again (5 restarts), since revision 2"
        );
        assert_eq!(say["rest_zh"], "；在它成功之前，Pod 的其他容器不会启动");
    }

    #[test]
    fn no_blank_stands_within_the_chinese_of_a_container_without_a_name() {
        let row = json!({"name": "db", "restartCount": 5, "state": {"waiting": {"reason": "CrashLoopBackOff"}}});
        let pod = Object::new(json!({
            "kind": "Pod",
            "metadata": {"name": "web-1", "namespace": "shop"},
            "spec": {"containers": [{"name": "db"}]},
            "status": {"containerStatuses": [row]},
        }));
        let container = crate::container::containers(&pod).next().unwrap();
        let mut say = json!({"subject_en": "the container of pod `web-1`", "subject_zh": "Pod `web-1` 的容器"});
        put("Pod", &pod, &container, &Map::new(), &mut say);
        let text = |name: &str| say[name].as_str().unwrap().to_owned();
        assert_eq!(
            text("who_zh") + &text("ends_zh"),
            "Pod `web-1` 的容器反复退出（已重启 5 次）"
        );
        assert_eq!(text("gap_zh"), "");
    }
}
