//! Policies to test with: lenient and tight, with every way of reopening, pausing and running from
//! another event.

use talkback::calendar::WorkingCalendar;
use talkback::policy::{
    Anchor, Extension, Ladder, LadderStep, Policy, PolicyBook, PolicySpec, ReopenResolve, Rule, Span, Target,
    Terms, When, WorkingHours,
};
use talkback::{DeadlineKind, FeedbackKind, Name, Priority};

pub(crate) fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

/// Monday to Friday, 09:00 to 17:00, in UTC, so that it can be had without the zones.
pub(crate) fn office() -> WorkingCalendar {
    WorkingCalendar::office("office").build().unwrap()
}

pub(crate) fn policy(id: &str, calendar: WorkingCalendar, rules: Vec<Rule>, terms: Terms) -> Policy {
    let spec = PolicySpec {
        id: name(id),
        version: 1,
        effective_from: None,
        calendar,
        sending_hours: None,
        rules,
        terms,
    };
    Policy::new(spec).unwrap()
}

/// Nobody reports that messages are sent, so that most tests can leave that out.
pub(crate) fn standard() -> Policy {
    let mut spec = PolicySpec::house_standard(office());
    spec.terms.dispatch_seconds = 0;
    Policy::new(spec).unwrap()
}

/// The same with other terms.
pub(crate) fn standard_with(change: impl FnOnce(&mut PolicySpec)) -> Policy {
    let mut spec = standard().spec().clone();
    change(&mut spec);
    Policy::new(spec).unwrap()
}

pub(crate) fn step(minutes: u32, role: &str) -> LadderStep {
    LadderStep { offset: WorkingHours::minutes(minutes), role: name(role) }
}

pub(crate) fn ladder(warn: &[u32], escalate: &[u32], repeat: Option<u32>) -> Ladder {
    Ladder {
        warn: warn.iter().map(|minutes| step(*minutes, "owner")).collect(),
        escalate: escalate.iter().map(|minutes| step(*minutes, "team-lead")).collect(),
        repeat: repeat.map(WorkingHours::minutes),
        accepted_for: WorkingHours::hours(2),
    }
}

/// Everything within hours, day and night, without grace.
pub(crate) fn tight() -> Policy {
    let minutes = |n| Target::within(Span::minutes(n));
    let rule = Rule::always()
        .target(DeadlineKind::Acknowledge, minutes(20))
        .target(DeadlineKind::Respond, minutes(60))
        .target(DeadlineKind::Update, minutes(180).pausable())
        .target(DeadlineKind::Resolve, minutes(480).pausable())
        .target(DeadlineKind::FollowUp, minutes(60))
        .target(DeadlineKind::Confirm, minutes(120))
        .target(DeadlineKind::Thank, minutes(90).soft())
        .target(DeadlineKind::Expire, minutes(300));
    let terms = Terms {
        grace_seconds: 0,
        follow_up_attempts: 1,
        reopen_within: Span::hours(12),
        reopen_resolve: ReopenResolve::Fresh,
        longest_wait: Span::hours(24),
        review_every: Span::hours(6),
        dispatch_seconds: 0,
        minimum_notice: WorkingHours::minutes(10),
        ladder: ladder(&[15, 5], &[0, 30], Some(60)),
        ..Terms::default()
    };
    policy("tight", WorkingCalendar::always(), vec![rule], terms)
}

/// Without a follow-up, a machine's acknowledgement or an end of the ladder's steps; a day of grace.
pub(crate) fn bare() -> Policy {
    let rule = Rule::always()
        .target(DeadlineKind::Acknowledge, Target::within(Span::working_hours(6)))
        .target(DeadlineKind::Respond, Target::within(Span::working_hours(12)))
        .target(
            DeadlineKind::Resolve,
            Target::within(Span::calendar_days(4))
                .extension(Extension::to(Span::calendar_days(9)).times(2).without_notice())
                .moot_if_resolved(Span::working_hours(3)),
        );
    let terms = Terms {
        grace_seconds: 86_400,
        skew_seconds: 7_200,
        follow_up_attempts: 0,
        reopen_resolve: ReopenResolve::FromStart,
        automatic_acknowledgement: false,
        dispatch_seconds: 0,
        ladder: ladder(&[], &[60], None),
        ..Terms::default()
    };
    policy("bare", office(), vec![rule], terms)
}

