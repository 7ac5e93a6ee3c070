//! What holds for skills and sets of them.

use facts::Subject;
use model::{ObjectRef, RemedyKind, Severity, Signal, Source};
use serde_json::json;

use crate::{NodeRef, SkillSet};

/// The ground, one of the built-in skills, and some more: all of them would be read anew each time.
fn with(sources: &[(&str, &str)]) -> Result<SkillSet, String> {
    let builtin = crate::builtin::FILES
        .iter()
        .copied()
        .filter(|(file, _)| file.ends_with("/base.yaml") || file.ends_with("/image_pull.yaml"));
    SkillSet::from_sources(builtin.chain(sources.iter().copied()))
        .map_err(|errors| errors.to_string())
}

fn refused(source: &str) -> String {
    with(&[("own.yaml", source)])
        .err()
        .unwrap_or_else(|| panic!("this was taken: {source}"))
}

fn signal(name: &str, labels: &[(&str, &str)]) -> Signal {
    Signal {
        source: Source::Alert,
        name: name.to_owned(),
        object: None,
        severity: Severity::Warning,
        title: String::new(),
        labels: labels
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect(),
    }
}

fn container(pod: &str, ready: bool, pull: &str) -> Subject {
    Subject {
        resource: facts::Resource::Container,
        object: ObjectRef::new("Pod", "shop", pod),
        part: Some("web".to_owned()),
        home: ObjectRef::new("Deployment", "shop", "web"),
        data: json!({
            "pod": {"name": pod, "namespace": "shop", "node": ""},
            "container": {"name": "web", "ready": ready, "restarts": 4},
            "workload": {"kind": "Deployment", "name": "web", "namespace": "shop", "ready": 1},
            "facts": {"image_pull": {"kind": pull}},
        }),
    }
}

#[test]
fn the_built_in_skills_are_sound() {
    // As somebody else's are checked: every name, field and function.
    let files = crate::builtin::FILES.iter().copied();
    let skills = SkillSet::from_sources(files).unwrap_or_else(|errors| panic!("{errors}"));
    let image_pull = skills.get("image_pull").unwrap();
    assert_eq!(image_pull.family, "image_pull");
    assert!(
        image_pull
            .system_prompt
            .en
            .starts_with("You look for the root cause")
    );
    assert!(
        image_pull
            .system_prompt
            .en
            .contains("You know image pulls.")
    );
    assert_eq!(image_pull.memory_policy.long_term_top_k, Some(3));
}

#[test]
fn a_tree_nested_by_success_and_failure_loads_unchanged() {
    let source = r#"
name: heap
description: "看内存"
triggers:
  - alert_name: "ContainerOutOfMemory"
    labels: { reason: "OOMKilled" }
  - alert_name: "AnotherAlert"
system_prompt: |
  先看上限。
required_tools: [get_pod_logs, query_prometheus, get_pod_spec, get_events]
decision_tree:
  step: "看内存上限"
  tool: get_pod_spec
  on_success:
    step: "看一小时的趋势"
    tool: query_prometheus
    params:
      query: "memory{pod='${pod_name}'}"
      range: "1h"
    on_success:
      conclusion: "接近上限"
    on_failure:
      step: "看日志"
      tool: get_pod_logs
      params: { tail_lines: 500 }
memory_policy:
  short_term_window: 1h
  long_term_top_k: 5
  relevant_metrics:
    - container_memory_usage_bytes
"#;
    let skills = with(&[("heap.yaml", source)]).unwrap();
    let heap = skills.get("heap").unwrap();
    assert_eq!(heap.extends.as_deref(), Some("base"));
    assert_eq!(heap.memory_policy.short_term_window.as_deref(), Some("1h"));
    let first = skills.node(heap.start.as_ref().unwrap()).unwrap();
    let trend = skills.node(first.on_success.as_ref().unwrap()).unwrap();
    assert_eq!(trend.name, "看一小时的趋势");
    let logs = skills.node(trend.on_failure.as_ref().unwrap()).unwrap();
    assert_eq!(logs.tool.as_deref(), Some("get_pod_logs"));
    assert!(logs.leaf.is_none());
    let leaf = skills.node(trend.on_success.as_ref().unwrap()).unwrap();
    assert!(leaf.only_concludes());
}

