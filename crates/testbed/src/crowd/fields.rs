//! Who wrote which field, as the API server notes it: a third of what `kubectl` shows of a pod.

use serde_json::{Map, Value, json};

/// The same object with `managedFields` as two writers leave them.
pub(super) fn with_managers(mut object: Value) -> Value {
    let status = object.get("status").cloned();
    let spec = object.get("spec").cloned();
    let labels = object.pointer("/metadata/labels").cloned();
    let time = object.pointer("/metadata/creationTimestamp").cloned();
    let entry = |manager: &str, fields: Value, part: Option<&str>| {
        let mut entry = json!({
            "apiVersion": object.get("apiVersion"), "fieldsType": "FieldsV1", "fieldsV1": fields,
            "manager": manager, "operation": "Update", "time": time,
        });
        if let (Some(part), Value::Object(fields)) = (part, &mut entry) {
            fields.insert("subresource".to_owned(), part.into());
        }
        entry
    };
    let own = json!({
        "f:metadata": {"f:labels": labels.map_or_else(|| json!({}), |labels| fields_of(&labels))},
        "f:spec": spec.map_or_else(|| json!({}), |spec| fields_of(&spec)),
    });
    let mut managers = vec![entry("kube-controller-manager", own, None)];
    if let Some(status) = status {
        let fields = json!({"f:status": fields_of(&status)});
        managers.push(entry("kubelet", fields, Some("status")));
    }
    if let Some(Value::Object(metadata)) = object.get_mut("metadata") {
        metadata.insert("managedFields".to_owned(), managers.into());
    }
    object
}

fn fields_of(value: &Value) -> Value {
    let fields: Map<String, Value> = match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| (format!("f:{name}"), fields_of(value)))
            .collect(),
        Value::Array(items) => items
            .iter()
            .filter_map(|item| {
                let key = ["name", "type", "containerPort", "ip", "port"]
                    .into_iter()
                    .find_map(|key| Some((key, item.get(key)?)))?;
                let mut fields = fields_of(item);
                if let Value::Object(fields) = &mut fields {
                    fields.insert(".".to_owned(), json!({}));
                }
                let (name, value) = key;
                Some((format!("k:{}", json!({ name: value })), fields))
            })
            .collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Map::new(),
    };
    Value::Object(fields)
}
