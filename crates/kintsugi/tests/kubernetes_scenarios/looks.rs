//! What many looks at the same scenarios come to.
//!
//! What is healthy has to be silent at every look. A fault has to be seen as it should be once: a
//! container that crashes is also up now and then, and on a busy machine for several looks.

use crate::judge::Judgement;

/// What has been seen.
#[derive(Default)]
pub(crate) struct Looks {
    /// Of what is healthy the first wrong look, of a fault the first right one.
    kept: Vec<Judgement>,
}

impl Looks {
    /// Takes one look at all the scenarios, which are in the same order at every look.
    pub(crate) fn take(&mut self, judgements: Vec<Judgement>) {
        if self.kept.is_empty() {
            self.kept = judgements;
            return;
        }
        for (kept, judgement) in self.kept.iter_mut().zip(judgements) {
            if kept.silent == kept.wrong.is_none() {
                *kept = judgement;
            }
        }
    }

    /// What all the looks come to.
    pub(crate) fn judgements(&self) -> Vec<Judgement> {
        self.kept.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What looks come to of one scenario that is right (`+`) or wrong (`-`) at them.
    fn comes_to(silent: bool, looks: &str) -> Option<String> {
        let mut all = Looks::default();
        for look in looks.chars() {
            all.take(vec![Judgement {
                name: "one".to_owned(),
                silent,
                wrong: (look == '-').then(|| "nothing found".to_owned()),
                finding: None,
            }]);
        }
        all.judgements().remove(0).wrong
    }

    #[test]
    fn a_fault_is_seen_once_at_least() {
        for right in ["+", "--+", "+-", "+-+-", "+--+"] {
            assert_eq!(comes_to(false, right), None, "{right}");
        }
        for wrong in ["-", "--"] {
            assert!(comes_to(false, wrong).is_some(), "{wrong}");
        }
    }

    #[test]
    fn what_is_healthy_is_silent_at_every_look() {
        assert_eq!(comes_to(true, "+++"), None);
        for wrong in ["-", "-+", "+-+"] {
            assert!(comes_to(true, wrong).is_some(), "{wrong}");
        }
    }
}