#[test]
fn what_is_wrong_is_refused_with_its_place_and_the_nearest_name() {
    let table = [
        (
            "name: x\ntrigers: []\n",
            "own.yaml:2:1: unknown key `trigers`; did you mean `triggers`?",
        ),
        (
            "name: x\ntriggers:\n  - {alert_name: A, prio: 1}\n",
            "own.yaml:3:21: unknown key `prio`",
        ),
        (
            "name: x\nrequired_tools: [get_pod_log]\n",
            "own.yaml:2:18: there is no tool `get_pod_log`; did you mean `get_pod_logs`?",
        ),
        (
            "name: x\nremedies: [restore_last_god]\n",
            "own.yaml:2:12: `restore_last_god` is not a known remedy; did you mean `restore_last_good`?",
        ),
        (
            "name: x\ndecision_tree:\n  - {step: a, cause: oom_kiled}\n",
            "own.yaml:3:22: `oom_kiled` is not a known cause; did you mean `oom_killed`?",
        ),
        (
            "name: x\ndecision_tree:\n  - {step: a, tool: restart_pod}\n",
            "own.yaml:3:21: a tree only looks: it may not call `restart_pod`; name a remedy instead",
        ),
        (
            "name: x\ntriggers: [{resource: container, when: \"pod.naem == ''\"}]\n",
            "own.yaml:2:40: `pod.naem == ''`: `pod` has no field `naem`; did you mean `name`?",
        ),
        (
            "name: x\ndecision_tree:\n  - {step: aa, branches: [{when: \"true\", then: bb}]}\n  - {step: cc}\n",
            "own.yaml:3:48: there is no step `bb` in `x`; did you mean `aa`?",
        ),
        (
            "name: x\ndecision_tree:\n  - {step: a, else: image_pull.reason}\n",
            "own.yaml:3:21: the tree cannot go on at `image_pull.reason`: `x` does not extend `image_pull`",
        ),
        (
            "name: x\ndecision_tree:\n  - {step: a, else: b}\n  - {step: b, else: a}\n",
            "own.yaml:3:21: the tree goes in a circle: `a` → `b` → `a`",
        ),
        (
            "name: x\nextends: x\n",
            "own.yaml:2:10: `x` extends itself, by way of `x`",
        ),
        (
            "name: x\nextends: image_pul\n",
            "own.yaml:2:10: there is no skill `image_pul` to extend; did you mean `image_pull`?",
        ),
        (
            "name: x\nformat: 2\n",
            "own.yaml:2:9: format 2 is not spoken here, only 1",
        ),
        (
            "name: ../x\n",
            "own.yaml:1:7: `../x` is not a skill's name: letters, digits, `_` and `-`, at most 64",
        ),
        (
            "name: x\ndecision_tree:\n  - {step: a, cause: oom_killed, confidence: 1.5}\n",
            "own.yaml:3:46: a confidence is between 0 and 1, not 1.5",
        ),
        (
            "name: x\ndecision_tree:\n  - {step: a, cause: oom_killed, conclusion: \"${pod.name\"}\n",
            "own.yaml:3:46: a `${` has no `}`",
        ),
        (
            "name: x\ndecision_tree:\n  - {step: a, let: {pod: \"1\"}}\n",
            "own.yaml:3:26: `let` cannot give `pod` another meaning",
        ),
        (
            "name: x\ntriggers: [{priority: 5}]\n",
            "own.yaml:2:12: a trigger needs an `alert_name`, `labels` or a `when`",
        ),
    ];
    for (source, expected) in table {
        assert_eq!(refused(source), expected, "{source}");
    }
}

#[test]
fn a_hostile_file_gives_an_error_and_never_a_hang_or_a_panic() {
    let mut bomb = "name: x\na: &a [1,1,1,1,1,1,1,1,1,1]\n".to_owned();
    for (one, two) in ["ab", "bc", "cd", "de", "ef", "fg", "gh", "hi"]
        .iter()
        .map(|pair| pair.split_at(1))
    {
        bomb.push_str(&format!(
            "{two}: &{two} [*{one},*{one},*{one},*{one},*{one},*{one},*{one},*{one},*{one}]\n"
        ));
    }
    let nested = |deep: usize| {
        "name: x\ndecision_tree: ".to_owned()
            + &"{step: a, on_success: ".repeat(deep)
            + "b"
            + &"}".repeat(deep)
    };
    let many_steps: String = (0..2000)
        .map(|step| format!("  - {{step: s{step}, else: s{}}}\n", step + 1))
        .collect();
    let hostile = [
        bomb,
        nested(31),
        nested(60),
        nested(5000),
        "name: x\ndecision_tree: ".to_owned() + &"[".repeat(50_000),
        format!("name: x\ndescription: {}\n", "y".repeat(300_000)),
        format!("name: x\ndecision_tree:\n{many_steps}"),
        "name: [1]\n".to_owned(),
        "name: x\ntriggers: 5\n".to_owned(),
        "name: x\ndecision_tree: 5\n".to_owned(),
        "name: x\ndecision_tree: [5]\n".to_owned(),
        "name: x\ndecision_tree: [{step: a, params: [1]}]\n".to_owned(),
        "name: x\ndecision_tree: [{step: a, confidence: .nan, cause: unknown}]\n".to_owned(),
        "name: x\nname: y\n".to_owned(),
        "name: x\n---\nname: y\n".to_owned(),
        "name: x\n<<: {description: y}\n".to_owned(),
        "x: &a\n  y: *a\n".to_owned(),
        "\u{0}".to_owned(),
        String::new(),
        "{".to_owned(),
        "- - - -".to_owned(),
        "name: !!binary x\n".to_owned(),
    ];
    for source in hostile {
        let said = refused(&source);
        assert!(said.starts_with("own.yaml:"), "{said}");
        assert!(said.len() < 20_000, "{}", said.len());
    }
}

