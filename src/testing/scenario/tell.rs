//! What happens in a story, in sentences.

use chrono::{DateTime, Utc};

use super::Scenario;
use super::moment::{told, told_end};
use super::order::Step;
use crate::calendar::Zone;
use crate::case::{CloseReason, WaitingFor};
use crate::conversation::{Outbound, Party, Tone};
use crate::deadline::{Deadline, DeadlineChange, DeadlineId, DeadlineState, Excuse, MootReason, Promised};
use crate::feedback::Feedback;
use crate::id::CustomerId;
use crate::resolution::{Credited, Verdict};
use crate::words::Words;
use crate::workflow::{BreachCause, Command, ContactChange, Event, Fact};

/// `Mon 23 Nov 2026 10:15  ann replies: "We look into it."`
pub(super) fn order(zone: &Zone, step: &Step) -> String {
    let who = match &step.actor.party {
        Party::Customer(customer) if *customer != CustomerId::of_case(Scenario::case_id()) => {
            format!("the customer {customer}")
        }
        Party::Customer(_) => "the customer".to_owned(),
        Party::Staff(staff) => staff.to_string(),
        Party::System if matches!(step.command, Command::Tick) => "time".to_owned(),
        Party::System => "a machine of ours".to_owned(),
        Party::ThirdParty(name) => name.to_string(),
    };
    let happened = match step.occurred_at {
        Some(at) => format!(" (which happened {})", told(zone, at)),
        None => String::new(),
    };
    let what = command(zone, &step.command, step.actor.party.is_staff());
    format!("{}  {who} {what}{happened}", told(zone, step.now))
}

fn command(zone: &Zone, command: &Command, staff: bool) -> String {
    match command {
        Command::Open(open) => feedback(&open.feedback),
        Command::Invite(invite) => format!("asks for feedback{}", said(&invite.question)),
        Command::Acknowledge(message) => format!("acknowledges{}", said(message)),
        Command::CustomerWrote(wrote) => {
            let who = if staff { "takes a message of the customer" } else { "writes" };
            let tone = match (wrote.automatic, wrote.tone) {
                (true, _) => " by machine",
                (_, Tone::Dispute) => ", disputing",
                _ => "",
            };
            format!("{who}{tone}{}", quoted(&wrote.body))
        }
        Command::Reply(message) => format!("replies{}", said(message)),
        Command::Note(words) => format!("makes a note{}", quoted(words)),
        Command::Assign(assign) => {
            let owner = assign.owner.iter().map(ToString::to_string);
            let team = assign.team.iter().map(|team| format!("the team {team}"));
            format!("puts {} in charge", owner.chain(team).collect::<Vec<_>>().join(" and "))
        }
        Command::Classify(_) => "corrects what it is".to_owned(),
        Command::Await(wait) => {
            let who = match wait.who {
                WaitingFor::Customer => "the customer",
                WaitingFor::ThirdParty => "somebody else",
            };
            format!("waits for {who} until {}{}", told(zone, wait.until), quoted(&wait.reason))
        }
        Command::Resume => "ends the wait".to_owned(),
        Command::Resolve(resolve) => {
            let told = resolve.message.as_ref().map_or(", telling nobody".to_owned(), said);
            format!("resolves it as {}{told}", resolve.resolution.outcome)
        }
        Command::FollowUp(message) => format!("asks whether it helped{}", said(message)),
        Command::RecordAnswer(answer) => {
            let words = answer.words.as_ref().map(quoted).unwrap_or_default();
            let verdict = match answer.satisfaction.verdict {
                Verdict::Satisfied => "is satisfied",
                Verdict::Neutral => "is neither satisfied nor not",
                Verdict::Unsatisfied => "is not satisfied",
                Verdict::Disputed => "does not accept it",
            };
            format!("{} {verdict}{words}", if staff { "records that the customer" } else { "answers:" })
        }
        Command::NoActionNeeded => "says that no action is needed".to_owned(),
        Command::Promise(promise) => {
            let what = match &promise.what {
                Promised::Answer => "an answer".to_owned(),
                Promised::Resolution => "a resolution".to_owned(),
                Promised::Action(code) => format!("a {code}"),
            };
            format!("promises {what} by {}", told_end(zone, promise.by))
        }
        Command::Fulfil(id) => format!("has kept the {}", deadline(*id)),
        Command::Close(close) => {
            let words = close.words.as_ref().map(quoted).unwrap_or_default();
            let message = close.message.as_ref().map(said).unwrap_or_default();
            format!("closes it as {}{message}{words}", reason(&close.reason))
        }
        Command::Reopen(words) => format!("takes it up again{}", quoted(words)),
        Command::Withdraw(withdraw) => {
            let what = if withdraw.leaving { "leaves" } else { "takes the matter back" };
            format!("{what} ({})", withdraw.exit.why)
        }
        Command::Credit(credit) => match &credit.to {
            Credited::Staff(staff) => format!("credits {staff}"),
            Credited::Team(team) => format!("credits the team {team}"),
        },
        Command::RecordThanked(id) => format!("records that the {} was passed on", deadline(*id)),
        Command::RecordUnreachable(words) => format!("reaches nobody{}", quoted(words)),
        Command::AcceptEscalation(id) => format!("takes the missed {} on", deadline(*id)),
        Command::Excuse(id, words) => format!("excuses the missed {}{}", deadline(*id), quoted(words)),
        Command::Waive(id, words) => format!("gives the {} up{}", deadline(*id), quoted(words)),
        Command::Extend(extend) => {
            let message = extend.message.as_ref().map(said).unwrap_or_default();
            format!("extends the {}{message}{}", deadline(extend.deadline), quoted(&extend.reason))
        }
        Command::RecordDelivery(delivery) => format!("reports of a message: {}", delivery.result),
        Command::Retarget(retarget) => {
            let policy = retarget.policy.iter().map(|policy| format!("the policy {policy}"));
            let priority =
                retarget.priority.iter().map(|priority| format!("the priority {}", priority.as_str()));
            let what: Vec<_> = policy.chain(priority).collect();
            format!("gives it {}{}", what.join(" and "), quoted(&retarget.reason))
        }
        Command::Recalculate(words) => format!("has it computed anew{}", quoted(words)),
        Command::Merge(merge) => {
            let message = merge.message.as_ref().map(|_| ", telling the customer").unwrap_or_default();
            format!("merges it into another case{message}{}", quoted(&merge.reason))
        }
        Command::Split(split) => format!("makes a message a case of its own{}", quoted(&split.reason)),
        Command::RecordExit(exit) => format!("says why they left: {}", exit.exit.why),
        Command::ChangeContact(change) => match change.change {
            ContactChange::Add(_) => "adds a contact".to_owned(),
            ContactChange::Correct(..) => "corrects a contact".to_owned(),
            ContactChange::Remove(_) => "removes a contact".to_owned(),
        },
        Command::Tick => "passes".to_owned(),
        #[allow(unreachable_patterns, reason = "a command that is told as plainly as it can be")]
        other => format!("orders: {}", other.kind()),
    }
}

