//! What was not seen, in as few lines as there are reasons.

use cluster::BlindSpot;
use model::Lang;

use crate::output::{harmless, house};

/// One line for each reason: `Not in this transcript: endpointslices, nodes`.
pub(crate) fn lines<'s>(spots: impl IntoIterator<Item = &'s BlindSpot>, lang: Lang) -> Vec<String> {
    let mut reasons: Vec<(&str, Vec<String>)> = Vec::new();
    for spot in spots {
        let what = harmless(&house::said(&spot.what, lang));
        match reasons.iter_mut().find(|(why, _)| *why == spot.why) {
            Some((_, all)) => all.push(what),
            None => reasons.push((&spot.why, vec![what])),
        }
    }
    let (colon, comma) = match lang {
        Lang::En => (": ", ", "),
        Lang::Zh => ("：", "、"),
    };
    reasons
        .into_iter()
        .map(|(why, all)| {
            let why = harmless(&house::said(why, lang));
            match all.as_slice() {
                [one] => format!("{one}{colon}{why}"),
                // Only our own reasons are the same for several: they begin a sentence.
                all => format!("{}{colon}{}", begun(&why), all.join(comma)),
            }
        })
        .collect()
}

/// Words with a capital at the beginning.
fn begun(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_seen_for_one_reason_is_one_line() {
        let spots = [
            BlindSpot::new("nodes", "not in this transcript"),
            BlindSpot::new("secrets", "forbidden"),
            BlindSpot::new("logs", "not in this transcript"),
        ];
        assert_eq!(
            lines(&spots, Lang::En),
            ["Not in this transcript: nodes, logs", "secrets: forbidden"]
        );
        assert_eq!(
            lines(&spots, Lang::Zh),
            ["不在这份命令记录中：nodes、日志", "secrets：forbidden"]
        );
    }
}