/// Resolve runs from the acknowledgement, the update from the hand-over; a rule for praise has less.
pub(crate) fn staged() -> Policy {
    let days = |n| Target::within(Span::working_days(n));
    let praise = Rule::when(When { kinds: vec![FeedbackKind::Praise], ..When::default() })
        .none(DeadlineKind::Resolve)
        .none(DeadlineKind::Update);
    let urgent = Rule::when(When { priorities: vec![Priority::Urgent], ..When::default() })
        .target(DeadlineKind::Respond, Target::within(Span::working_hours(1).min(Span::hours(20))))
        .target(DeadlineKind::Resolve, days(2).from(Anchor::HandedOver));
    let rest = Rule::always()
        .target(DeadlineKind::Acknowledge, days(5))
        .target(DeadlineKind::Respond, days(3))
        .target(DeadlineKind::Update, days(4).from(Anchor::HandedOver).pausable())
        .target(
            DeadlineKind::Resolve,
            days(10)
                .from(Anchor::Acknowledged)
                .pausable()
                .extension(Extension::by(Span::working_days(3)))
                .moot_if_resolved(Span::working_hours(4)),
        )
        .target(DeadlineKind::FollowUp, days(2))
        .target(DeadlineKind::Confirm, days(3))
        .target(DeadlineKind::Thank, days(1))
        .target(DeadlineKind::Expire, Target::within(Span::weeks(1)));
    let terms = Terms { dispatch_seconds: 0, ..Terms::default() };
    policy("staged", office(), vec![praise, urgent, rest], terms)
}

/// Pausable working hours and minima, and what was left after a reopening.
pub(crate) fn hourly() -> Policy {
    let hours = |n| Target::within(Span::working_hours(n));
    let rule = Rule::always()
        .target(DeadlineKind::Acknowledge, hours(1))
        .target(DeadlineKind::Respond, hours(4))
        .target(DeadlineKind::Update, hours(6).pausable())
        .target(
            DeadlineKind::Resolve,
            Target::within(Span::working_hours(20).min(Span::calendar_days(5))).pausable(),
        )
        .target(DeadlineKind::FollowUp, hours(3))
        .target(DeadlineKind::Confirm, hours(8))
        .target(DeadlineKind::Thank, hours(5))
        .target(DeadlineKind::Expire, hours(9));
    let terms = Terms {
        follow_up_attempts: 3,
        dispatch_seconds: 0,
        reopen_resolve: ReopenResolve::Remaining { floor: Span::working_hours(2) },
        ladder: ladder(&[60, 30], &[0, 60, 120], Some(240)),
        ..Terms::default()
    };
    policy("hourly", office(), vec![rule], terms)
}

/// The same for an application that reports what becomes of messages.
pub(crate) fn dispatching(policy: &Policy, within_seconds: u32) -> Policy {
    let mut spec = policy.spec().clone();
    spec.terms.dispatch_seconds = within_seconds;
    Policy::new(spec).unwrap()
}

/// Every one of them, newly opened cases under the first.
pub(crate) fn book() -> PolicyBook {
    let review = Policy::review_floor(office()).unwrap();
    let all = [
        dispatching(&standard(), 3_600),
        dispatching(&tight(), 600),
        bare(),
        dispatching(&staged(), 86_400),
        dispatching(&hourly(), 3_600),
        review,
    ];
    PolicyBook::new(name("house-standard"), all).unwrap()
}

/// The same policies with another calendar.
pub(crate) fn edited_book() -> PolicyBook {
    let calendar = WorkingCalendar::office("office").version(2).build().unwrap();
    let edit = |policy: &Policy| {
        Policy::new(PolicySpec { calendar: calendar.clone(), ..policy.spec().clone() }).unwrap()
    };
    PolicyBook::new(name("house-standard"), book().policies().iter().map(|policy| edit(policy))).unwrap()
}

/// The ids of the policies of [`book`].
pub(crate) const POLICIES: [&str; 6] =
    ["house-standard", "tight", "bare", "staged", "hourly", "review-floor"];

/// A book in which every policy is gone but one that is laxer than all of them: what an application
/// might be tempted to put in the place of the policies that it breaks.
pub(crate) fn lax_book() -> PolicyBook {
    let months = || Target::within(Span::months(2)).pausable();
    let rule = Rule::always()
        .target(DeadlineKind::Acknowledge, Target::within(Span::months(1)))
        .target(DeadlineKind::Respond, Target::within(Span::months(1)))
        .target(DeadlineKind::Resolve, months())
        .target(DeadlineKind::FollowUp, Target::within(Span::months(1)))
        .target(DeadlineKind::Confirm, Target::within(Span::months(1)));
    PolicyBook::single(policy("lax", office(), vec![rule], Terms::default()))
}
