//! One object of a recording: read, relieved of what must not be kept, and checked for a name.

use facts::slim::{Hint, Reader};
use facts::{Json, Object, Pool};
use model::Text;
use serde_json::Value;

/// The longest name of a kind, an object or a namespace: what no API server would take is no object.
const NAME: usize = 512;

/// Makes an object small that was read from something else than JSON, and checks it.
pub(super) fn small(value: Value, kind: Option<(&str, &str)>, pool: &Pool) -> Checked {
    if !value.is_object() {
        let Text { en, zh } = shape(&value);
        return Checked::Nothing(Text::new(
            format!("{en} where an object was expected"),
            format!("此处应为对象，却是{zh}"),
        ));
    }
    let (name, version) = kind.unwrap_or_default();
    match Reader::of_one(pool).object(&value.to_string(), Hint::of(name, version)) {
        Ok(object) => check(object, kind),
        Err(why) => Checked::Nothing(Text::new(
            format!("this object cannot be read: {why}"),
            format!("此对象无法读取：{why}"),
        )),
    }
}

/// What a value is that stands where an object may stand.
pub(super) enum Checked {
    /// An object with a kind and a name.
    Object(Object),
    /// Something else, and why it is no object.
    Nothing(Text),
}

/// Checks that an object has a kind, or the list that holds it tells one, and a name. Everything else
/// about it may be of any shape.
pub(super) fn check(mut object: Object, kind: Option<(&str, &str)>) -> Checked {
    if let ("", Some((kind, version))) = (object.kind(), kind) {
        object.set(&["kind"], kind);
        if object.text("/apiVersion").is_empty() && !version.is_empty() {
            object.set(&["apiVersion"], version);
        }
    }
    match object.kind() {
        "" => {
            return Checked::Nothing(Text::new("an object without a kind", "对象没有 kind"));
        }
        "Status" => {
            let said = |none: &'static str| match object.text("/message") {
                "" => none.to_owned(),
                message => message.to_owned(),
            };
            return Checked::Nothing(Text::new(
                format!(
                    "an answer of the API server instead of objects: {}",
                    said("no message")
                ),
                format!("这是 API 服务器的答复，不是对象：{}", said("没有说明")),
            ));
        }
        "Table" => {
            return Checked::Nothing(Text::new(
                "a table of the API server, which holds no objects",
                "这是 API 服务器的表格，其中没有对象",
            ));
        }
        _ => {}
    }
    let kind = object.kind();
    let Some(Json::Fields(metadata)) = object.at("/metadata") else {
        return Checked::Nothing(Text::new(
            format!("a {kind} without metadata"),
            format!("{kind} 没有 metadata"),
        ));
    };
    if object.name().is_empty() {
        return Checked::Nothing(Text::new(
            format!("a {kind} without a name"),
            format!("{kind} 没有名称"),
        ));
    }
    if [kind, object.name(), object.namespace()]
        .iter()
        .any(|name| name.len() > NAME)
    {
        return Checked::Nothing(Text::new(
            "an object whose name is too long for any cluster",
            "对象的名称过长，任何集群都不会有",
        ));
    }
    if object.namespace().is_empty() && metadata.contains_key("namespace") {
        let metadata = metadata.without("namespace");
        object.set(&["metadata"], metadata);
    }
    if object.kind() == "Event" {
        one_form(&mut object);
    }
    Checked::Object(object)
}

/// Brings an event of the newer API group into the form of the older one: both are the same
/// objects, and everything that reads events then reads one form.
fn one_form(event: &mut Object) {
    if !event.text("/apiVersion").starts_with("events.k8s.io/") {
        return;
    }
    event.edit(|event| {
        let Some(event) = event.as_object_mut() else {
            return;
        };
        for (from, to) in [
            ("regarding", "involvedObject"),
            ("note", "message"),
            ("deprecatedCount", "count"),
            ("deprecatedFirstTimestamp", "firstTimestamp"),
            ("deprecatedLastTimestamp", "lastTimestamp"),
            ("deprecatedSource", "source"),
            ("reportingController", "reportingComponent"),
        ] {
            if let Some(value) = event.shift_remove(from) {
                event.entry(to).or_insert(value);
            }
        }
        event.insert("apiVersion".to_owned(), Value::from("v1"));
    });
}

fn shape(value: &Value) -> Text {
    let (en, zh) = match value {
        Value::Null => ("null", " null"),
        Value::Bool(_) => ("true or false", "真假值"),
        Value::Number(_) => ("a number", "数字"),
        Value::String(_) => ("a text", "文本"),
        Value::Array(_) => ("a list", "列表"),
        Value::Object(_) => ("an object", "对象"),
    };
    Text::new(en, zh)
}