const PARENT: &str = r"
name: crash
triggers: [{alert_name: Crash, priority: 5}]
required_tools: [get_pod_logs]
remedies: [restore_last_good]
system_prompt: crash words
decision_tree:
  - {step: last_words, else: unknown_exit}
  - {step: unknown_exit, cause: app_crash}
";

#[test]
fn an_heir_adds_its_prompt_replaces_its_tree_and_inherits_the_rest() {
    let heir = r"
name: env
extends: crash
triggers: [{alert_name: Crash, resource: container, priority: 5}]
system_prompt: env words
decision_tree: [{step: look, else: crash.unknown_exit}]
";
    let skills = with(&[("crash.yaml", PARENT), ("env.yaml", heir)]).unwrap();
    let env = skills.get("env").unwrap();
    assert_eq!(env.family, "crash");
    assert!(env.system_prompt.en.ends_with("crash words\n\nenv words"));
    assert_eq!(env.required_tools, ["get_pod_logs"]);
    assert_eq!(env.remedies, [RemedyKind::RestoreLastGood]);
    let look = skills.node(env.start.as_ref().unwrap()).unwrap();
    assert_eq!(
        look.otherwise,
        Some(NodeRef {
            skill: "crash".to_owned(),
            node: "unknown_exit".to_owned()
        })
    );
    let childless = with(&[
        ("crash.yaml", PARENT),
        ("env.yaml", "name: env\nextends: crash\n"),
    ])
    .unwrap();
    assert_eq!(
        childless.get("env").unwrap().start,
        skills.get("crash").unwrap().start
    );
    assert_ne!(childless.get("env").unwrap().digest, env.digest);
}

#[test]
fn an_heir_changes_with_its_parent_and_so_does_its_digest() {
    let heir = ("env.yaml", "name: env\nextends: crash\n");
    let before = with(&[("crash.yaml", PARENT), heir]).unwrap();
    let changed = PARENT.replace("app_crash", "bad_command");
    let after = with(&[("crash.yaml", &changed), heir]).unwrap();
    assert_ne!(
        before.get("env").unwrap().digest,
        after.get("env").unwrap().digest
    );
}

#[test]
fn each_family_has_one_winner_by_priority_then_specificity_then_name() {
    let heirs = [
        (
            "a.yaml",
            "name: a_heir\nextends: crash\ntriggers: [{alert_name: Crash, resource: container, priority: 5}]\n",
        ),
        (
            "b.yaml",
            "name: b_heir\nextends: crash\ntriggers: [{alert_name: Crash, resource: container, priority: 5}]\n",
        ),
        (
            "o.yaml",
            "name: other\ntriggers: [{alert_name: Crash, priority: 9, labels: {team: shop}}]\n",
        ),
        ("crash.yaml", PARENT),
    ];
    let skills = with(&heirs).unwrap();
    let subjects = [
        container("web-1", true, ""),
        container("web-2", false, "not_found"),
    ];
    let told = |signal: &Signal| -> Vec<(String, String)> {
        let found = skills.matches(signal, &subjects).found;
        found
            .into_iter()
            .map(|found| (found.skill, found.subject.object.name))
            .collect()
    };
    let pair = |skill: &str, pod: &str| (skill.to_owned(), pod.to_owned());
    assert_eq!(told(&signal("Nothing", &[])), [pair("image_pull", "web-2")]);
    assert_eq!(
        told(&signal("Crash", &[("team", "shop")])),
        [
            pair("image_pull", "web-2"),
            pair("other", "web-2"),
            pair("a_heir", "web-1"),
            pair("a_heir", "web-2"),
        ]
    );
    let first = skills
        .matches(&signal("KubePodImagePullBackOff", &[]), &subjects)
        .found;
    let expected = "alert KubePodImagePullBackOff, container, when facts.image_pull.kind != ''";
    assert_eq!(first.first().unwrap().trigger, expected);
}

