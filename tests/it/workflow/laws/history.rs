//! Laws of the ledger: folding, versions, times, refusals, notices.

use std::fmt::Debug;

use talkback::workflow::{CommandKind, Missing, NoticeKind, Recipient, Rule, texts};
use talkback::{Case, DeadlineKind, Delivery, Event, ExitReason, Fact, Party, Stage, TextKind};

use super::{Run, Seen, hold};

/// 1, with I2: the fold of the events is the snapshot.
pub(crate) fn law_01_the_fold_is_the_snapshot(seen: &Seen<'_>) -> Result<(), String> {
    let folded = seen.folds.last().or(seen.before);
    if seen.outcome.is_ok() && folded != seen.after {
        let (one, two) = (format!("{folded:#?}"), format!("{:#?}", seen.after));
        let apart = one.lines().zip(two.lines()).find(|(a, b)| a != b);
        return Err(format!("the fold is not the snapshot: {apart:?}"));
    }
    Ok(())
}

pub(crate) fn law_03_equal_in_equal_out(seen: &Seen<'_>) -> Result<(), String> {
    let same = seen.again.is_none_or(|again| again == seen.outcome);
    hold!(same, "{:?}\nthen {:?}", seen.outcome, seen.again);
    Ok(())
}

/// 7, with I3: versions rise by one, and what is recorded is recorded at one instant that never falls.
pub(crate) fn law_07_no_gap_and_no_way_back(seen: &Seen<'_>) -> Result<(), String> {
    let mut version = seen.before.map_or(0, |case| case.version);
    let recorded = seen.before.map_or(seen.order.now, |case| seen.order.now.max(case.updated_at));
    for event in seen.events() {
        version += 1;
        hold!(event.version == version, "version {} is not {version}", event.version);
        let at = event.recorded_at;
        hold!(at == recorded, "version {version}: recorded {at} instead of {recorded}");
    }
    let stored = seen.after.map_or(0, |case| case.version);
    hold!(stored == version, "the snapshot has version {stored} instead of {version}");
    Ok(())
}

pub(crate) fn law_10_refused_means_unchanged(seen: &Seen<'_>) -> Result<(), String> {
    let kind = seen.order.command.kind();
    let refused = match &seen.outcome {
        Ok(_) => {
            let expected = seen.before.is_none()
                || matches!(kind, CommandKind::Tick | CommandKind::RecordErasure)
                || seen.legal.contains(&kind);
            hold!(expected, "{kind:?} was accepted but is not among {:?}", seen.legal);
            return Ok(());
        }
        Err(refused) => refused,
    };
    hold!(seen.after == seen.before, "refused, and yet the case changed");
    // A stranger is not told how it stands.
    let strange = refused.rule == Rule::NotConcerned;
    let stage = seen.caught_up.map(|case| case.stage).filter(|_| !strange);
    hold!(refused.command == kind, "the refusal is about {:?}", refused.command);
    hold!(refused.stage == stage, "refused in {:?}, but it is {stage:?}", refused.stage);
    let others = seen.legal.iter().filter(|other| **other != kind);
    hold!(refused.legal.iter().eq(others), "{:?} instead of {:?} less it", refused.legal, seen.legal);
    let says_what = refused.rule != Rule::InSilence || !refused.missing.is_empty();
    hold!(says_what, "{refused} does not say what is missing");
    Ok(())
}

/// 10: its sentence is one that an application can show.
pub(crate) fn law_10_one_sentence(refused: &talkback::Rejection) -> Result<(), String> {
    let sentence = refused.to_string();
    let begins = sentence.starts_with("cannot ") && sentence[7..].starts_with(refused.command.label());
    hold!(begins && !sentence.contains(['\n', '"', '{']), "no sentence: {sentence}");
    let reasons = refused.missing.contains(&Missing::Reason) == sentence.contains("a reason in words");
    hold!(reasons, "{sentence} does not say what is missing");
    Ok(())
}

/// 10: of what is listed as possible something is; `accepted` says whether some form of it was. That of
/// the rest nothing is, the law above says.
pub(crate) fn law_10_what_is_listed_is_possible(kind: CommandKind, accepted: bool) -> Result<(), String> {
    hold!(accepted, "{kind:?} is listed as possible, but every form of it is refused");
    Ok(())
}

