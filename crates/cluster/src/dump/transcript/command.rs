//! What a command line asked for: program, verb, kinds, names, namespace, output.

use super::super::kinds;

/// The program that printed something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Program {
    /// kubectl, oc, k.
    Kubectl,
    /// helm.
    Helm,
    /// date.
    Date,
    /// No command was pasted.
    #[default]
    Unknown,
    /// Something else.
    Other,
}

/// A command that was understood.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Command {
    /// Which program.
    pub(super) program: Program,
    /// `get`, `describe`, `logs`, …
    pub(super) verb: String,
    /// What it asked for: kinds with names, or kinds alone.
    pub(super) targets: Vec<Target>,
    /// Words behind the verb, as they are.
    pub(super) words: Vec<String>,
    /// The namespace it named.
    pub(super) namespace: Option<String>,
    /// It asked in all namespaces.
    pub(super) everywhere: bool,
    /// `-o`.
    pub(super) output: String,
    /// `-c`.
    pub(super) container: Option<String>,
    /// `--all-containers`.
    pub(super) all: bool,
    /// `-p`.
    pub(super) previous: bool,
    /// What it printed may be a part of what there is: a selector, a filter, a watch, a limit.
    pub(super) narrowed: bool,
    /// It went through a filter, which leaves lines without their surroundings.
    pub(super) piped: bool,
}

/// A thing that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    /// Its kind, in the API's spelling.
    pub(super) kind: String,
    /// Its name; all of the kind if there is none.
    pub(super) name: Option<String>,
}

const WITH_VALUE: &[&str] = &[
    "-n",
    "--namespace",
    "-o",
    "--output",
    "-l",
    "--selector",
    "-c",
    "--container",
    "--context",
    "--kubeconfig",
    "--kube-context",
    "--field-selector",
    "--sort-by",
    "--tail",
    "--since",
    "--since-time",
    "-f",
    "--filename",
    "--for",
    "--as",
    "--as-group",
    "--cluster",
    "--user",
    "--timeout",
    "--revision",
    "--types",
    "-L",
    "--label-columns",
    "--chunk-size",
    "--server",
    "-s",
    "--token",
    "--limit-bytes",
    "--request-timeout",
    "-v",
    "--template",
    "--max",
];

impl Command {
    /// Reads a command line.
    pub(super) fn parse(line: &str) -> Self {
        let mut command = Self::default();
        if line.trim().is_empty() {
            return command;
        }
        let mut words = words(line);
        // Of several commands in one line the first one that is understood counts.
        if let Some(end) = words
            .iter()
            .position(|word| matches!(word.as_str(), "\u{2};" | "\u{2}&"))
        {
            let second = words.split_off(end);
            let first_known = program(&words).0 != Program::Other;
            if first_known {
                command.narrowed = true;
            } else {
                words = second.into_iter().skip(1).collect();
            }
        }
        if let Some(end) = words.iter().position(|word| word == "\u{2}|") {
            let filters = words.split_off(end);
            let harmless = filters.iter().filter(|word| *word != "\u{2}|").all(|word| {
                matches!(
                    word.as_str(),
                    "cat" | "less" | "more" | "tee" | "sort" | "jq" | "."
                )
            });
            command.piped = !harmless;
            command.narrowed |= !harmless;
        }
        let (found, at) = program(&words);
        command.program = found;
        let mut rest = words.into_iter().skip(at).peekable();
        let mut plain: Vec<String> = Vec::new();
        while let Some(word) = rest.next() {
            if !word.starts_with('-') || word.len() < 2 {
                plain.push(word);
                continue;
            }
            let (flag, mut value) = match word.split_once('=') {
                Some((flag, value)) => (flag.to_owned(), Some(value.to_owned())),
                None if !word.starts_with("--") && word.len() > 2 => {
                    let (flag, value) = word.split_at_checked(2).unwrap_or((&word, ""));
                    (flag.to_owned(), Some(value.to_owned()))
                }
                None => (word, None),
            };
            let logs = plain.first().is_some_and(|verb| verb == "logs");
            let takes = WITH_VALUE.contains(&flag.as_str()) && !(logs && flag == "-f");
            if takes && value.is_none() {
                value = rest.next();
            }
            command.flag(&flag, value);
        }
        let mut plain = plain.into_iter();
        command.verb = plain.next().unwrap_or_default();
        command.words = plain.collect();
        if command.program == Program::Kubectl {
            if matches!(command.verb.as_str(), "rollout" | "top" | "set") {
                let second = if command.words.is_empty() {
                    String::new()
                } else {
                    command.words.remove(0)
                };
                command.verb = format!("{} {second}", command.verb);
            }
            command.targets = match command.verb.as_str() {
                "events" | "version" => Vec::new(),
                "top pod" | "top pods" | "top po" => named("Pod", &command.words),
                "top node" | "top nodes" | "top no" => named("Node", &command.words),
                "logs" | "exec" => owners_of_logs(&command.words),
                _ => targets(&command.words),
            };
        }
        command
    }

