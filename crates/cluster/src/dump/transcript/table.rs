//! Tables as kubectl and helm print them: columns by their place, by their gaps, or by words.

/// One table: the names of its columns, and its rows with the line of each within the output.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// The names of the columns.
    pub(super) columns: Vec<String>,
    /// The cells of each row, as many as there are columns.
    pub(super) rows: Vec<Row>,
}

/// One row.
#[derive(Debug)]
pub(super) struct Row {
    /// Its line within the output, from 0.
    pub(super) line: usize,
    /// Its cells.
    pub(super) cells: Vec<String>,
}

impl Table {
    /// A cell of a row by the name of its column; nothing for what kubectl prints for nothing.
    pub(super) fn cell<'a>(&self, row: &'a Row, column: &str) -> Option<&'a str> {
        let at = self.columns.iter().position(|name| name == column)?;
        let cell = row.cells.get(at)?.trim();
        (!matches!(cell, "" | "<none>" | "<unset>" | "<nil>")).then_some(cell)
    }

    /// Whether it has a column.
    pub(super) fn has(&self, column: &str) -> bool {
        self.columns.iter().any(|name| name == column)
    }
}

/// Names of columns that consist of two words.
const TWO_WORDS: &[&str] = &[
    "LAST SEEN",
    "FIRST SEEN",
    "ACCESS MODES",
    "NODE SELECTOR",
    "NOMINATED NODE",
    "READINESS GATES",
    "MIN AVAILABLE",
    "MAX UNAVAILABLE",
    "ALLOWED DISRUPTIONS",
    "LAST SCHEDULE",
    "RECLAIM POLICY",
    "APP VERSION",
    "OS IMAGE",
];

/// Whether a line is the header of a table.
pub(super) fn is_header(line: &str) -> bool {
    let line = line.trim_end();
    if line.len() > 1024 || line.is_empty() {
        return false;
    }
    let first = [
        "NAME",
        "LAST SEEN",
        "REVISION",
        "POD ",
        "POD\t",
        "FIRST SEEN",
        "TYPE ",
        "READY ",
    ];
    if !first.iter().any(|name| line.trim_start().starts_with(name)) {
        return false;
    }
    let words: Vec<&str> = line.split_whitespace().collect();
    let known = [
        "NAME",
        "OBJECT",
        "REVISION",
        "REASON",
        "POD",
        "STATUS",
        "CPU(cores)",
    ];
    words.iter().any(|word| known.contains(word))
        && (words.len() > 1 || words == ["NAME"])
        && words.iter().all(|word| {
            let bare = word.split('(').next().unwrap_or_default();
            bare.chars().all(|letter| {
                letter.is_ascii_uppercase() || letter.is_ascii_digit() || "-/%_.:".contains(letter)
            })
        })
}

/// The tables of an output. Rows before any header are given columns by `guess`.
pub(super) fn tables(output: &str, guess: impl Fn(&[String]) -> Option<Vec<String>>) -> Vec<Table> {
    let mut tables: Vec<Table> = Vec::new();
    let mut header: Option<Header> = None;
    for (number, line) in output.lines().enumerate() {
        if line.trim().is_empty() {
            header = None;
            continue;
        }
        // A tab that went through a string in JSON.
        let tabbed = line.replace("\\t", "\t");
        let line = tabbed.as_str();
        if is_header(line) {
            let found = Header::of(line);
            tables.push(Table {
                columns: found.names.clone(),
                rows: Vec::new(),
            });
            header = Some(found);
            continue;
        }
        if let (Some(header), Some(table)) = (&header, tables.last_mut()) {
            let cells = header.cells(line);
            table.rows.push(Row {
                line: number,
                cells,
            });
            continue;
        }
        let cells = loose(line);
        let Some(columns) = guess(&cells) else {
            continue;
        };
        let cells = fit(cells, columns.len());
        let row = Row {
            line: number,
            cells,
        };
        match tables.last_mut() {
            Some(table) if table.columns == columns => table.rows.push(row),
            _ => tables.push(Table {
                columns,
                rows: vec![row],
            }),
        }
    }
    tables
}

struct Header {
    names: Vec<String>,
    /// Where each column begins, in letters; empty where the places say nothing.
    starts: Vec<usize>,
    tabs: bool,
}

impl Header {
    fn of(line: &str) -> Self {
        if line.contains('\t') {
            let names = line
                .split('\t')
                .map(|name| name.trim().to_owned())
                .collect();
            return Self {
                names,
                starts: Vec::new(),
                tabs: true,
            };
        }
        let mut words: Vec<(usize, String)> = Vec::new();
        let mut before = ' ';
        for (at, letter) in line.chars().enumerate() {
            if letter != ' ' {
                match words.last_mut() {
                    Some((_, word)) if before != ' ' => word.push(letter),
                    _ => words.push((at, letter.to_string())),
                }
            }
            before = letter;
        }
        let mut columns: Vec<(usize, String)> = Vec::new();
        for (at, word) in words {
            if let Some((_, last)) = columns.last_mut() {
                let both = format!("{last} {word}");
                if TWO_WORDS.contains(&both.as_str()) {
                    *last = both;
                    continue;
                }
            }
            columns.push((at, word));
        }
        let squeezed = columns
            .windows(2)
            .any(|pair| matches!(pair, [(a, name), (b, _)] if b - a < name.len() + 2));
        let (starts, names): (Vec<usize>, Vec<String>) = columns.into_iter().unzip();
        Self {
            names,
            starts: if squeezed { Vec::new() } else { starts },
            tabs: false,
        }
    }

