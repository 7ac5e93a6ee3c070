//! Help, completions and the manual.

use std::process::Command;

use crate::machine::Machine;

const COMMANDS: &[&[&str]] = &[
    &[],
    &["demo"],
    &["incidents"],
    &["show"],
    &["approve"],
    &["reject"],
    &["undo"],
    &["audit"],
    &["audit", "verify"],
    &["ledger"],
    &["ledger", "backup"],
    &["ledger", "erase"],
    &["config"],
    &["config", "show"],
    &["doctor"],
    &["serve"],
    &["completions"],
    &["man"],
];

#[test]
fn every_command_explains_itself() {
    let machine = Machine::new();
    let mut told = String::new();
    for command in COMMANDS {
        let ran = machine.run(&[command, &["-h"][..]].concat()).done();
        assert_eq!(ran.err, "");
        let long = machine.run(&[command, &["--help"][..]].concat()).done();
        assert!(long.out.len() >= ran.out.len());
        // The flags that all take are told once.
        let (own, global) = ran.out.split_once("Global options:").unwrap();
        told.push_str(&format!("$ kintsugi {} -h\n{own}", command.join(" ")));
        if command.is_empty() {
            told.push_str(&format!("Global options:{global}\n"));
        }
    }
    insta::assert_snapshot!(told);
}

#[test]
fn completions_are_scripts_that_their_shells_accept() {
    let machine = Machine::new();
    for shell in ["bash", "zsh", "fish"] {
        let script = machine.run(&["completions", shell]).done().out;
        for word in ["incidents", "approve", "--plan", "--ledger"] {
            let word = if shell == "fish" {
                word.trim_start_matches('-')
            } else {
                word
            };
            assert!(script.contains(word), "{shell}: {word}");
        }
        // Read by the shell itself, where there is one.
        let path = machine.write(shell, &script);
        let read = Command::new(shell).arg("-n").arg(path).output();
        if let Ok(read) = read {
            assert!(read.status.success(), "{shell}: {read:?}");
        }
    }
}

#[test]
fn the_manual_has_a_page_for_every_command() {
    let machine = Machine::new();
    for command in COMMANDS {
        let page = machine.run(&[&["man"][..], command].concat()).done().out;
        let name = [&["kintsugi"][..], command].concat().join("-");
        assert!(page.contains(".TH"), "{name}");
        let escaped = name.replace('-', "\\-");
        assert!(
            page.contains(&name) || page.contains(&escaped),
            "{name}:\n{page}"
        );
    }
}