fn feedback(feedback: &Feedback) -> String {
    let words = feedback.body.as_ref().or(feedback.subject.as_ref());
    let at = if feedback.automatic { " of a machine" } else { "" };
    format!("brings a {}{at} by {}{}", feedback.kind, feedback.channel, words.map(quoted).unwrap_or_default())
}

fn reason(reason: &CloseReason) -> String {
    match reason {
        CloseReason::Referred(to) => format!("referred to {to}"),
        other => other.as_str().to_owned(),
    }
}

fn said(message: &Outbound) -> String {
    quoted(&message.body)
}

fn quoted(words: &Words) -> String {
    if words.is_blank() { ", without a word".to_owned() } else { format!(": {:?}", words.as_str()) }
}

/// `respond`, or `respond no. 2 of cycle 3`.
pub(super) fn deadline(id: DeadlineId) -> String {
    let mut name = id.kind.to_string();
    if id.n > 1 {
        name.push_str(&format!(" no. {}", id.n));
    }
    if id.cycle > 1 {
        name.push_str(&format!(" of cycle {}", id.cycle));
    }
    name
}

/// How a deadline stands: `respond is due by the end of Wed 25 Nov 2026`.
pub(super) fn standing(zone: &Zone, deadline: &Deadline) -> String {
    let (name, due) = (self::deadline(deadline.id), told_end(zone, deadline.due));
    match &deadline.state {
        DeadlineState::Running if deadline.provisional => format!("{name} is due by {due} at the latest"),
        DeadlineState::Running if deadline.id.kind.is_owed() => format!("{name} is due by {due}"),
        DeadlineState::Running => format!("{name} runs until {due}"),
        DeadlineState::Paused { .. } => format!("{name} stands still"),
        DeadlineState::Breached => format!("{name} was missed at {due} and is still owed"),
    }
}

