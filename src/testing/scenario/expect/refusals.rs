//! What is expected of the refusal of the last order.

use super::equal;
use crate::testing::scenario::Scenario;
use crate::workflow::{CommandKind, Missing, Rejection, Rule};

/// What is expected of the last order, which was given [`in_vain`](crate::testing::scenario::Deed::in_vain). The
/// story ends where one of these does not hold.
impl Scenario {
    /// It was refused by that rule.
    #[track_caller]
    pub fn refused(self, rule: &Rule) -> Self {
        let truth = self.of_the_refusal(|refusal| {
            equal(&refusal.rule, rule, |is| format!("it was refused because {is}"))
        });
        self.expect(format!("it was refused because {rule}"), truth)
    }

    /// It said that this is missing, all of it, in this order.
    #[track_caller]
    pub fn missing(self, missing: impl IntoIterator<Item = Missing>) -> Self {
        let expected: Vec<_> = missing.into_iter().collect();
        let truth = self.of_the_refusal(|refusal| equal(&refusal.missing, &expected, |is| list(is)));
        self.expect(list(&expected), truth)
    }

    /// It said that this is possible instead.
    #[track_caller]
    pub fn possible(self, command: CommandKind) -> Self {
        let truth = self.of_the_refusal(|refusal| {
            if refusal.legal.contains(&command) { Ok(()) } else { Err(possible(&refusal.legal)) }
        });
        self.expect(format!("it is possible to {command}"), truth)
    }

    /// It did not say that this is possible.
    #[track_caller]
    pub fn impossible(self, command: CommandKind) -> Self {
        let truth = self.of_the_refusal(|refusal| {
            if refusal.legal.contains(&command) { Err(possible(&refusal.legal)) } else { Ok(()) }
        });
        self.expect(format!("it is not possible to {command}"), truth)
    }

    fn of_the_refusal(&self, truth: impl FnOnce(&Rejection) -> Result<(), String>) -> Result<(), String> {
        self.refusal().map_or_else(|| Err("it was not refused".to_owned()), truth)
    }
}

fn list(missing: &[Missing]) -> String {
    let names: Vec<_> = missing.iter().map(ToString::to_string).collect();
    if names.is_empty() { "nothing is missing".to_owned() } else { format!("missing: {}", names.join(", ")) }
}

fn possible(legal: &[CommandKind]) -> String {
    let names: Vec<_> = legal.iter().map(ToString::to_string).collect();
    format!("possible: {}", names.join(", "))
}