/// The newest time that an object shows, as it is written: when it was made, when its state
/// changed, when an event was seen. Times of its spec are wishes and not counted.
pub(super) fn newest_time<'a>(object: &'a Object, newest: &mut &'a str) {
    consider(object.at("/metadata/creationTimestamp"), newest);
    for entry in object.list("/metadata/managedFields") {
        consider(entry.get("time"), newest);
    }
    if object.kind() == "Event" {
        for at in [
            "/firstTimestamp",
            "/lastTimestamp",
            "/eventTime",
            "/series/lastObservedTime",
        ] {
            consider(object.at(at), newest);
        }
    }
    if let Some(status) = object.at("/status") {
        times_within(status, newest, 0);
    }
}

fn times_within<'a>(value: &'a Json, newest: &mut &'a str, depth: usize) {
    if depth > 8 {
        return;
    }
    match value {
        Json::Fields(fields) => {
            for (name, value) in fields {
                match value {
                    Json::Text(_)
                        if name.ends_with("Time")
                            || name.ends_with("Timestamp")
                            || name == "startedAt"
                            || name == "finishedAt" =>
                    {
                        consider(Some(value), newest);
                    }
                    Json::Fields(_) | Json::List(_) => times_within(value, newest, depth + 1),
                    Json::Null | Json::Bool(_) | Json::Number(_) | Json::Text(_) => {}
                }
            }
        }
        Json::List(items) => items
            .iter()
            .for_each(|item| times_within(item, newest, depth + 1)),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::Text(_) => {}
    }
}

fn consider<'a>(time: Option<&'a Json>, newest: &mut &'a str) {
    let Some(time) = time.and_then(Json::as_str) else {
        return;
    };
    // Times in UTC sort as texts down to the second; what looks like none is not even compared.
    let utc = time.len() >= 20 && time.ends_with('Z') && time.as_bytes().get(10) == Some(&b'T');
    if utc && time > *newest && model::Timestamp::parse(time).is_some() {
        *newest = time;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn wrong_types_anywhere_but_in_the_name_leave_an_object_as_it_is() {
        let odd = json!({"kind": "Pod", "spec": 5, "status": [], "metadata": {
            "name": "a", "namespace": 7, "labels": "x", "annotations": [], "managedFields": {}}});
        let Checked::Object(value) = small(odd, None, &Pool::default()) else {
            panic!()
        };
        assert_eq!(value.int("/spec"), Some(5));
        assert_eq!(value.at("/metadata/namespace"), None);
        for nothing in [
            json!(null),
            json!([]),
            json!("x"),
            json!({}),
            json!({"kind": 5}),
            json!({"kind": "Pod"}),
            json!({"kind": "Pod", "metadata": {"name": 5}}),
            json!({"kind": "Pod", "metadata": {"name": ""}}),
            json!({"kind": "Status", "message": "forbidden"}),
        ] {
            assert!(matches!(
                small(nothing, None, &Pool::default()),
                Checked::Nothing(_)
            ));
        }
    }

    #[test]
    fn events_of_both_groups_have_one_form() {
        let event = json!({"apiVersion": "events.k8s.io/v1", "kind": "Event",
            "metadata": {"name": "e"}, "note": "words", "regarding": {"uid": "1"},
            "deprecatedCount": 3});
        let Checked::Object(event) = small(event, None, &Pool::default()) else {
            panic!()
        };
        assert_eq!(event.text("/message"), "words");
        assert_eq!(event.text("/involvedObject/uid"), "1");
        assert_eq!(event.int("/count"), Some(3));
        assert_eq!(event.text("/apiVersion"), "v1");
    }

    #[test]
    fn the_newest_time_is_one_of_state_and_never_one_of_wishes() {
        let pod = Object::new(
            json!({"metadata": {"creationTimestamp": "2026-01-01T00:00:00Z"},
            "spec": {"someTime": "2999-01-01T00:00:00Z"},
            "status": {"startTime": "2026-01-02T00:00:00Z", "conditions": [
                {"lastTransitionTime": "2026-01-03T00:00:00Z"},
                {"lastTransitionTime": "zzzz-99-99Tzz:zz:zzZ"}, {"lastTransitionTime": 5}]}}),
        );
        let mut newest = "";
        newest_time(&pod, &mut newest);
        assert_eq!(newest, "2026-01-03T00:00:00Z");
    }
}
