//! The scenarios of this repository on the cluster in memory: what is found there is what is found
//! on a real node, so that what the demo and the tests run on stays honest.
#![expect(clippy::unwrap_used, reason = "this is a test")]

extern crate kintsugi_reason as reason;

mod judge;
mod scripts;
mod stage;

use stage::Stage;

/// Plays scenarios one by one and tells of all that went otherwise than on the real node.
#[track_caller]
fn as_expected(names: &[&str]) {
    let wrong: Vec<String> = names
        .iter()
        .filter_map(|name| {
            let problem = match Stage::play(name) {
                Ok(stage) => judge::judge(&stage.scenario, &stage.scan()),
                Err(problem) => Some(problem),
            };
            problem.map(|problem| format!("{name}: {problem}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_missing_is_named() {
    as_expected(&[
        "image-tag-missing",
        "image-name-invalid",
        "image-never-pulled",
        "config-map-missing",
        "config-map-key-missing",
        "config-map-missing-for-volume",
        "config-map-key-missing-for-volume",
        "secret-missing",
        "secret-missing-for-volume",
        "service-account-missing",
        "priority-class-missing",
    ]);
}

#[test]
fn programs_that_fail_are_understood_from_what_they_print() {
    as_expected(&[
        "env-missing",
        "oom-killed",
        "exits-cleanly",
        "init-fails",
        "sidecar-crashes",
        "crashes-now-and-then",
        "daemon-crashes",
        "stateful-set-stuck",
    ]);
}

#[test]
fn probes_that_ask_wrongly_are_told_from_programs_that_fail() {
    as_expected(&[
        "liveness-wrong-port",
        "liveness-wrong-path",
        "readiness-wrong-port",
        "startup-probe-too-short",
    ]);
}

#[test]
fn pods_without_a_node_are_explained_by_the_nodes() {
    as_expected(&[
        "node-selector-nowhere",
        "cpu-too-much",
        "memory-too-much",
        "taint-not-tolerated",
        "node-cordoned",
        "anti-affinity",
        "host-port-taken",
        "claim-missing",
    ]);
}

#[test]
fn jobs_that_fail_are_told_by_their_owner() {
    as_expected(&[
        "job-fails",
        "job-too-slow",
        "cron-job-fails",
        "cron-job-image-missing",
    ]);
}

#[test]
fn services_and_chains_lead_to_their_root() {
    as_expected(&[
        "service-selector-mismatch",
        "service-port-mismatch",
        "service-named-port-missing",
        "chain-of-causes",
        "chain-from-ingress",
        "rollout-stuck",
        "rollout-crashes",
        "quota-wants-limits",
    ]);
}

#[test]
fn what_only_looks_like_a_fault_is_silent() {
    as_expected(&[
        "cron-job-runs",
        "cron-job-suspended",
        "errors-in-the-log",
        "init-and-sidecar",
        "job-completed",
        "job-succeeded-at-last",
        "optional-config-missing",
        "restarted-once",
        "rollout-in-progress",
        "rollout-paused",
        "scaled-to-zero",
        "service-without-selector",
        "slow-start",
        "stateful-and-daemon",
        "updated-and-done",
    ]);
}
