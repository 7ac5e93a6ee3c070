//! `docs/scenarios.md`: every scenario, and what was found of it on a real node.

use std::path::PathBuf;

use testbed::Scenario;

use crate::judge::Judgement;

/// Where the page is.
pub(crate) fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/scenarios.md")
}

/// What became of a scenario.
#[expect(clippy::large_enum_variant, reason = "a hundred of them, made once")]
pub(crate) enum Row {
    /// It was judged.
    Judged(Judgement),
    /// It could not be seen there, for this reason.
    LeftOut(&'static str),
}

/// The whole page.
pub(crate) fn page(version: &str, rows: &[(&Scenario, Row)]) -> String {
    let (healthy, faults): (Vec<_>, Vec<_>) = rows
        .iter()
        .partition(|(scenario, _)| scenario.script.expect.silent);
    let mut text = format!(
        "# Scenarios

Faults of ordinary manifests ([scenarios/](../scenarios/README.md)), made to happen on a real node, \
and what `kintsugi scan` found of them there. There are {} faults and {} healthy look-alikes; this \
page is what one run on Kubernetes {version} gave, with one node, containerd and no metrics server. \
All of them were on the cluster at once, and were scanned in one go, live and from a recording.

On a test cluster of your own:

```sh
kubectl apply -f scenarios/faults/env-missing/manifest.yaml
kintsugi scan -n env-missing
kubectl delete -f scenarios/faults/env-missing/manifest.yaml
```

On a machine without a cluster, as root: `cargo run -p kintsugi-testbed --example cluster` starts one. \
The run that writes this page (it takes some minutes):

```sh
KINTSUGI_WRITE_DOCS=1 cargo test -p kintsugi --test kubernetes_scenarios
```

## Faults

| scenario | what is wrong | cause | where | what `kintsugi scan` says |
|---|---|---|---|---|
",
        faults.len(),
        healthy.len()
    );
    for (scenario, row) in faults {
        let found = match row {
            Row::LeftOut(why) => format!("– | – | *left out: {why}*"),
            Row::Judged(Judgement {
                finding: Some(finding),
                ..
            }) => format!(
                "`{}` | {}/{} | {}",
                finding.cause,
                finding.object.kind,
                finding.object.name,
                cell(&finding.root_cause)
            ),
            Row::Judged(_) => "– | – | *not found*".to_owned(),
        };
        text.push_str(&format!(
            "| {} | {} | {found} |\n",
            link(scenario, "faults"),
            cell(&scenario.script.what)
        ));
    }
    text.push_str(
        "
## Healthy

What only looks like a fault. Nothing at or above `warning` may be said about it.

| scenario | what it is | what `kintsugi scan` says |
|---|---|---|
",
    );
    for (scenario, row) in healthy {
        let said = match row {
            Row::LeftOut(why) => format!("*left out: {why}*"),
            Row::Judged(Judgement { wrong: None, .. }) => "nothing".to_owned(),
            Row::Judged(Judgement {
                wrong: Some(wrong), ..
            }) => cell(wrong),
        };
        text.push_str(&format!(
            "| {} | {} | {said} |\n",
            link(scenario, "healthy"),
            cell(&scenario.script.what)
        ));
    }
    text
}

fn link(scenario: &Scenario, part: &str) -> String {
    let name = scenario.name();
    format!("[{name}](../scenarios/{part}/{name}/manifest.yaml)")
}

/// As the text of one cell of a table: one line, nothing that would be taken for markup.
fn cell(text: &str) -> String {
    let mut cell = String::new();
    let mut in_code = false;
    for character in text
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
    {
        match character {
            '`' => {
                in_code = !in_code;
                cell.push('`');
            }
            '|' => cell.push_str("\\|"),
            '<' | '>' | '*' | '_' if !in_code => {
                cell.push('\\');
                cell.push(character);
            }
            _ => cell.push(character),
        }
    }
    cell
}
