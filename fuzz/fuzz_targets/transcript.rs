//! Whatever a command is said to have printed, it is read as far as it goes.
#![no_main]

use cluster::dump::{self, Limits};
use libfuzzer_sys::fuzz_target;

const COMMANDS: &[&str] = &[
    "kubectl get pods -A",
    "kubectl get all -n shop",
    "kubectl get pods | grep api",
    "kubectl describe pod api-1 -n shop",
    "kubectl describe cm,svc,deploy -A",
    "kubectl describe nodes",
    "kubectl logs api-1 -n shop --previous",
    "kubectl get events -n shop",
    "kubectl get pod api-1 -o yaml",
    "kubectl top pods",
    "kubectl tree deploy api",
    "kubectl rollout history deploy/api",
    "helm history web",
];

fuzz_target!(|input: (u8, String)| {
    let (which, output) = input;
    let command = COMMANDS[usize::from(which) % COMMANDS.len()];
    let text = format!("$ {command}\n{output}");
    let _ = dump::read_stream(text.as_bytes(), &Limits::default());
});
