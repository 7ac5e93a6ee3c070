//! A real cluster starts, works, and leaves nothing behind.
#![expect(clippy::panic, clippy::print_stdout, reason = "this is a test")]

extern crate kintsugi_testbed as testbed;

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use testbed::kubernetes::{ControlPlane, ControlPlaneOptions, Kubectl, Node, Unavailable};

const TO_BE_KILLED: &str = "KINTSUGI_TEST_TO_BE_KILLED";
const PLACE: &str = "place: ";

/// `None` where this machine cannot have it; `./test` asks that before it counts these tests.
fn available<T>(what: Result<T, Unavailable>) -> Option<T> {
    match what {
        Ok(it) => Some(it),
        Err(why) if std::env::var_os("CI").is_some() => panic!("{why}"),
        Err(why) => {
            println!("left out: {why}");
            None
        }
    }
}

fn start() -> Option<ControlPlane> {
    if std::env::var_os("KINTSUGI_QUICK").is_some() {
        println!("left out: KINTSUGI_QUICK is set");
        return None;
    }
    available(ControlPlane::start(&ControlPlaneOptions::default()))
}

/// Asks until the answer is good; the machine may be busy, so the limit is far away.
fn until(kubectl: &Kubectl, words: &[&str], good: impl Fn(&str) -> bool) -> String {
    let started = Instant::now();
    loop {
        let answer = kubectl.run(words).unwrap_or_else(|e| e.to_string());
        if good(&answer) {
            return answer;
        }
        assert!(started.elapsed() < Duration::from_secs(180), "{answer}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

#[test]
fn a_control_plane_answers_works_and_leaves_nothing() {
    let Some(plane) = start() else { return };
    assert_eq!(plane.kubectl(&["get", "--raw", "/readyz"]).unwrap(), "ok");
    let kubectl = plane.client();
    plane
        .kubectl(&["create", "deployment", "web", "--image=busybox:1.36"])
        .unwrap();
    // The controllers make a pod, and the scheduler says that there is no node for it.
    let path = "jsonpath={.items[*].status.conditions[*].reason}";
    until(kubectl, &["get", "pods", "-o", path], |reasons| {
        reasons.contains("Unschedulable")
    });
    let place = plane.directory().to_owned();
    drop(plane);
    assert!(!place.exists());
}

/// What `a_killed_starter_leaves_nothing` starts and kills; by itself it does nothing.
#[test]
fn starts_and_waits_to_be_killed() {
    if std::env::var_os(TO_BE_KILLED).is_none() {
        return;
    }
    let Some(plane) = start() else { return };
    println!("\n{PLACE}{}", plane.directory().display());
    drop(std::io::stdin().read_line(&mut String::new()));
}

#[test]
fn a_killed_starter_leaves_nothing() {
    let mut starter = Command::new(std::env::current_exe().unwrap());
    starter.args(["--exact", "starts_and_waits_to_be_killed", "--nocapture"]);
    starter.env(TO_BE_KILLED, "1");
    starter.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut starter = starter.spawn().unwrap();
    let said = BufReader::new(starter.stdout.take().unwrap()).lines();
    let place = said
        .map_while(Result::ok)
        .find_map(|line| line.strip_prefix(PLACE).map(PathBuf::from));
    starter.kill().unwrap();
    starter.wait().unwrap();
    // It says no place where it was left out.
    let Some(place) = place else { return };
    let started = Instant::now();
    while place.exists() {
        assert!(started.elapsed() < Duration::from_secs(60), "{place:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn two_control_planes_do_not_meet() {
    let Some(one) = start() else { return };
    let Some(other) = start() else { return };
    one.kubectl(&["create", "namespace", "mine"]).unwrap();
    assert!(other.kubectl(&["get", "namespace", "mine"]).is_err());
    assert_ne!(one.token(), other.token());
}

#[test]
fn a_pod_runs_on_a_node_and_finds_a_service_by_name() {
    let Some(plane) = start() else { return };
    let Some(node) = available(Node::join(&plane)) else {
        return;
    };
    let look = "nc -w 5 kubernetes.default.svc.cluster.local 443 < /dev/null && echo found";
    plane
        .kubectl(&[
            "run",
            "look",
            "--image=busybox:1.36",
            "--restart=Never",
            "--",
            "sh",
            "-c",
            look,
        ])
        .unwrap();
    let kubectl = plane.client();
    let phase = ["get", "pod", "look", "-o", "jsonpath={.status.phase}"];
    let end = until(kubectl, &phase, |phase| {
        ["Succeeded", "Failed"].contains(&phase)
    });
    let log = plane.kubectl(&["logs", "look"]).unwrap();
    assert_eq!((end.as_str(), log.trim()), ("Succeeded", "found"));
    let place = node.directory().to_owned();
    drop(node);
    assert!(!place.exists());
    let name = place.file_name().unwrap();
    assert!(!Path::new("/sys/fs/cgroup/memory").join(name).exists());
}