/// What came of an order, a sentence each.
pub(super) fn consequences(zone: &Zone, step: &Step) -> Vec<String> {
    if let Some(refusal) = &step.refusal {
        return vec![format!("refused: {refusal}")];
    }
    let mut told_of = Vec::new();
    let mut by_order = 0;
    for event in &step.events {
        by_order += usize::from(event.command.is_some());
        // The order itself has been told; what came with it has not.
        let own = event.command.is_some() && by_order == 1;
        if !own && let Some(sentence) = fact(zone, event, step.now) {
            told_of.push(sentence);
        }
        told_of.extend(event.changes.iter().filter_map(|change| self::change(zone, step, event, change)));
    }
    if let (Some(before), Some(after)) = (&step.before, &step.after)
        && before.stage != after.stage
    {
        told_of.push(format!("the case is now {}", after.stage));
    }
    told_of
}

fn fact(zone: &Zone, event: &Event, now: DateTime<Utc>) -> Option<String> {
    let at = told_end(zone, event.occurred_at);
    Some(match &event.fact {
        Fact::Breached { deadline, cause } => {
            let why = match cause {
                BreachCause::TimeRanOut => "",
                BreachCause::LateIntake => ", before we heard of it",
                BreachCause::DoneLate => ", and done too late",
                BreachCause::Undelivered => ", because the message did not arrive",
                BreachCause::CameMerged => ", in the case that was merged into this one",
                #[allow(unreachable_patterns, reason = "a cause that needs no words")]
                _ => "",
            };
            format!("{} was missed at {at}{why}", self::deadline(*deadline))
        }
        Fact::Lapsed { deadline } => format!("{} is over since {at}", self::deadline(*deadline)),
        Fact::Escalated { deadline, warning, role, .. } => {
            let what = if *warning { "is warned that it comes near" } else { "is told that it was missed" };
            format!("{}: {role} {what} ({at})", self::deadline(*deadline))
        }
        other if event.occurred_at == now => other.to_string(),
        other => format!("{other} ({at})"),
    })
}

fn change(zone: &Zone, step: &Step, event: &Event, change: &DeadlineChange) -> Option<String> {
    let missed = |id: &DeadlineId| {
        step.after
            .as_ref()
            .is_some_and(|case| case.deadlines.breaches().iter().any(|breach| breach.id == *id))
    };
    Some(match change {
        DeadlineChange::Set(deadline) => standing(zone, deadline),
        DeadlineChange::Met { id, .. } if missed(id) => format!("{} was done after all", deadline(*id)),
        DeadlineChange::Met { id, .. } => format!("{} was met", deadline(*id)),
        DeadlineChange::Breached { id, due, .. } if !matches!(event.fact, Fact::Breached { .. }) => {
            format!("{} was missed at {}", deadline(*id), told_end(zone, *due))
        }
        DeadlineChange::Paused { id, .. } => format!("{} stands still", deadline(*id)),
        DeadlineChange::Moved { id, due, .. } => {
            format!("{} is now due by {}", deadline(*id), told_end(zone, *due))
        }
        DeadlineChange::Accepted { id, until, .. } => {
            format!("{}: nobody else is told until {}", deadline(*id), told(zone, *until))
        }
        DeadlineChange::Waived { id, .. } => format!("{} was given up", deadline(*id)),
        DeadlineChange::Superseded { id, by } => {
            format!("{} was replaced by {}", deadline(*id), deadline(*by))
        }
        DeadlineChange::Rearmed { deadline, .. } => format!("again: {}", standing(zone, deadline)),
        DeadlineChange::Retargeted { deadline, old_due } => {
            format!("{}, and not {} as before", standing(zone, deadline), told_end(zone, *old_due))
        }
        DeadlineChange::Moot { id, reason, .. } => format!("{} is moot: {}", deadline(*id), moot(*reason)),
        DeadlineChange::Excused { id, why } => {
            let why = match why {
                Excuse::DoneInTime => "it was done in time",
                Excuse::Stated => "somebody said why",
            };
            format!("that {} was missed is excused: {why}", deadline(*id))
        }
        _ => return None,
    })
}

const fn moot(reason: MootReason) -> &'static str {
    match reason {
        MootReason::Closed => "the case is closed",
        MootReason::Automatic => "a machine wrote",
        MootReason::Unreachable => "nobody can be reached",
        MootReason::TimeUnknown => "nobody knows when it happened",
        MootReason::NothingToAnswer => "nothing is left to answer",
        MootReason::Overtaken => "the case went on without it",
        MootReason::ResolvedEarly => "it was resolved so early",
        MootReason::Undelivered => "a message did not arrive",
        MootReason::NoTarget => "the policy asks for no such thing",
        #[allow(unreachable_patterns, reason = "a reason that needs no words")]
        _ => "it has no sense any more",
    }
}

/// `never`, `once`, `twice`, `3 times`.
pub(super) fn times(n: u32) -> String {
    match n {
        0 => "never".to_owned(),
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        n => format!("{n} times"),
    }
}
