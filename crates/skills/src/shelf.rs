//! Where whoever works for long finds the skills that hold now: they can be replaced meanwhile.

use std::sync::{Arc, PoisonError, RwLock};

use crate::SkillSet;

/// A set of skills in use. Whoever has begun with one set goes on with it.
#[derive(Debug, Clone)]
pub struct Shelf(Arc<RwLock<Arc<SkillSet>>>);

impl Shelf {
    /// A shelf with these skills on it.
    #[must_use]
    pub fn new(skills: Arc<SkillSet>) -> Self {
        Self(Arc::new(RwLock::new(skills)))
    }

    /// The skills that hold now.
    #[must_use]
    pub fn now(&self) -> Arc<SkillSet> {
        // Nothing that is done under the lock can fail half-way.
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts other skills in their place, for everybody who shares this shelf.
    pub fn replace(&self, skills: Arc<SkillSet>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = skills;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_shares_a_shelf_finds_the_new_skills_and_who_began_with_the_old_keeps_them() {
        let old = Arc::new(SkillSet::builtin().unwrap());
        let shelf = Shelf::new(Arc::clone(&old));
        let shared = shelf.clone();
        let begun = shared.now();
        let new = Arc::new(SkillSet::builtin().unwrap());
        shelf.replace(Arc::clone(&new));
        assert!(Arc::ptr_eq(&begun, &old));
        assert!(Arc::ptr_eq(&shared.now(), &new));
    }
}
