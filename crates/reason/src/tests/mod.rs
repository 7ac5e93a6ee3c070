//! What holds for the reasoners, over recorded objects and the real tools.

mod about;
mod beside;
mod cases;
mod recorded;
mod six;
mod walk;
mod wrong_types;
