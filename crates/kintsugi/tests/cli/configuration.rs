//! The configuration: where values come from, and what is wrong with them.

use crate::machine::{Machine, ran};

#[test]
fn every_value_is_shown_with_where_it_came_from_in_a_narrow_terminal() {
    let machine = Machine::new();
    machine.write("kintsugi.yaml", "language: en\nlimits:\n  remedies: 2\n");
    machine.write("kintsugi.prod.yaml", "limits:\n  lease: 9s\n");
    let mut command = machine.command(&["config", "show", "--ledger", "l.db", "-o", "json"]);
    let shown = ran(command
        .env("KINTSUGI_ENV", "prod")
        .env("KINTSUGI_LOG_LEVEL", "info"))
    .json();
    let origin = |key: &str| shown[key]["origin"].as_str().unwrap().to_owned();
    assert_eq!(shown["limits.remedies"]["value"], 2);
    assert!(origin("limits.remedies").ends_with("kintsugi.yaml"));
    assert!(origin("limits.lease").ends_with("kintsugi.prod.yaml"));
    assert_eq!(origin("log.level"), "environment KINTSUGI_LOG_LEVEL");
    assert_eq!(origin("ledger"), "flag --ledger");
    assert_eq!(origin("serve.listen"), "default");

    let mut command = machine.command(&["config", "show"]);
    let text = ran(command.env("COLUMNS", "80").env("KINTSUGI_ENV", "prod"))
        .done()
        .out;
    for key in shown.as_object().unwrap().keys() {
        assert!(text.contains(key.as_str()), "{key} is missing in\n{text}");
    }
    // A folder's name may be longer than any terminal is wide; everything else fits.
    let ours = text.lines().filter(|line| !line.contains(".yaml"));
    assert!(
        ours.clone().all(|line| line.chars().count() <= 80),
        "{text}"
    );
    assert!(ours.count() > 15);
}

#[test]
fn a_secret_is_never_shown() {
    let machine = Machine::new();
    let url = "postgres://ada:hunter2@db.example:5432/kintsugi";
    machine.write("secret.yaml", &format!("ledger: {url}\n"));
    for args in [
        &["--config", "secret.yaml", "config", "show"][..],
        &["--config", "secret.yaml", "config", "show", "-o", "json"],
    ] {
        let ran = machine.run(args).done();
        assert!(!ran.out.contains("hunter2"), "{ran:?}");
        assert!(ran.out.contains("ada:***@db.example"), "{ran:?}");
    }
}

#[test]
fn an_unknown_key_names_the_nearest_one_and_where_it_stands() {
    let machine = Machine::new();
    machine.write("kintsugi.yaml", "limits:\n  watch_evry: 2s\n");
    let told = machine.run(&["incidents"]).error();
    assert!(told.contains("kintsugi.yaml:2"), "{told}");
    assert!(told.contains("`limits.watch_evry`"), "{told}");
    assert!(
        told.contains("did you mean `limits.watch_every`?"),
        "{told}"
    );

    let machine = Machine::new();
    let mut command = machine.command(&["incidents"]);
    let told = ran(command.env("KINTSUGI_LEDGR", "x")).error();
    assert!(
        told.contains("KINTSUGI_LEDGR") && told.contains("`KINTSUGI_LEDGER`"),
        "{told}"
    );
}

#[test]
fn a_value_of_the_wrong_kind_names_its_key_and_where_it_stands() {
    let machine = Machine::new();
    machine.write("kintsugi.yaml", "limits: {remedies: many}\n");
    let told = machine.run(&["doctor"]).error();
    assert!(
        told.contains("kintsugi.yaml") && told.contains("`limits.remedies`"),
        "{told}"
    );

    let machine = Machine::new();
    let mut command = machine.command(&["doctor"]);
    let told = ran(command.env("KINTSUGI_LIMITS_LEASE", "soon")).error();
    assert!(
        told.contains("KINTSUGI_LIMITS_LEASE") && told.contains("`limits.lease`"),
        "{told}"
    );

    let told = machine.run(&["--config", "nowhere.yaml", "doctor"]).error();
    assert!(
        told.contains("nowhere.yaml") && told.contains("--config"),
        "{told}"
    );

    machine.write("kintsugi.yaml", "log: {level: 'a=b=c'}\n");
    let told = machine.run(&["doctor"]).error();
    assert!(told.contains("`log.level`"), "{told}");
}

#[test]
fn a_healthy_machine_has_nothing_to_mend() {
    let machine = Machine::new();
    let ran = machine.run(&["doctor"]).done();
    assert!(!ran.out.contains('✗'), "{ran:?}");
    let checks = machine.run(&["doctor", "-o", "json"]).json();
    for check in checks.as_array().unwrap() {
        assert_eq!(check["ok"], true, "{check}");
    }
    let zh = machine.run(&["doctor", "--lang", "zh"]).done();
    assert!(
        zh.out.contains("账本") && !zh.out.contains("loaded"),
        "{zh:?}"
    );
}

#[test]
fn a_configured_folder_of_skills_is_used_by_whoever_names_none() {
    let machine = Machine::new();
    std::fs::create_dir(machine.work().join("ours")).unwrap();
    let job = include_str!("../../../../skills/job.yaml");
    machine.write(
        "ours/mine.yaml",
        &job.replace("\nname: job\n", "\nname: mine\n"),
    );
    let has_mine = |machine: &Machine| {
        let listed = machine.run(&["skills", "list", "-o", "json"]).json();
        let skills = listed.as_array().unwrap();
        skills.iter().any(|skill| skill["name"] == "mine")
    };
    assert!(!has_mine(&machine));
    machine.write("kintsugi.yaml", "skills: ours\n");
    assert!(has_mine(&machine));
    let shown = machine.run(&["config", "show", "-o", "json"]).json();
    assert_eq!(shown["skills"]["value"], "ours");
    machine.write("ours/mine.yaml", "name: [");
    let told = machine.run(&["scan", "--from", "."]).error();
    assert!(told.contains("mine.yaml"), "{told}");
}