    fn cells(&self, line: &str) -> Vec<String> {
        if self.tabs || line.contains('\t') {
            let cells = line
                .split('\t')
                .map(|cell| cell.trim().to_owned())
                .collect();
            return fit(cells, self.names.len());
        }
        let letters: Vec<char> = line.chars().collect();
        let aligned = !self.starts.is_empty()
            && self.starts.iter().skip(1).all(|start| {
                letters
                    .get(start.wrapping_sub(1))
                    .is_none_or(|letter| *letter == ' ')
            });
        if aligned {
            let ends = self.starts.iter().skip(1).copied().chain([letters.len()]);
            return self
                .starts
                .iter()
                .zip(ends)
                .map(|(start, end)| {
                    let cell: String = letters
                        .get(*start..end.min(letters.len()).max(*start))
                        .unwrap_or_default()
                        .iter()
                        .collect();
                    cell.trim().to_owned()
                })
                .collect();
        }
        let gaps = gaps(line);
        if gaps.len() == self.names.len() {
            return gaps;
        }
        fit(loose(line), self.names.len())
    }
}

/// The parts of a line between gaps of two spaces or more.
pub(super) fn gaps(line: &str) -> Vec<String> {
    line.split("  ")
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect()
}

/// The words of a line, with what stands in parentheses kept with the word before.
fn loose(line: &str) -> Vec<String> {
    if line.contains('\t') {
        return line
            .split('\t')
            .map(|cell| cell.trim().to_owned())
            .collect();
    }
    let parts = gaps(line);
    if parts.len() > 2 {
        return parts;
    }
    let mut cells: Vec<String> = Vec::new();
    let mut open = false;
    for word in line.split_whitespace().take(200) {
        let opens = word.starts_with('(');
        match cells.last_mut() {
            Some(last) if open || opens => {
                last.push(' ');
                last.push_str(word);
                open = !word.ends_with(')');
            }
            _ => cells.push(word.to_owned()),
        }
    }
    cells
}

/// As many cells as columns: what is too much belongs to the last one, which is free text.
fn fit(mut cells: Vec<String>, columns: usize) -> Vec<String> {
    if cells.len() > columns && columns > 0 {
        let rest = cells.split_off(columns - 1);
        cells.push(rest.join(" "));
    }
    cells.resize(columns, String::new());
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(text: &str) -> Vec<(String, String)> {
        let tables = tables(text, |_| None);
        let table = &tables[0];
        table
            .columns
            .iter()
            .cloned()
            .zip(table.rows[0].cells.clone())
            .collect()
    }

    #[test]
    fn cells_are_found_by_place_by_gaps_and_by_words() {
        for text in [
            "NAME    READY   STATUS             RESTARTS       AGE\napi-1   0/1     CrashLoopBackOff   27 (43s ago)   2d\n",
            "NAME READY STATUS RESTARTS AGE\napi-1 0/1 CrashLoopBackOff 27 (43s ago) 2d\n",
            "NAME    READY   STATUS   RESTARTS   AGE\napi-1   0/1     CrashLoopBackOff   27 (43s ago)   2d\n",
            "NAME\tREADY\tSTATUS\tRESTARTS\tAGE\napi-1\t0/1\tCrashLoopBackOff\t27 (43s ago)\t2d\n",
            "NAME\\tREADY\\tSTATUS\\tRESTARTS\\tAGE\napi-1\\t0/1\\tCrashLoopBackOff\\t27 (43s ago)\\t2d\n",
        ] {
            let cells: Vec<String> = first(text).into_iter().map(|(_, cell)| cell).collect();
            assert_eq!(
                cells,
                ["api-1", "0/1", "CrashLoopBackOff", "27 (43s ago)", "2d"],
                "{text}"
            );
        }
    }

    #[test]
    fn an_empty_cell_stays_empty() {
        let text = "NAME   STATUS    VOLUME   CAPACITY   ACCESS MODES   STORAGECLASS   AGE\n\
                    data   Pending                                      fast           5m\n";
        let cells = first(text);
        assert_eq!(cells[2], ("VOLUME".to_owned(), String::new()));
        assert_eq!(cells[4], ("ACCESS MODES".to_owned(), String::new()));
        assert_eq!(cells[5].1, "fast");
    }

    #[test]
    fn lines_of_logs_and_describes_are_no_headers() {
        for line in [
            "Name:  api",
            "NAME of the thing",
            "ERROR cannot connect",
            "POD_NAME=x",
            "",
        ] {
            assert!(!is_header(line), "{line}");
        }
        assert!(is_header("LAST SEEN   TYPE   REASON   OBJECT   MESSAGE"));
        assert!(is_header("NAME   CPU(cores)   MEMORY(bytes)"));
    }
}
