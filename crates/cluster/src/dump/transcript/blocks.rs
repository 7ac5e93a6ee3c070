//! Cuts a transcript into commands and what each of them printed.

/// A command and its output.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Block {
    /// The line it begins at, counted from 1.
    pub(super) line: usize,
    /// The command's line; empty where an output was pasted without one.
    pub(super) command: String,
    /// What it printed.
    pub(super) output: String,
}

/// Programs whose output is understood. After a bare `#` only they make a command: it also begins
/// comments and headings.
const PROGRAMS: &[&str] = &[
    "kubectl",
    "k",
    "oc",
    "helm",
    "kubecolor",
    "kubectl.exe",
    "watch",
    "sudo",
    "microk8s",
    "minikube",
    "k3s",
    "date",
    "kube-lineage",
    "stern",
];

/// A text without colours, cursor movements, and carriage returns.
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut letters = text
        .strip_prefix('\u{feff}')
        .unwrap_or(text)
        .chars()
        .peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\u{1b}' => match letters.next() {
                Some('[') => {
                    while let Some(next) = letters.next() {
                        if ('\u{40}'..='\u{7e}').contains(&next) {
                            break;
                        }
                        // A broken sequence must not swallow the text.
                        if letters.peek() == Some(&'\n') {
                            break;
                        }
                    }
                }
                Some(']') => {
                    while let Some(next) = letters.next() {
                        if next == '\u{7}' || letters.peek() == Some(&'\n') {
                            break;
                        }
                        if next == '\u{1b}' {
                            letters.next_if_eq(&'\\');
                            break;
                        }
                    }
                }
                _ => {}
            },
            '\r' => {}
            '\u{1}' | '\u{0}' | '\u{7}' | '\u{8}' => {}
            '\u{a0}' => plain.push(' '),
            letter => plain.push(letter),
        }
    }
    plain
}

/// Whether a line anywhere is a command at a prompt.
pub(super) fn has_commands(text: &str) -> bool {
    let text = plain(text);
    text.lines().any(|line| command_of(line).is_some_and(known)) || bare(&text)
}

fn bare(text: &str) -> bool {
    text.lines().any(bare_command)
}

/// A command that was pasted without its prompt.
fn bare_command(line: &str) -> bool {
    let line = unquoted(line);
    let mut words = line.split(' ');
    let program = words.next().unwrap_or_default();
    let verbs = [
        "get",
        "describe",
        "logs",
        "events",
        "top",
        "rollout",
        "-n",
        "--namespace",
        "status",
        "list",
        "history",
        "tree",
        "lineage",
    ];
    matches!(program, "kubectl" | "oc" | "helm")
        && words
            .next()
            .is_some_and(|verb| verbs.contains(&verb) || verb.starts_with("--namespace="))
}

fn unquoted(line: &str) -> &str {
    line.trim()
        .trim_start_matches("**")
        .trim_end_matches("**")
        .trim_matches('`')
        .trim()
}

/// The command of a line with a prompt: `$ kubectl get pods`, `me@host:~$ …`, `[root@host /]# …`.
fn command_of(line: &str) -> Option<&str> {
    if line.len() > 4096 {
        return None;
    }
    let line = unquoted(line);
    let line = line.strip_prefix("> ").unwrap_or(line);
    for (sign, at) in ["$ ", "# ", "% ", "> ", "❯ ", "➜ ", "+ "]
        .into_iter()
        .filter_map(|sign| line.find(sign).map(|at| (sign, at)))
    {
        let prompt = line.get(..at)?.trim();
        let command = line.get(at + sign.len()..)?.trim();
        if command.is_empty() {
            continue;
        }
        let plain = sign == "$ " && prompt.is_empty();
        let shaped = prompt.is_empty()
            || prompt.len() <= 80
                && (prompt.contains('@')
                    || prompt.contains('~')
                    || prompt.starts_with(['(', '[', '/', '~'])
                    || prompt.starts_with("PS ")
                    || ["bash", "sh-", "zsh"]
                        .iter()
                        .any(|shell| prompt.starts_with(shell)));
        if plain || shaped && known(command) {
            return Some(command);
        }
        if shaped && sign == "➜ " {
            // oh-my-zsh writes the folder and the branch between its arrow and the command.
            let at = PROGRAMS
                .iter()
                .filter_map(|name| command.find(&format!(" {name} ")))
                .min()?;
            return command.get(at + 1..);
        }
    }
    None
}

fn known(command: &str) -> bool {
    let mut words = command.split_whitespace();
    words
        .find(|word| !word.contains('='))
        .is_some_and(|program| PROGRAMS.contains(&program))
}

