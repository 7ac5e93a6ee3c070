//! Keeps what a tool gives within bounds: the excerpt, and the body that becomes evidence.

use facts::Json;
use model::Text;
use serde::Serialize;
use serde_json::Value;

use crate::{Limits, ToolOutput};

/// Bounds an output; what was left out is said in its excerpt.
pub(crate) fn bound(mut output: ToolOutput, limits: &Limits) -> ToolOutput {
    for object in &mut output.objects {
        if let Some(Json::Fields(metadata)) = object.at("/metadata") {
            let metadata = metadata.without("managedFields");
            object.set(&["metadata"], metadata);
        }
    }
    let mut notes = Vec::new();
    let mut room = limits.body;
    let value = length(&output.value);
    if value > room {
        output.value = Value::Null;
        notes.push(Text::new(
            format!("the result was {value} bytes long and is left out"),
            format!("结果长 {value} 字节，已略去"),
        ));
    } else {
        room -= value;
    }
    let before = output.objects.len();
    // In the order in which the tool gave them: what was asked for comes first.
    output.objects.retain(|object| {
        let size = length(object.json());
        let fits = size <= room;
        if fits {
            room -= size;
        }
        fits
    });
    let dropped = before - output.objects.len();
    if dropped > 0 {
        output.complete.clear();
        notes.push(Text::new(
            format!("{dropped} of {before} objects are left out: too large"),
            format!("{before} 个对象中有 {dropped} 个过大，已略去"),
        ));
    }
    let notes = if notes.is_empty() {
        Text::default()
    } else {
        let Text { en, zh } = Text::joined(&notes, &Text::new("; ", "；"));
        Text::new(format!("\n({en})"), format!("\n（{zh}）"))
    };
    let room = |notes: &str| limits.excerpt.saturating_sub(notes.chars().count());
    let Text { en, zh } = &output.excerpt;
    output.excerpt = Text::new(
        shortened(en, room(&notes.en)) + &notes.en,
        shortened(zh, room(&notes.zh)) + &notes.zh,
    );
    output
}

/// How long a value is as JSON, without writing it down.
fn length(value: &impl Serialize) -> usize {
    struct Count(usize);
    impl std::io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count(0);
    match serde_json::to_writer(&mut count, value) {
        Ok(()) => count.0,
        Err(_) => usize::MAX,
    }
}

fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(most.saturating_sub(1)).collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use facts::Object;
    use model::payload::ToolResult;
    use serde_json::json;

    use super::*;

    fn output(objects: Vec<Object>, excerpt: &str) -> ToolOutput {
        ToolOutput {
            result: ToolResult::Found,
            objects,
            complete: vec!["Pod".to_owned()],
            value: json!({"log": "x".repeat(50)}),
            excerpt: Text::same(excerpt),
        }
    }

    #[test]
    fn a_body_over_the_limit_loses_its_last_objects_and_says_so() {
        let pod = |size: usize| Object::new(json!({"kind": "Pod", "filler": "x".repeat(size)}));
        let limits = Limits {
            body: 500,
            ..Limits::default()
        };
        let bounded = bound(
            output(vec![pod(100), pod(1000), pod(100)], "two pods"),
            &limits,
        );
        assert_eq!(bounded.objects.len(), 2);
        assert!(bounded.complete.is_empty());
        assert_eq!(
            bounded.excerpt,
            Text::new(
                "two pods\n(1 of 3 objects are left out: too large)",
                "two pods\n（3 个对象中有 1 个过大，已略去）"
            )
        );
    }

    #[test]
    fn an_excerpt_is_cut_between_characters() {
        let limits = Limits::default();
        let bounded = bound(output(Vec::new(), &"金缮".repeat(500)), &limits);
        assert_eq!(bounded.excerpt.en.chars().count(), 600);
        assert!(bounded.excerpt.zh.ends_with('…'));
    }

    #[test]
    fn managed_fields_never_leave() {
        let pod = Object::new(
            json!({"metadata": {"name": "a", "managedFields": [{"manager": "kubectl"}]}}),
        );
        let bounded = bound(output(vec![pod], ""), &Limits::default());
        assert_eq!(
            bounded.objects.first().unwrap().json(),
            &json!({"metadata": {"name": "a"}})
        );
    }
}
