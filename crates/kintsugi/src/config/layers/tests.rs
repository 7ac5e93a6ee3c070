use super::*;

fn env(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
        .collect()
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(dir.path().join(name), text).unwrap();
    }
    dir
}

fn refused(files: &[(&str, &str)], variables: &[(&str, &str)]) -> String {
    let dir = folder(files);
    let error = load(&Flags::default(), &env(variables), dir.path()).unwrap_err();
    error
        .to_string()
        .replace(&dir.path().display().to_string(), "DIR")
}

#[test]
fn each_layer_covers_the_one_before_and_is_remembered() {
    let dir = folder(&[
        (
            "kintsugi.yaml",
            "language: zh\nlimits:\n  remedies: 1\n  lease: 5s\n",
        ),
        ("kintsugi.prod.yaml", "limits: {remedies: 2}\n"),
    ]);
    let variables = env(&[("ENV", "prod"), ("KINTSUGI_LIMITS_LEASE", "9s")]);
    let flags = Flags {
        file: None,
        set: vec![("ledger", "here.db".into(), "--ledger")],
    };
    let effective = load(&flags, &variables, dir.path()).unwrap();
    assert_eq!(effective.config.language, model::Lang::Zh);
    assert_eq!(effective.config.limits.remedies, 2);
    assert_eq!(effective.config.limits.lease.to_string(), "9s");
    assert_eq!(effective.config.ledger, "here.db");
    let origin = |key: &str| effective.values[key].1.clone();
    assert_eq!(
        origin("language"),
        Origin::File(dir.path().join("kintsugi.yaml"))
    );
    assert_eq!(
        origin("limits.remedies"),
        Origin::File(dir.path().join("kintsugi.prod.yaml"))
    );
    assert_eq!(
        origin("limits.lease"),
        Origin::Env("KINTSUGI_LIMITS_LEASE".to_owned())
    );
    assert_eq!(origin("ledger"), Origin::Flag("--ledger"));
    assert_eq!(origin("serve.listen"), Origin::Default);
}

#[test]
fn an_unknown_key_names_the_nearest_known_one_and_its_line() {
    let told = refused(&[("kintsugi.yaml", "limits:\n  watch_evry: 2s\n")], &[]);
    assert_eq!(
        told,
        "DIR/kintsugi.yaml:2: unknown key `limits.watch_evry`; did you mean \
         `limits.watch_every`?"
    );
    let told = refused(&[], &[("KINTSUGI_LEDGR", "x")]);
    assert_eq!(
        told,
        "environment: unknown key `KINTSUGI_LEDGR`; did you mean `KINTSUGI_LEDGER`?"
    );
    let told = refused(&[("kintsugi.yaml", "zebra: 1\n")], &[]);
    assert_eq!(told, "DIR/kintsugi.yaml:1: unknown key `zebra`");
}

#[test]
fn a_value_of_the_wrong_kind_names_its_key_and_where_it_stands() {
    let told = refused(&[("kintsugi.yaml", "limits: {remedies: many}\n")], &[]);
    assert!(
        told.starts_with("DIR/kintsugi.yaml: `limits.remedies`: "),
        "{told}"
    );
    let told = refused(&[], &[("KINTSUGI_LIMITS_LEASE", "soon")]);
    assert!(
        told.starts_with("environment KINTSUGI_LIMITS_LEASE: `limits.lease`: "),
        "{told}"
    );
    let told = refused(&[("kintsugi.yaml", "- a\n")], &[]);
    assert!(told.contains("not a list of keys"), "{told}");
    let told = refused(&[("kintsugi.yaml", "a: [\n")], &[]);
    assert!(
        told.starts_with("failed to read the configuration DIR/kintsugi.yaml: "),
        "{told}"
    );
}

#[test]
fn a_file_that_was_named_must_be_there() {
    let flags = Flags {
        file: Some("/nowhere/k.yaml".into()),
        set: Vec::new(),
    };
    let error = load(&flags, &env(&[]), Path::new("/")).unwrap_err();
    assert!(error.to_string().contains("/nowhere/k.yaml"), "{error}");
}

#[test]
fn lists_come_from_the_environment_with_commas() {
    let variables = env(&[("KINTSUGI_POLICY_APPROVERS", "ada, bob")]);
    let effective = load(&Flags::default(), &variables, Path::new("/nonexistent")).unwrap();
    assert_eq!(effective.config.policy.approvers, ["ada", "bob"]);
}