/// Cuts a text into its blocks.
pub(super) fn split(text: &str) -> Vec<Block> {
    let prompts = text.lines().any(|line| command_of(line).is_some_and(known));
    let fences = text
        .lines()
        .any(|line| line.trim_start().starts_with("```"));
    let mut cutter = Cutter {
        blocks: Vec::new(),
        open: None,
        fences,
        fenced: false,
    };
    let mut lines = text.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        if line.trim_start().starts_with("```") {
            cutter.fence(number + 1);
            continue;
        }
        let command =
            command_of(line).or_else(|| (!prompts && bare_command(line)).then(|| unquoted(line)));
        let Some(command) = command else {
            cutter.line(number + 1, line);
            continue;
        };
        let mut command = command.to_owned();
        while command.ends_with('\\') && command.len() < 8192 {
            command.pop();
            let Some((_, more)) = lines.next() else { break };
            let more = more.trim();
            command.push_str(more.strip_prefix("> ").unwrap_or(more));
        }
        cutter.command(number + 1, command);
    }
    cutter.close();
    cutter.blocks
}

struct Cutter {
    blocks: Vec<Block>,
    open: Option<Block>,
    /// The text is Markdown: outside of its fences is prose.
    fences: bool,
    fenced: bool,
}

impl Cutter {
    fn command(&mut self, line: usize, command: String) {
        self.close();
        self.open = Some(Block {
            line,
            command,
            output: String::new(),
        });
    }

    fn line(&mut self, number: usize, line: &str) {
        if self.fences && !self.fenced {
            // A command stands in one fence, its output in the next: prose between them is none.
            return;
        }
        let block = self.open.get_or_insert_with(|| Block {
            line: number,
            command: String::new(),
            output: String::new(),
        });
        block.output.push_str(line);
        block.output.push('\n');
    }

    fn fence(&mut self, _line: usize) {
        self.fenced = !self.fenced;
        let has_output = self
            .open
            .as_ref()
            .is_some_and(|block| !block.output.trim().is_empty());
        if has_output {
            self.close();
        }
    }

    fn close(&mut self) {
        if let Some(mut block) = self.open.take() {
            // A prompt that nothing was typed at.
            let end = block.output.trim_end();
            let last = end.rsplit('\n').next().unwrap_or_default();
            let prompt = last.len() < 80
                && (last == "$" || last.contains('@') && last.ends_with(['$', '#']));
            if prompt {
                let keep = end.len() - last.len();
                block.output.truncate(keep);
            }
            if !block.command.is_empty() || !block.output.trim().is_empty() {
                self.blocks.push(block);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_found_at_every_prompt() {
        for (line, command) in [
            ("$ kubectl get pods", Some("kubectl get pods")),
            ("# kubectl get pods", Some("kubectl get pods")),
            ("# A heading", None),
            ("me@host:~/x$ kubectl get pods", Some("kubectl get pods")),
            ("[root@host ~]# k get po -A", Some("k get po -A")),
            ("root@host:/# helm list", Some("helm list")),
            (
                "➜  shop git:(main) ✗ kubectl get po ",
                Some("kubectl get po"),
            ),
            ("PS C:\\> kubectl get po", Some("kubectl get po")),
            ("bash-5.1$ oc get po", Some("oc get po")),
            ("`$ kubectl get po`", Some("kubectl get po")),
            ("$ cat file", Some("cat file")),
            ("costs 5$ a day", None),
            ("2026-01-01 INFO run # kubectl get pods", None),
        ] {
            assert_eq!(command_of(line), command, "{line}");
        }
    }

    #[test]
    fn output_belongs_to_the_command_before_it_also_through_fences() {
        let text = "Look:\n```\n$ kubectl get pods \\\n    -n shop\n```\nIt says\n```text\nNAME\na\n```\nThen\n```\n$ kubectl get svc\nB\nme@host:~$\n```\n";
        let blocks = split(text);
        assert_eq!(blocks.len(), 2, "{blocks:?}");
        assert_eq!(blocks[0].command, "kubectl get pods -n shop");
        assert_eq!(blocks[0].output, "NAME\na\n");
        assert_eq!(blocks[1].output, "B\n");
        assert_eq!(blocks[1].line, 13);
    }

    #[test]
    fn commands_without_a_prompt_count_only_where_there_is_none() {
        assert_eq!(split("kubectl get pods\nNAME\n").len(), 1);
        assert_eq!(
            split("kubectl get pods\nNAME\n")[0].command,
            "kubectl get pods"
        );
        let notes = split("$ helm status x\nNOTES:\nkubectl get pods\n");
        assert_eq!(notes.len(), 1);
    }

    #[test]
    fn colours_and_broken_sequences_go() {
        assert_eq!(
            plain("\u{1b}[1;31mred\u{1b}[0m\r\n\u{1b}]0;t\u{7}x"),
            "red\nx"
        );
        assert_eq!(plain("\u{1b}[999"), "");
        assert_eq!(plain("a\u{1b}[;;\nb"), "a\nb");
    }
}
