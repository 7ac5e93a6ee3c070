//! Laying words out in the columns of a terminal.

/// How wide words are on a terminal: characters of Chinese take two columns.
pub(crate) fn width(words: &str) -> usize {
    words.chars().map(wide_as).sum()
}

const fn wide_as(c: char) -> usize {
    if wide(c) { 2 } else { 1 }
}

const fn wide(c: char) -> bool {
    matches!(c as u32, 0x1100..=0x115f | 0x2e80..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff
        | 0xfe30..=0xfe6f | 0xff00..=0xff60 | 0xffe0..=0xffe6 | 0x1f300..=0x1faff
        | 0x20000..=0x3fffd)
}

/// Rows as a table with aligned columns; the last column is cut to `columns` of the terminal.
pub(crate) fn table(rows: &[Vec<String>], columns: usize) -> Vec<String> {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..count)
        .map(|n| {
            rows.iter()
                .filter_map(|row| row.get(n))
                .map(|cell| width(cell))
                .max()
        })
        .map(Option::unwrap_or_default)
        .collect();
    rows.iter()
        .map(|row| {
            let mut line = String::new();
            let mut used = 0;
            for (n, cell) in row.iter().enumerate() {
                let column = widths.get(n).copied().unwrap_or_default();
                if n + 1 == row.len() {
                    line.push_str(&cut(cell, columns.saturating_sub(used)));
                } else {
                    line.push_str(cell);
                    line.push_str(&" ".repeat(column - width(cell) + 2));
                    used += column + 2;
                }
            }
            line.trim_end().to_owned()
        })
        .collect()
}

/// Words cut to a width, marked where they were.
pub(crate) fn cut(words: &str, columns: usize) -> String {
    if width(words) <= columns {
        return words.to_owned();
    }
    let mut kept = String::new();
    let mut used = 0;
    for c in words.chars() {
        used += wide_as(c);
        if used >= columns.max(1) {
            break;
        }
        kept.push(c);
    }
    kept.push('…');
    kept
}

/// Words on lines of a width. Chinese may be broken between any two characters, other words only
/// where there is a space, unless one is longer than a line.
pub(crate) fn wrap(words: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(8);
    let mut lines = Vec::new();
    let mut line = String::new();
    for piece in pieces(words) {
        let blank = piece.trim().is_empty();
        if !line.is_empty() && width(&line) + width(piece.trim_end()) > columns {
            lines.push(std::mem::take(&mut line).trim_end().to_owned());
            if blank {
                continue;
            }
        }
        // A word that is longer than a line is broken where the line ends.
        for c in piece.chars() {
            if width(&line) + wide_as(c) > columns && c != ' ' {
                lines.push(std::mem::take(&mut line).trim_end().to_owned());
            }
            line.push(c);
        }
    }
    if !line.trim().is_empty() || lines.is_empty() {
        lines.push(line.trim_end().to_owned());
    }
    lines
}

/// The parts of a text that stay together: a word with the spaces after it, or a Chinese character
/// with the marks that may not begin a line.
fn pieces(words: &str) -> Vec<&str> {
    const NEVER_FIRST: &str = "，。：；、）》”！？";
    const NEVER_LAST: &str = "（《“";
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut before: Option<char> = None;
    for (at, c) in words.char_indices() {
        let breaks = before.is_some_and(|before| {
            if NEVER_FIRST.contains(c) || NEVER_LAST.contains(before) || c == ' ' {
                return false;
            }
            before == ' ' || wide(c) || wide(before)
        });
        if breaks {
            pieces.push(words.get(start..at).unwrap_or_default());
            start = at;
        }
        before = Some(c);
    }
    pieces.push(words.get(start..).unwrap_or_default());
    pieces
}

/// How wide the result may be: as the terminal is, else as `COLUMNS` says, else 100.
pub(crate) fn columns() -> usize {
    let terminal = terminal_size::terminal_size_of(std::io::stdout())
        .map(|(width, _)| usize::from(width.0))
        .filter(|width| *width > 0);
    let said = || std::env::var("COLUMNS").ok()?.parse().ok();
    terminal.or_else(said).unwrap_or(100).clamp(40, 400)
}

/// Words padded to a width.
pub(crate) fn padded(words: &str, columns: usize) -> String {
    let gap = columns.saturating_sub(width(words));
    format!("{words}{}", " ".repeat(gap))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_in_both_languages() {
        let rows = vec![
            vec!["待批准".to_owned(), "one".to_owned()],
            vec!["closed".to_owned(), "a long last cell".to_owned()],
        ];
        assert_eq!(table(&rows, 16), ["待批准  one", "closed  a long …"]);
    }

    #[test]
    fn words_are_cut_to_the_width_and_never_past_it() {
        assert_eq!(cut("abcdef", 6), "abcdef");
        assert_eq!(cut("abcdefg", 6), "abcde…");
        assert_eq!(cut("镜像拉取失败", 6), "镜像…");
        for columns in 1..12 {
            assert!(width(&cut("a镜b像c拉d取", columns)) <= columns, "{columns}");
        }
    }

    #[test]
    fn words_are_wrapped_at_spaces_and_between_chinese_characters() {
        assert_eq!(wrap("one two three", 8), ["one two", "three"]);
        assert_eq!(wrap("abcdefghijk", 8), ["abcdefgh", "ijk"]);
        assert_eq!(wrap("镜像仓库中不存在", 8), ["镜像仓库", "中不存在"]);
        // A mark does not begin a line.
        assert_eq!(wrap("镜像仓库，不存在", 8), ["镜像仓", "库，不存", "在"]);
        assert_eq!(wrap("", 8), [""]);
        for line in wrap(
            "registry.example/shop/web:1.4.3-rc: 不存在 not found 镜像",
            10,
        ) {
            assert!(width(&line) <= 10, "{line}");
        }
    }
}
