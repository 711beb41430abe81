//! The cases of a story.

use std::sync::Arc;

use super::Scenario;
use super::story::Line;
use crate::case::Case;
use crate::id::CaseId;
use crate::workflow::Command;

/// What the case is called with which every story begins.
pub(super) const FIRST: &str = "the case";

/// A case of a story.
pub(super) struct Played {
    pub(super) name: String,
    pub(super) id: CaseId,
    pub(super) case: Option<Arc<Case>>,
    /// The same case as the fold of its events.
    pub(super) folded: Option<Case>,
}

impl Played {
    pub(super) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), id: Scenario::id_of_case(name), case: None, folded: None }
    }
}

/// Several cases.
impl Scenario {
    /// What follows is done to the case of that name, and expected of it: a new one, or one that was spoken
    /// of before. A story begins with `the case`.
    pub fn in_case(mut self, name: &str) -> Self {
        self.present = self.cases.iter().position(|told| told.name == name).unwrap_or_else(|| {
            self.cases.push(Played::new(name));
            self.cases.len() - 1
        });
        self.lines.push(Line::Remark(format!("In {name}:")));
        self
    }

    /// The case that was split off last gets a name, and what follows is about it.
    #[track_caller]
    pub fn in_the_split_off_case(mut self, name: &str) -> Self {
        let split = self.steps.iter().rfind(|step| matches!(step.command, Command::Split(_)));
        let id = split.and_then(|step| step.after.as_ref()).map(|case| case.id);
        match self.cases.iter_mut().find(|told| Some(told.id) == id) {
            Some(told) => {
                told.name = name.to_owned();
                self.in_case(name)
            }
            None => {
                self.broken("no case was split off");
                self
            }
        }
    }
}
