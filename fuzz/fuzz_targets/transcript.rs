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

// A whole transcript, or a letter that chooses a command, and what it printed.
fuzz_target!(|input: &[u8]| {
    let limits = Limits::default();
    let read = match input {
        [b'$', b' ', ..] | [] => dump::read_stream(input, &limits),
        [which, output @ ..] => {
            let command = COMMANDS[usize::from(*which) % COMMANDS.len()];
            let text = [format!("$ {command}\n").as_bytes(), output].concat();
            dump::read_stream(text.as_slice(), &limits)
        }
    };
    if let Ok(read) = read {
        assert!(read.notes.len() <= limits.notes + 1);
    }
});