    fn flag(&mut self, flag: &str, value: Option<String>) {
        match flag {
            "-n" | "--namespace" => self.namespace = value.filter(|name| !name.is_empty()),
            "-A" | "--all-namespaces" => self.everywhere = value.as_deref() != Some("false"),
            "-o" | "--output" => self.output = value.unwrap_or_default(),
            "-c" | "--container" => self.container = value,
            "--all-containers" => self.all = value.as_deref() != Some("false"),
            "-p" | "--previous" => self.previous = value.as_deref() != Some("false"),
            "-l" | "--selector" | "--field-selector" | "--for" | "--types"
            | "--ignore-not-found" | "--max" => {
                self.narrowed = true;
            }
            _ => {}
        }
    }

    /// The kind, if it asked for one kind alone.
    pub(super) fn only_kind(&self) -> Option<&str> {
        let (first, rest) = self.targets.split_first()?;
        rest.iter()
            .all(|target| target.kind == first.kind)
            .then_some(first.kind.as_str())
    }

    /// Whether it asked for all there is of its kinds.
    pub(super) fn whole(&self) -> bool {
        !self.narrowed && self.targets.iter().all(|target| target.name.is_none())
    }
}

/// The kind of a word; one that is not known is taken as it is (a resource of somebody's own).
fn kind(word: &str) -> String {
    kinds::find(word).map_or_else(|| word.to_owned(), |kind| kind.kind.to_owned())
}

fn named(kind: &str, names: &[String]) -> Vec<Target> {
    let target = |name: Option<&String>| Target {
        kind: kind.to_owned(),
        name: name.cloned(),
    };
    if names.is_empty() {
        return vec![target(None)];
    }
    names.iter().map(|name| target(Some(name))).collect()
}

fn targets(words: &[String]) -> Vec<Target> {
    let Some((first, names)) = words.split_first() else {
        return Vec::new();
    };
    if words.iter().any(|word| word.contains('/')) {
        return words
            .iter()
            .filter_map(|word| word.split_once('/'))
            .map(|(of, name)| Target {
                kind: kind(of),
                name: Some(name.to_owned()),
            })
            .collect();
    }
    first
        .split(',')
        .filter(|word| !word.is_empty())
        .flat_map(|word| named(&kind(word), names))
        .take(1000)
        .collect()
}

fn owners_of_logs(words: &[String]) -> Vec<Target> {
    let Some(first) = words.first() else {
        return Vec::new();
    };
    let (kind, name) = match first.split_once('/') {
        Some((of, name)) => (kind(of), name),
        None => ("Pod".to_owned(), first.as_str()),
    };
    vec![Target {
        kind,
        name: Some(name.to_owned()),
    }]
}

/// The program, and where its arguments begin.
fn program(words: &[String]) -> (Program, usize) {
    let mut at = 0;
    while let Some(word) = words.get(at) {
        let name = word.rsplit('/').next().unwrap_or_default();
        at += 1;
        match name {
            "kubectl" | "k" | "oc" | "kubecolor" | "kubectl.exe" | "microk8s.kubectl" | "kc" => {
                return (Program::Kubectl, at);
            }
            "helm" => return (Program::Helm, at),
            "date" => return (Program::Date, at),
            "sudo" | "time" | "microk8s" | "minikube" | "k3s" | "watch" | "--" | "-d" | "-t"
            | "timeout" | "!" => {}
            "-n" | "--interval" if words.iter().take(at).any(|word| word == "watch") => at += 1,
            _ if word.contains('=') && !word.starts_with('-') => {}
            _ if word.starts_with('-') => {}
            _ if word.starts_with(|first: char| first.is_ascii_digit()) => {}
            _ => return (Program::Other, at),
        }
    }
    (Program::Other, at)
}

