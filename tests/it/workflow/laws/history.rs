//! Laws of the ledger: folding, versions, times, refusals, notices.

use std::collections::BTreeSet;

use talkback::workflow::{CommandKind, Missing, NoticeKind, Rule};
use talkback::{Case, DeadlineKind, Delivery, Event, ExitReason, Fact, Party, Stage};

use super::{Run, hold};

pub(crate) fn law_01_the_fold_is_the_snapshot(run: &Run) -> Result<(), String> {
    for (n, step) in run.steps.iter().enumerate() {
        let (folded, stored) = (format!("{:#?}", step.folded), format!("{:#?}", step.after));
        let apart = folded.lines().zip(stored.lines()).find(|(a, b)| a != b);
        hold!(step.folded == step.after, "step {n}: the fold is not the snapshot: {apart:?}");
    }
    Ok(())
}

pub(crate) fn law_03_equal_in_equal_out(run: &Run) -> Result<(), String> {
    for (n, step) in run.steps.iter().enumerate() {
        hold!(step.outcome == step.again, "step {n}: {:?}\nthen {:?}", step.outcome, step.again);
    }
    Ok(())
}

pub(crate) fn law_07_no_gap_and_no_way_back(run: &Run) -> Result<(), String> {
    for (n, step) in run.steps.iter().enumerate() {
        let before = step.before.as_ref();
        let mut version = before.map_or(0, |case| case.version);
        let recorded = before.map_or(step.order.now, |case| step.order.now.max(case.updated_at));
        for event in step.events() {
            version += 1;
            hold!(event.version == version, "step {n}: version {} is not {version}", event.version);
            let at = event.recorded_at;
            hold!(at == recorded, "step {n}, version {version}: recorded {at} instead of {recorded}");
        }
        let stored = step.after.as_ref().map_or(0, |case| case.version);
        hold!(stored == version, "step {n}: the snapshot has version {stored} instead of {version}");
    }
    Ok(())
}

pub(crate) fn law_10_refused_means_unchanged(run: &Run) -> Result<(), String> {
    for (n, step) in run.steps.iter().enumerate() {
        let kind = step.order.command.kind();
        let possible =
            step.caught_up.as_ref().map(|case| case.legal_commands(&step.order.actor)).unwrap_or_default();
        let refused = match &step.outcome {
            Ok(_) => {
                let begins = step.before.is_none() || kind == CommandKind::Tick;
                let expected = begins || possible.contains(&kind);
                hold!(expected, "step {n}: {kind:?} was accepted but is not among {possible:?}");
                continue;
            }
            Err(refused) => refused,
        };
        hold!(step.after == step.before, "step {n}: refused, and yet the case changed");
        let stage = step.caught_up.as_ref().map(|case| case.stage);
        hold!(refused.command == kind, "step {n}: the refusal is about {:?}", refused.command);
        hold!(refused.stage == stage, "step {n}: refused in {:?}, but it is {stage:?}", refused.stage);
        let others: Vec<_> = possible.into_iter().filter(|other| *other != kind).collect();
        hold!(refused.legal == others, "step {n}: {:?} instead of {others:?}", refused.legal);
        let sentence = refused.to_string();
        let one = sentence.starts_with(&format!("cannot {kind}")) && !sentence.contains(['\n', '"', '{']);
        hold!(one, "step {n}: no sentence: {sentence}");
        let words_missing = refused.missing.contains(&Missing::Reason) || !refused.missing.is_empty();
        hold!(refused.rule != Rule::InSilence || words_missing, "step {n}: {sentence} does not say what");
    }
    Ok(())
}

/// What an event calls for, written down a second time.
fn called_for(case: &Case, event: &Event) -> Vec<NoticeKind> {
    let mut kinds = Vec::new();
    if event.fact.said().is_some_and(|said| !said.delivered) {
        kinds.extend(std::iter::repeat_n(NoticeKind::Message, 1 + case.involved.len()));
    }
    let reachable = case.head.contact != talkback::ContactKind::Nowhere && !case.unreachable;
    match &event.fact {
        Fact::Closed { closed, needed_nothing, .. }
            if closed.exit.as_ref().is_some_and(|exit| exit.why == ExitReason::NotSaid)
                && !needed_nothing
                && reachable =>
        {
            kinds.push(NoticeKind::AskWhy);
        }
        Fact::Credited { .. } => kinds.push(NoticeKind::Thanks),
        Fact::Escalated { warning: true, .. } => kinds.push(NoticeKind::Warning),
        Fact::Escalated { .. } => kinds.push(NoticeKind::Escalation),
        Fact::Lapsed { deadline } if deadline.kind == DeadlineKind::Review => kinds.push(NoticeKind::Review),
        Fact::Delivery { result: Delivery::Failed, .. } => kinds.push(NoticeKind::Undelivered),
        _ => {}
    }
    kinds
}

pub(crate) fn law_12_a_notice_iff_its_event(run: &Run) -> Result<(), String> {
    let mut ids = BTreeSet::new();
    for (n, step) in run.steps.iter().enumerate() {
        let Some(case) = &step.after else { continue };
        for (event, notices) in step.events().iter().zip(&step.notices) {
            let kinds: Vec<_> = notices.iter().map(|notice| notice.kind).collect();
            let expected = called_for(case, event);
            hold!(kinds == expected, "step {n}: {:?} gave {kinds:?}, not {expected:?}", event.fact);
            for notice in notices {
                hold!(ids.insert(notice.id), "step {n}: notice {:?} comes twice", notice.id);
                let belongs = notice.id.version == event.version && notice.at >= event.recorded_at;
                hold!(belongs, "step {n}: notice {:?} belongs to another event", notice.id);
            }
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