#[test]
fn a_trigger_that_fails_is_reported_and_chooses_nothing() {
    let source = "name: broken\ntriggers: [{resource: container, when: \"pod.name > 1\"}]\n";
    let skills = with(&[("broken.yaml", source)]).unwrap();
    let matches = skills.matches(
        &signal("X", &[]),
        &[container("a", false, ""), container("b", false, "")],
    );
    assert!(matches.found.is_empty());
    let said: Vec<_> = matches.broken.iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        ["skill `broken`, trigger: `pod.name > 1` failed: a text has no order with an int"]
    );
}

#[test]
fn a_directory_overrides_by_name_and_its_errors_name_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("mine.yaml");
    std::fs::write(&file, "name: image_pull\ndescription: mine\n").unwrap();
    std::fs::write(directory.path().join("notes.txt"), "not a skill").unwrap();
    let skills = SkillSet::load(directory.path()).unwrap();
    assert_eq!(skills.get("image_pull").unwrap().description.en, "mine");
    assert!(skills.get("base").is_some());
    std::fs::write(&file, "name: image_pull\nbad: 1\n").unwrap();
    let said = SkillSet::load(directory.path()).unwrap_err().to_string();
    assert_eq!(said, format!("{}:2:1: unknown key `bad`", file.display()));
    assert!(SkillSet::load(&directory.path().join("nowhere")).is_err());
}

/// The longest expression that a reader takes in, in letters.
const READABLE: usize = 200;

/// The expressions of a skill: those in texts are found by their braces.
fn expressions<'s>(skill: &'s crate::Skill, source: &'s str) -> Vec<&'s str> {
    let mut all: Vec<&str> = Vec::new();
    for trigger in &skill.triggers {
        all.extend(trigger.when.iter().map(crate::Expression::source));
    }
    for node in skill.nodes.values() {
        all.extend(node.lets.iter().map(|(_, value)| value.source()));
        all.extend(node.branches.iter().map(|branch| branch.when.source()));
        let leaf = node.leaf.as_ref();
        all.extend(leaf.and_then(|leaf| Some(leaf.blames.as_ref()?.source())));
    }
    for text in source.split("${").skip(1) {
        let mut depth = 1;
        let end = text.find(|letter| {
            depth += i32::from(letter == '{') - i32::from(letter == '}');
            depth == 0
        });
        all.push(&text[..end.unwrap()]);
    }
    all
}

#[test]
fn a_reader_takes_in_every_expression_and_file_of_the_built_in_skills() {
    let skills = SkillSet::builtin().unwrap();
    for (file, source) in crate::builtin::FILES {
        assert!(source.lines().count() <= 500, "{file} is too long");
        let skill = skills.iter().find(|skill| skill.file == *file).unwrap();
        for expression in expressions(skill, source) {
            let letters = expression.chars().count();
            assert!(letters <= READABLE, "{file}: {letters}: {expression}");
        }
    }
}

#[test]
fn of_a_list_of_conditions_all_must_hold() {
    let skills = with(&[(
        "own.yaml",
        "name: own\ntriggers:\n  - resource: container\n    when:\n      - container.restarts > 3\n      - facts.image_pull.kind == 'not_found'\n    priority: 1\n",
    )])
    .unwrap();
    let chosen = |kind| {
        let found = skills.triggered(&container("web-1", true, kind)).found;
        found.into_iter().find(|found| found.skill == "own")
    };
    assert_eq!(
        chosen("not_found").unwrap().trigger,
        "container, when container.restarts > 3 and facts.image_pull.kind == 'not_found'"
    );
    assert!(chosen("refused").is_none());
    let trigger =
        |when: &str| format!("name: own\ntriggers:\n  - {{resource: container, when: {when}}}\n");
    assert!(refused(&trigger("[]")).contains("`when` needs a condition"));
    let wrong = refused(&trigger("[container.ready, container.raedy]"));
    assert!(wrong.contains("did you mean `ready`?"), "{wrong}");
    assert!(wrong.contains("own.yaml:3:51"), "{wrong}");
}
