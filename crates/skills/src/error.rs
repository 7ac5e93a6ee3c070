//! What can be wrong with skills: at load, with a place in a file; and when they run.

use std::fmt;

use thiserror::Error;

/// Something is wrong in a skill file.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{file}:{line}:{column}: {problem}")]
pub struct SkillError {
    /// The file.
    pub file: String,
    /// The line, from 1; 0 if it is the file as a whole.
    pub line: u64,
    /// The column, from 1; 0 if it is the file as a whole.
    pub column: u64,
    /// What is wrong.
    pub problem: String,
}

/// Everything that is wrong in some skill files; never empty.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub struct SkillErrors(pub Vec<SkillError>);

impl fmt::Display for SkillErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, error) in self.0.iter().enumerate() {
            if place > 0 {
                f.write_str("\n")?;
            }
            error.fmt(f)?;
        }
        Ok(())
    }
}

/// An expression of a skill failed while it ran. That is never an answer: it is reported.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("skill `{skill}`, {node}: `{expression}` failed: {problem}")]
pub struct EvalError {
    /// The skill.
    pub skill: String,
    /// The node or the trigger, with its kind: ``node `offered` ``.
    pub node: String,
    /// The expression.
    pub expression: String,
    /// What went wrong.
    pub problem: String,
}