/// What an event calls for, written down a second time.
fn called_for(case: &Case, event: &Event) -> impl Iterator<Item = NoticeKind> + Clone + Debug {
    let said = event.fact.said().is_some_and(|said| !said.delivered);
    // Whoever was erased, or took their part back, is told no more.
    let untold = (case.erased | case.stepped_out).count_ones() as usize;
    let messages = if said { 1 + case.involved.len() - untold } else { 0 };
    let reachable = !case.head.contacts.is_empty() && !case.unreachable && case.erased & 1 == 0;
    let other = match &event.fact {
        Fact::Closed { closed, needed_nothing, .. }
            if closed.exit.as_ref().is_some_and(|exit| exit.why == ExitReason::NotSaid)
                && !needed_nothing
                && reachable =>
        {
            Some(NoticeKind::AskWhy)
        }
        Fact::Credited { .. } => Some(NoticeKind::Thanks),
        // Nobody is told what they did themselves.
        Fact::Assigned { owner: Some(owner), .. } if event.by == Party::Staff(owner.clone()) => None,
        Fact::Assigned { .. } => Some(NoticeKind::Assigned),
        Fact::Escalated { warning: true, .. } => Some(NoticeKind::Warning),
        Fact::Escalated { .. } => Some(NoticeKind::Escalation),
        Fact::Lapsed { deadline } if deadline.kind == DeadlineKind::Review => Some(NoticeKind::Review),
        Fact::Delivery { result: Delivery::Failed, .. } => Some(NoticeKind::Undelivered),
        _ => None,
    };
    std::iter::repeat_n(NoticeKind::Message, messages).chain(other)
}

pub(crate) fn law_12_a_notice_iff_its_event(seen: &Seen<'_>) -> Result<(), String> {
    for ((_, event, case), notices) in seen.unfolded().zip(seen.notices) {
        let expected = called_for(case, event);
        let kinds = || notices.iter().map(|notice| notice.kind);
        let gave = || kinds().collect::<Vec<_>>();
        hold!(kinds().eq(expected.clone()), "{:?} gave {:?}, not {expected:?}", event.fact, gave());
        for (n, notice) in notices.iter().enumerate() {
            hold!(usize::from(notice.id.n) == n, "notice {:?} comes twice", notice.id);
            let belongs = notice.id.version == event.version && notice.at >= event.recorded_at;
            hold!(belongs && notice.id.case == case.id, "notice {:?} belongs to another event", notice.id);
        }
    }
    Ok(())
}

/// I24: what we write down for ourselves reaches no customer. Their mail holds what was said to them.
pub(crate) fn notes_stay_inside(seen: &Seen<'_>) -> Result<(), String> {
    for ((_, event, case), notices) in seen.unfolded().zip(seen.notices) {
        for notice in notices.iter().filter(|notice| matches!(notice.to, Recipient::Customer(_))) {
            let Some(text) = notice.text else { continue };
            let said = event.fact.said().is_some_and(|said| said.body == text);
            let brought = texts(&seen.order.command, seen.id, &case.head.customer, &case.head.customer);
            let of_theirs = |brought: &talkback::Text| brought.id == text && brought.kind == TextKind::Body;
            hold!(said && brought.iter().any(of_theirs), "{:?} sends {text} to the customer", event.fact);
        }
        if let Fact::Noted { body } = &event.fact {
            let brought = texts(&seen.order.command, seen.id, &case.head.customer, &case.head.customer);
            let note = |brought: &talkback::Text| brought.id == *body && brought.kind == TextKind::Note;
            hold!(brought.iter().any(note), "a note whose words are not kept as one: {brought:?}");
        }
    }
    Ok(())
}

/// What the stores hold: each event and each snapshot reads back as it was, and the fold of what was
/// read back is the snapshot.
pub(crate) fn what_is_stored_reads_back(run: &Run) -> Result<(), String> {
    let mut events = Vec::new();
    for event in run.events() {
        let json = serde_json::to_string(event).map_err(|error| error.to_string())?;
        let back: Event = serde_json::from_str(&json).map_err(|error| format!("{error}: {json}"))?;
        hold!(back == *event, "{json} reads back as {back:?}");
        events.push(back);
    }
    let json = serde_json::to_string(&run.case).map_err(|error| error.to_string())?;
    let back: Option<Case> = serde_json::from_str(&json).map_err(|error| format!("{error}: {json}"))?;
    hold!(back == run.case, "{json} reads back as {back:?}");
    hold!(talkback::workflow::fold(&events) == back, "the fold of what was stored is another case");
    let time_is_nobodys = |event: &&Event| event.command.is_none() && event.by != Party::System;
    hold!(events.iter().find(time_is_nobodys).is_none(), "somebody did what time brought");
    let closed_early = back.is_some_and(|case| case.stage == Stage::Closed && case.closed.is_none());
    hold!(!closed_early, "closed without an end");
    Ok(())
}
