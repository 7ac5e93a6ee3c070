//! How a container that keeps failing is told of: the pieces of sentences that every skill about
//! programs shares, and the command that shows the log in which the quoted line stands.
//!
//! Why it fails is not told here.

use serde_json::{Map, Value, json};

use super::{Section, Type};
use crate::Object;
use crate::container::Container;

pub(super) const SCHEMA: Section = &[
    // "init container `migrate` of Deployment `shop`", "container `db` of StatefulSet `db` in pod `db-0`".
    ("say.who_en", Type::Text),
    ("say.who_zh", Type::Text),
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
    // The command that shows that log.
    ("say.logs", Type::Text),
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
    let gates = container.init && told.get("sidecar") != Some(&Value::Bool(true));
    let (mut who_en, mut who_zh) = (text(say, "subject_en"), text(say, "subject_zh"));
    if kind == "StatefulSet" {
        who_en.push_str(&format!(" in pod `{}`", pod.name()));
        who_zh = who_zh.replacen("的容器", &format!("的 Pod `{}` 中的容器", pod.name()), 1);
    }
    if gates {
        who_en.insert_str(0, "init ");
        who_zh = who_zh.replacen("容器", "初始化容器", 1);
    }
    let (ends_en, ends_zh) = ends(told, container);
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
        ("ends_en", ends_en + &text(say, "since_en")),
        ("ends_zh", ends_zh + &text(say, "since_zh")),
        ("rest_en", format!("{until_en}{}", text(say, "still_en"))),
        ("rest_zh", format!("{until_zh}{}", text(say, "still_zh"))),
        (
            "log_en",
            if log == "previous" {
                "its previous log"
            } else {
                "its log"
            }
            .to_owned(),
        ),
        (
            "log_zh",
            if log == "previous" {
                "上一次的日志"
            } else {
                "日志"
            }
            .to_owned(),
        ),
        (
            "logs",
            format!(
                "kubectl logs {} -n {} -c {}{}",
                pod.name(),
                pod.namespace(),
                container.name(),
                if previous { " --previous" } else { "" }
            ),
        ),
    ];
    for (name, words) in pieces {
        say.insert(name.to_owned(), json!(words));
    }
}

/// How it ends: with which code, and how often where it is up in between. What ended it may not be
/// known: a table of pods tells only that it is down again.
fn ends(told: &Value, container: &Container<'_>) -> (String, String) {
    let code = container.exit_code();
    let reason = container.end_reason();
    let restarts = container.restarts();
    if code == 0 && matches!(reason, "" | "Error") {
        let (mut en, mut zh) = (" ends again and again".to_owned(), " 反复退出".to_owned());
        if restarts > 0 {
            en.push_str(&format!(" ({restarts} restarts)"));
            zh.push_str(&format!("（已重启 {restarts} 次）"));
        }
        return (en, zh);
    }
    if told.get("flapping") == Some(&Value::Bool(true)) {
        let every = told.get("every").and_then(Value::as_i64).unwrap_or(0);
        let (beat_en, beat_zh) = span(every);
        return (
            format!(" is up now, but about every {beat_en} it exits with code {code}"),
            format!(" 目前在运行，但约每 {beat_zh}以退出码 {code} 退出"),
        );
    }
    (
        format!(" exits with code {code}"),
        format!(" 以退出码 {code} 退出"),
    )
}

fn span(seconds: i64) -> (String, String) {
    match seconds {
        7200.. => {
            let hours = seconds / 3600;
            (format!("{hours} hours"), format!("{hours} 小时"))
        }
        120.. => {
            let minutes = seconds / 60;
            (format!("{minutes} minutes"), format!("{minutes} 分钟"))
        }
        _ => (format!("{seconds} seconds"), format!("{seconds} 秒")),
    }
}

fn text(say: &Map<String, Value>, name: &str) -> String {
    say.get(name)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}
