//! Laws of decisions about two cases: rule 17.

use talkback::{Case, CloseReason, CustomerId, Deadline, DeadlineKind, DeadlineState, Event};

use super::hold;

/// 17: the case where it goes on owes what both owed, by the earlier start and due time of each, its
/// customers are told, and none of their words is lost. `source` and `into` are as they were once time had
/// brought what it brings.
pub(crate) fn law_17_nothing_is_lost_by_merging(
    (source, into): (&Case, &Case),
    (closed, after): (&Case, &Case),
) -> Result<(), String> {
    let merged = |reason: &CloseReason| matches!(reason, CloseReason::MergedInto(id) if *id == after.id);
    hold!(closed.closed.as_ref().is_some_and(|end| merged(&end.reason)), "not closed as merged: {closed:?}");
    let told = |who: &CustomerId| {
        *who == after.head.customer || after.involved.iter().any(|other| other.customer == *who)
    };
    let mut spoke = std::iter::once(&source.head.customer).chain(source.involved.iter().map(|i| &i.customer));
    hold!(spoke.all(told), "somebody is not told any more: {:?}", after.involved);
    let waited = [source, into].into_iter().filter_map(|case| case.conversation.unanswered_since()).min();
    let waits = after.conversation.unanswered_since();
    hold!(waits == waited, "customers waited since {waited:?}, now since {waits:?}");
    for kind in [DeadlineKind::Promise, DeadlineKind::Thank] {
        let count = |case: &Case| case.deadlines.of_kind(kind).count();
        hold!(count(after) == count(source) + count(into), "{kind} is lost or made up");
    }
    let same_for_all = [DeadlineKind::Respond, DeadlineKind::Resolve, DeadlineKind::Update];
    let acknowledge =
        [DeadlineKind::Acknowledge].into_iter().filter(|_| into.cycle.acknowledged_at.is_none());
    for kind in same_for_all.into_iter().chain(acknowledge) {
        let runs = |deadline: &&Deadline| deadline.state == DeadlineState::Running;
        for before in [source, into] {
            let Some(before) = before.deadlines.of_kind(kind).find(runs) else { continue };
            let Some(now) = after.deadlines.of_kind(kind).next() else {
                return Err(format!("{} is not owed any more", before.id));
            };
            let paused = matches!(now.state, DeadlineState::Paused { .. });
            let earlier = paused || now.due <= before.due;
            hold!(earlier, "{} was due {}, now {}", before.id, before.due, now.due);
        }
    }
    Ok(())
}

/// 17: what was split off has deadlines of its own from the message's own time; what the old case owes
/// stays as it is.
pub(crate) fn law_17_a_split_owes_from_its_own_time(
    source: &Case,
    said: &Event,
    (after, new): (&Case, &Case),
) -> Result<(), String> {
    hold!(after.deadlines == source.deadlines, "{:?} became {:?}", source.deadlines, after.deadlines);
    hold!(new.received_at == said.occurred_at, "it came at {}, not {}", new.received_at, said.occurred_at);
    hold!(new.head.customer == source.head.customer, "it is somebody else's");
    hold!(new.head.split_from == Some(source.id), "nobody knows where it came from");
    for deadline in new.deadlines.live() {
        let own = deadline.anchor >= said.occurred_at;
        hold!(own, "{} runs from {} already", deadline.id, deadline.anchor);
    }
    Ok(())
}
