//! Somebody who may list the pods of one namespace and nothing else: the scan narrows to what it
//! may see and says what it could not see; where it may see nothing at all, it says that instead.

use std::fs;
use std::path::PathBuf;

use serde_json::json;

use crate::place::Place;
use crate::report::Report;

/// A namespace whose fault its pods alone show.
const NAMESPACE: &str = "image-tag-missing";

const RIGHTS: &str = "
apiVersion: v1
kind: ServiceAccount
metadata: {name: looker, namespace: image-tag-missing}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: looker, namespace: image-tag-missing}
rules:
- {apiGroups: [''], resources: [pods], verbs: [get, list]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: looker, namespace: image-tag-missing}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: looker}
subjects:
- {kind: ServiceAccount, name: looker, namespace: image-tag-missing}
";

/// What is not as it should be.
pub(crate) fn problems(place: &Place) -> Vec<String> {
    place.kubectl.apply(RIGHTS).unwrap();
    let at_home = kubeconfig(place, NAMESPACE);
    let elsewhere = kubeconfig(place, "default");
    let (at_home, elsewhere) = (at_home.to_str().unwrap(), elsewhere.to_str().unwrap());
    let one = place.scan(&["--kubeconfig", elsewhere, "-n", NAMESPACE]);
    let everywhere = place.scan(&["--kubeconfig", at_home, "-A"]);
    let mut problems = Vec::new();
    let nothing = place.kintsugi(&["scan", "--kubeconfig", elsewhere, "-A"]);
    let said = String::from_utf8_lossy(&nothing.stderr);
    if nothing.status.code() != Some(2) || !said.contains("-n NAMESPACE") {
        problems.push(format!("where nothing may be read, it is not said: {said}"));
    }
    for (what, report) in [("of its namespace", &one), ("of everything", &everywhere)] {
        let mut causes = report.findings.iter().map(|finding| &finding.cause);
        if !causes.any(|cause| cause == "image_pull") {
            problems.push(format!(
                "the scan {what} by one who may list pods finds nothing: {report:?}"
            ));
        }
        if let Some(problem) = hides(report) {
            problems.push(format!(
                "the scan {what} by one who may list pods: {problem}"
            ));
        }
        println!(
            "note: one who may list pods: the scan {what} has {} findings and {} blind spots",
            report.findings.len(),
            report.blind_spots.len()
        );
    }
    problems
}

/// What a report should say that it could not see, and does not.
fn hides(report: &Report) -> Option<String> {
    let told = |word: &str| {
        let mut spots = report.blind_spots.iter();
        spots.any(|spot| spot.what.to_lowercase().contains(word) && !spot.why.is_empty())
    };
    let unsaid: Vec<&str> = ["deployments", "events", "nodes"]
        .into_iter()
        .filter(|word| !told(word))
        .collect();
    let told: Vec<&str> = report.blind_spots.iter().map(|s| s.what.as_str()).collect();
    (!unsaid.is_empty()).then(|| format!("says nothing of {unsaid:?}, only of {told:?}"))
}

/// The kubeconfig of the cluster, as whoever has these rights, in a namespace.
fn kubeconfig(place: &Place, namespace: &str) -> PathBuf {
    let token = ["-n", NAMESPACE, "create", "token", "looker"];
    let token = place.kubectl.run(&token).unwrap();
    let words = [
        "config",
        "view",
        "--raw",
        "--flatten",
        "--minify",
        "-o",
        "json",
    ];
    let mut config = place.kubectl.json(&words).unwrap();
    config["users"][0]["user"] = json!({"token": token.trim()});
    config["contexts"][0]["context"]["namespace"] = json!(namespace);
    let path = place.path(&format!("looker-{namespace}.kubeconfig"));
    fs::write(&path, config.to_string()).unwrap();
    path
}
