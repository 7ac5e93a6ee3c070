//! The existing name that a person most likely meant.

/// The existing name that is nearest to one that is missing.
#[must_use]
pub fn nearest<'n>(name: &str, candidates: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    candidates
        .into_iter()
        .find(|known| known.eq_ignore_ascii_case(name))
}
