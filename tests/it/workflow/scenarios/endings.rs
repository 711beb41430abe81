//! Resolving, following up, closing, and taking up again.

use talkback::workflow::{Close, Missing, Rule, Withdraw};
use talkback::{
    Actor, CloseReason, Command, CycleCause, DeadlineKind, ExitReason, Fact, Party, Stage, Verdict,
};

use super::super::policies::{name, standard, standard_with, tight};
use super::super::world::*;

#[test]
fn a_disputed_answer_begins_a_cycle_and_waits_for_a_person() {
    complaint(standard())
        .staff(resolve())
        .staff(follow_up())
        .at("11-24 10:00")
        .customer(answer(Verdict::Disputed))
        .stands(Stage::InProgress)
        .due(DeadlineKind::Respond, "11-27 00:00")
        .without(DeadlineKind::Confirm);
}
