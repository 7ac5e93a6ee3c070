//! The answers of a Prometheus to a question over a span of time: read, and written as it would
//! have written them, so that one that somebody has saved beside a dump is as good as a recorded one.

use std::collections::BTreeMap;

use facts::course::Point;
use facts::{Course, CourseKey};
use model::Text;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::reading::bounded;

/// What is asked for: the memory of a container that the kernel cannot take back.
pub(crate) const METRIC: &str = "container_memory_working_set_bytes";
/// The most containers that one answer may tell of.
const MAX_KEYS: usize = 1_000;
/// The longest words of the server that are kept.
const MAX_WORDS: usize = 300;

#[derive(Deserialize)]
struct Answer {
    status: String,
    #[serde(default)]
    data: Option<Data>,
    #[serde(default)]
    error: Option<String>,
}

#[derive(Deserialize)]
struct Data {
    #[serde(rename = "resultType")]
    result_type: String,
    result: Vec<Series>,
}

#[derive(Deserialize)]
struct Series {
    metric: BTreeMap<String, String>,
    values: Vec<(f64, String)>,
}

/// Whether a file holds such an answer, by how it begins.
pub(crate) fn is_answer(bytes: &[u8]) -> bool {
    let head = bytes.get(..bytes.len().min(512)).unwrap_or_default();
    let head: String = String::from_utf8_lossy(head)
        .chars()
        .filter(|letter| !letter.is_whitespace())
        .collect();
    head.starts_with("{\"status\":\"success\"") && head.contains("\"resultType\":\"matrix\"")
}

/// Reads an answer: the courses in it, by whose they are.
///
/// # Errors
/// What is wrong with it, in words.
pub(crate) fn read(bytes: &[u8]) -> Result<BTreeMap<CourseKey, Course>, Text> {
    let answer: Answer = serde_json::from_slice(bytes).map_err(|error| {
        Text::new(
            format!("the answer makes no sense: {error}"),
            format!("回答无法理解：{error}"),
        )
    })?;
    if answer.status != "success" {
        let said = answer.error.unwrap_or(answer.status);
        return Err(Text::same(bounded(&said, MAX_WORDS)));
    }
    let Some(data) = answer.data.filter(|data| data.result_type == "matrix") else {
        return Err(Text::new(
            "the answer holds no series",
            "回答中没有时间序列",
        ));
    };
    let mut found: BTreeMap<CourseKey, Vec<Vec<Point>>> = BTreeMap::new();
    for series in data.result {
        let label = |name: &str| series.metric.get(name).map_or("", String::as_str);
        let other = !matches!(label("__name__"), "" | METRIC);
        let key = CourseKey::new(label("namespace"), label("pod"), label("container"));
        let known = found.contains_key(&key) || found.len() < MAX_KEYS;
        if other || key.pod.is_empty() || key.container.is_empty() || !known {
            continue;
        }
        found.entry(key).or_default().push(points(&series.values));
    }
    Ok(found
        .into_iter()
        .map(|(key, series)| (key, Course::new(series)))
        .filter(|(_, course)| !course.is_empty())
        .collect())
}

/// The measurements that are numbers of bytes.
fn points(values: &[(f64, String)]) -> Vec<Point> {
    let point = |(at, text): &(f64, String)| {
        let bytes: f64 = text.parse().ok()?;
        let fits = at.is_finite() && bytes.is_finite() && bytes >= 0.0;
        fits.then_some(Point {
            at: *at as i64,
            bytes: bytes as u64,
        })
    };
    values.iter().filter_map(point).collect()
}

/// A course as a Prometheus would tell it.
pub(crate) fn written(key: &CourseKey, course: &Course) -> Value {
    let result: Vec<Value> = course
        .series()
        .iter()
        .map(|points| {
            let values: Vec<Value> = points
                .iter()
                .map(|point| json!([point.at, point.bytes.to_string()]))
                .collect();
            json!({
                "metric": {
                    "__name__": METRIC,
                    "namespace": key.namespace,
                    "pod": key.pod,
                    "container": key.container,
                },
                "values": values,
            })
        })
        .collect();
    json!({"status": "success", "data": {"resultType": "matrix", "result": result}})
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> CourseKey {
        CourseKey::new("shop", "api-1", "api")
    }

    fn point(at: i64, bytes: u64) -> Point {
        Point { at, bytes }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let lives = vec![vec![point(60, 5), point(120, 7)], vec![point(300, 1)]];
        let course = Course::new(lives);
        let bytes = written(&key(), &course).to_string().into_bytes();
        assert!(is_answer(&bytes));
        assert_eq!(read(&bytes).unwrap(), BTreeMap::from([(key(), course)]));
    }

    #[test]
    fn what_is_no_number_of_bytes_is_left_out() {
        let answer = br#"{"status":"success","data":{"resultType":"matrix","result":[
            {"metric":{"namespace":"shop","pod":"api-1","container":"api","id":"/x"},
             "values":[[60.9,"1e3"],[120,"NaN"],[180,"+Inf"],[240,"-1"],[300,"many"],[360,"7"]]},
            {"metric":{"namespace":"shop","pod":"api-1"},"values":[[60,"5"]]},
            {"metric":{"__name__":"container_cpu_usage_seconds_total","namespace":"shop",
                       "pod":"api-1","container":"api"},"values":[[60,"5"]]}]}}"#;
        let found = read(answer).unwrap();
        let course = Course::new(vec![vec![point(60, 1000), point(360, 7)]]);
        assert_eq!(found, BTreeMap::from([(key(), course)]));
    }

    #[test]
    fn what_is_no_answer_is_refused_in_words() {
        for (answer, words) in [
            (&b"<html>"[..], "makes no sense"),
            (b"", "makes no sense"),
            (b"[]", "makes no sense"),
            (br#"{"status":"error","error":"query timed out"}"#, "query timed out"),
            (br#"{"status":"success"}"#, "no series"),
            (br#"{"status":"success","data":{"resultType":"vector","result":[]}}"#, "no series"),
            (
                br#"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"pod":7},"values":[]}]}}"#,
                "makes no sense",
            ),
        ] {
            let said = read(answer).unwrap_err();
            assert!(said.en.contains(words), "{said:?}");
        }
    }
}
