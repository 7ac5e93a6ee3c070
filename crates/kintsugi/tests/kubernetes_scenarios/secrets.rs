//! That a recording holds nothing secret: values of Secrets of the cluster, and what a careless
//! manifest or log gives away.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use testbed::Kubectl;

/// What shorter values say may stand anywhere by chance.
const TELLING: usize = 8;

/// A password where it does not belong; the namespace is made on our own cluster only.
pub(crate) const CARELESS: &str = "careless";
pub(crate) const PLANTED: [&str; 3] = [
    "plantedS3cretInEnv",
    "plantedS3cretInLog",
    "plantedS3cretInUrl",
];

/// A pod that has passwords in its environment and its log, and crashes so that the log is read.
pub(crate) const MANIFEST: &str = "
apiVersion: v1
kind: Namespace
metadata: {name: careless}
---
apiVersion: v1
kind: Secret
metadata: {name: login, namespace: careless}
stringData: {password: plantedS3cretInSecret}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: careless}
spec:
  terminationGracePeriodSeconds: 1
  containers:
  - name: web
    image: busybox:1.36
    env:
    - {name: DB_PASSWORD, value: plantedS3cretInEnv}
    - {name: DATABASE_URL, value: 'postgres://shop:plantedS3cretInUrl@db/shop'}
    command: [sh, -c, 'echo \"error: login failed, password=plantedS3cretInLog\"; exit 3']
";

/// The values of all Secrets, as they are kept (base64) and as they are meant.
pub(crate) fn of(kubectl: &Kubectl) -> BTreeSet<String> {
    let template = "go-template={{range .items}}{{range $key, $value := .data}}\
                    {{$value}}{{\"\\n\"}}{{$value | base64decode}}{{\"\\n\"}}{{end}}{{end}}";
    let values = kubectl.run(&["get", "secrets", "-A", "-o", template]);
    let values = values.unwrap();
    values
        .lines()
        .map(str::trim)
        // The first and last lines of every certificate and key are the same.
        .filter(|line| line.len() >= TELLING && !line.starts_with("-----"))
        .map(str::to_owned)
        .collect()
}

/// What of these stands in any file below a folder, and where.
pub(crate) fn found_in(folder: &Path, secrets: &BTreeSet<String>) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = fs::read(&path).unwrap();
            let text = String::from_utf8_lossy(&bytes);
            for secret in secrets.iter().filter(|secret| text.contains(*secret)) {
                found.push(format!("`{secret}` is in {}", path.display()));
            }
        }
    }
    found
}
