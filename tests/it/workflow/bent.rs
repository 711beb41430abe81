//! Workflows with a bug, to see that a law catches it.

use talkback::workflow::Rejection;
use talkback::{Case, Command, Context, Event};

use super::run::{Workflow, submit};

/// A case afterwards, and the events or the refusal.
pub(crate) type Outcome = (Option<Case>, Result<Vec<Event>, Rejection>);

/// A workflow whose outcomes are bent.
pub(crate) struct Bent<F>(pub(crate) F);

impl<F: FnMut(Option<&Case>, &Command, &Context<'_>, Outcome) -> Outcome> Workflow for Bent<F> {
    fn submit(&mut self, case: Option<&Case>, command: &Command, context: &Context<'_>) -> Outcome {
        (self.0)(case, command, context, submit(case, command, context))
    }
}

/// A workflow whose events are bent, and the case with them.
pub(crate) fn bent_events(mut bend: impl FnMut(&mut Vec<Event>, Option<&Case>)) -> impl Workflow {
    Bent(move |case: Option<&Case>, _: &Command, _: &Context<'_>, (after, outcome): Outcome| {
        let Ok(mut events) = outcome else { return (after, outcome) };
        bend(&mut events, case);
        let after = events.iter().fold(case.cloned(), talkback::workflow::evolve);
        (after, Ok(events))
    })
}