/// The words of a line as a shell sees them. Operators are marked, so that a quoted one is none.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let (mut quote, mut any) = (None, false);
    let mut letters = line.chars().peekable();
    let mut skip_file = false;
    while let Some(letter) = letters.next() {
        match (letter, quote) {
            (_, Some(end)) if letter == end => quote = None,
            ('\\', None | Some('"')) => word.extend(letters.next()),
            (_, Some(_)) => word.push(letter),
            ('\'' | '"', None) => {
                quote = Some(letter);
                any = true;
            }
            (' ' | '\t' | '|' | ';' | '&' | '>', None) => {
                if letter == '>' && matches!(word.as_str(), "1" | "2") {
                    word.clear();
                }
                if !word.is_empty() || any {
                    if skip_file {
                        skip_file = false;
                        word.clear();
                    } else {
                        words.push(std::mem::take(&mut word));
                    }
                    any = false;
                }
                match letter {
                    '|' => {
                        letters.next_if_eq(&'|');
                        words.push("\u{2}|".to_owned());
                    }
                    ';' => words.push("\u{2};".to_owned()),
                    '&' => {
                        letters.next_if_eq(&'&');
                        words.push("\u{2}&".to_owned());
                    }
                    '>' => {
                        letters.next_if_eq(&'>');
                        if letters.next_if_eq(&'&').is_some() {
                            letters.next();
                        } else {
                            skip_file = true;
                        }
                    }
                    _ => {}
                }
            }
            // A comment ends the line.
            ('#', None) if word.is_empty() => break,
            (_, None) => word.push(letter),
        }
        if words.len() > 500 {
            break;
        }
    }
    if (!word.is_empty() || any) && !skip_file {
        words.push(word);
    }
    while words
        .last()
        .is_some_and(|word| word.starts_with('\u{2}') && word != "\u{2}|")
    {
        words.pop();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(line: &str) -> String {
        let command = Command::parse(line);
        let targets: Vec<String> = command
            .targets
            .iter()
            .map(|target| match &target.name {
                Some(name) => format!("{}/{name}", target.kind),
                None => target.kind.clone(),
            })
            .collect();
        let space = match (&command.namespace, command.everywhere) {
            (_, true) => "*",
            (Some(name), _) => name,
            (None, _) => "-",
        };
        let whole = if command.whole() { "whole" } else { "part" };
        format!(
            "{} {} {space} {whole} {}",
            command.verb,
            targets.join(","),
            command.output
        )
    }

    #[test]
    fn commands_are_understood_however_they_are_typed() {
        for (line, expected) in [
            ("kubectl get pods", "get Pod - whole "),
            ("kubectl -n shop get po -o wide", "get Pod shop whole wide"),
            (
                "kubectl --namespace=shop get PODS,svc -owide",
                "get Pod,Service shop whole wide",
            ),
            (
                "k get deploy/api -nshop -o=yaml",
                "get Deployment/api shop part yaml",
            ),
            ("oc get pod a b --all-namespaces", "get Pod/a,Pod/b * part "),
            ("kubectl get po -A | grep api", "get Pod * part "),
            ("kubectl get po -l app=x", "get Pod - part "),
            ("watch -n 2 kubectl get po -n shop", "get Pod shop whole "),
            (
                "sudo KUBECONFIG=/x kubectl describe StatefulSet web",
                "describe StatefulSet/web - part ",
            ),
            (
                "kubectl logs -f deploy/api -c api -p 2>&1 | tail -5",
                "logs Deployment/api - part ",
            ),
            (
                "kubectl rollout status deployment/api -n shop",
                "rollout status Deployment/api shop part ",
            ),
            ("kubectl top pods -n shop", "top pods Pod shop whole "),
            (
                "kubectl events --for pod/api-1 -n shop",
                "events  shop part ",
            ),
            ("cd x && kubectl get no", "get Node - whole "),
            ("kubectl get pods -n shop # the shop", "get Pod shop whole "),
            (
                "kubectl get widgets.example.com",
                "get widgets.example.com - whole ",
            ),
            ("kubectl get pods > pods.txt", "get Pod - whole "),
        ] {
            assert_eq!(told(line), expected, "{line}");
        }
    }

    #[test]
    fn logs_know_their_container_and_life() {
        let command = Command::parse("kubectl logs api-1 -n shop -c api --previous --tail=20");
        assert_eq!(command.container.as_deref(), Some("api"));
        assert!(command.previous);
        assert_eq!(
            Command::parse("helm status shop -n shop").program,
            Program::Helm
        );
        assert_eq!(Command::parse("cat x").program, Program::Other);
    }
}
