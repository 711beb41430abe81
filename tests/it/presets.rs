//! Presets: the data, the fixtures of each rule, and what they do to a case.

use talkback::calendar::{CalendarBuilder, WorkingCalendar};
use talkback::policy::presets::{Confidence, Details, Preset, table};
use talkback::policy::{
    Anchor, ExtensionLength, Facts, Milestones, PolicyProblem, PolicySpec, Preview, Span, Target,
};
use talkback::workflow::{Assign, Await, Extend, Resolve, Rule};
use talkback::*;

use crate::calendar::{date, utc};
use crate::play::{Play, say};

fn office(zone: &str, holidays: &[&str]) -> WorkingCalendar {
    let days = |builder: CalendarBuilder, day: &&str| builder.holiday(date(day), "holiday");
    holidays.iter().fold(WorkingCalendar::office("test").zone(zone), days).build().unwrap()
}

fn policy(id: &str, variant: Option<&str>, calendar: WorkingCalendar) -> Policy {
    Preset::by_id(id).unwrap().policy(calendar, variant).unwrap()
}

/// What a policy sets for an ordinary complaint by e-mail.
pub(crate) fn previews(policy: &Policy, milestones: &Milestones) -> Vec<Preview> {
    let tenant = TenantId::single();
    let facts = Facts {
        tenant: &tenant,
        kind: &FeedbackKind::Complaint,
        priority: Priority::Normal,
        channel: &Channel::Email,
        labels: &[],
        rating: None,
    };
    policy.preview(&facts, milestones).unwrap()
}

fn preview(policy: &Policy, kind: DeadlineKind, milestones: &Milestones) -> Preview {
    previews(policy, milestones).into_iter().find(|preview| preview.kind == kind).unwrap()
}

#[track_caller]
fn due(
    id: &str,
    variant: Option<&str>,
    calendar: &WorkingCalendar,
    kind: DeadlineKind,
    received: &str,
    expected: (&str, &str),
) {
    let policy = policy(id, variant, calendar.clone());
    let found = preview(&policy, kind, &Milestones::received(utc(received)));
    assert_eq!((found.due, found.last_day), (utc(expected.0), date(expected.1)), "{id} {kind}");
    // What the workflow sets for such a case is the same.
    let play = Play::opened(policy, received);
    assert_eq!(play.deadline(kind).due, utc(expected.0), "{id} {kind} in the workflow");
    assert_eq!(play.deadline(kind).provisional, found.provisional, "{id} {kind} in the workflow");
}

use DeadlineKind::{Acknowledge, FollowUp, Resolve as Final, Respond, Update};

#[test]
fn united_kingdom() {
    let london = office("Europe/London", &["2026-04-03", "2026-04-06", "2026-05-25"]);
    due("uk-fca-disp", None, &london, Final, "2026-03-05T16:40:00Z", ("2026-04-30T23:00:00Z", "2026-04-30"));
    let at = "2026-04-02T11:00:00+01:00";
    due("uk-fca-src", None, &london, Final, at, ("2026-04-09T17:00:00+01:00", "2026-04-09"));
    due("uk-fca-psd", None, &london, Final, at, ("2026-04-28T00:00:00+01:00", "2026-04-27"));
    let at = "2026-05-20T09:15:00+01:00";
    for id in ["uk-housing", "uk-lgsco"] {
        due(id, None, &london, Acknowledge, at, ("2026-05-29T00:00:00+01:00", "2026-05-28"));
        due(id, None, &london, Final, at, ("2026-06-12T00:00:00+01:00", "2026-06-11"));
        due(id, Some("stage-2"), &london, Final, at, ("2026-06-26T00:00:00+01:00", "2026-06-25"));
    }
    let at = "2026-04-03T08:00:00+01:00";
    due("uk-nhs", None, &london, Acknowledge, at, ("2026-04-10T00:00:00+01:00", "2026-04-09"));
    due("uk-nhs", None, &london, Final, at, ("2026-10-03T00:00:00+01:00", "2026-10-02"));
    let at = "2026-04-09T12:00:00+01:00";
    due("uk-ofcom", None, &london, Final, at, ("2026-05-22T00:00:00+01:00", "2026-05-21"));
    due("gb-ofgem", None, &london, Final, at, ("2026-06-05T00:00:00+01:00", "2026-06-04"));
}

#[test]
fn united_states() {
    let chicago = office("America/Chicago", &["2026-02-16"]);
    let at = "2026-02-14T23:50:00-06:00";
    for (variant, expected) in [
        (None, ("2026-03-03T00:00:00-06:00", "2026-03-02")),
        (Some("default"), ("2026-03-03T00:00:00-06:00", "2026-03-02")),
        (Some("credited"), ("2026-04-01T00:00:00-05:00", "2026-03-31")),
        (Some("new-account"), ("2026-03-17T00:00:00-05:00", "2026-03-16")),
        (Some("pos-foreign"), ("2026-05-16T00:00:00-05:00", "2026-05-15")),
    ] {
        due("us-reg-e", variant, &chicago, Final, at, expected);
    }
    let york = office("America/New_York", &["2026-01-19"]);
    let at = "2026-06-01T09:00:00-04:00";
    due("us-cfpb", None, &york, Final, at, ("2026-06-17T00:00:00-04:00", "2026-06-16"));
    let at = "2026-03-01T12:00:00-05:00";
    due("us-dot-air", None, &york, Acknowledge, at, ("2026-04-01T00:00:00-04:00", "2026-03-31"));
    due("us-dot-air", None, &york, Final, at, ("2026-05-01T00:00:00-04:00", "2026-04-30"));
    due("us-reg-z", None, &york, Acknowledge, at, ("2026-04-01T00:00:00-04:00", "2026-03-31"));
    due("us-reg-z", None, &york, Final, at, ("2026-05-02T00:00:00-04:00", "2026-05-01"));
    due("us-ca-ccpa", None, &york, Acknowledge, at, ("2026-03-14T00:00:00-04:00", "2026-03-13"));
    due("us-ca-ccpa", None, &york, Final, at, ("2026-04-16T00:00:00-04:00", "2026-04-15"));
    let at = "2026-01-12T12:00:00-05:00";
    due("us-reg-x", None, &york, Acknowledge, at, ("2026-01-21T00:00:00-05:00", "2026-01-20"));
    due("us-reg-x", None, &york, Final, at, ("2026-02-25T00:00:00-05:00", "2026-02-24"));
    due("us-reg-x", Some("payoff"), &york, Final, at, ("2026-01-23T00:00:00-05:00", "2026-01-22"));
}

#[test]
fn elsewhere() {
    let brussels = office("Europe/Brussels", &["2026-04-06"]);
    let at = "2026-03-05T10:00:00+01:00";
    due("eu-gdpr-12", None, &brussels, Final, at, ("2026-04-08T00:00:00+02:00", "2026-04-07"));
    let dublin = office("Europe/Dublin", &[]);
    due("ie-cpc", None, &dublin, Acknowledge, at, ("2026-03-13T00:00:00Z", "2026-03-12"));
    due("ie-cpc", None, &dublin, Update, at, ("2026-04-03T00:00:00+01:00", "2026-04-02"));
    due("ie-cpc", None, &dublin, Final, at, ("2026-05-01T00:00:00+01:00", "2026-04-30"));
    let sydney = office("Australia/Sydney", &[]);
    let at = "2026-03-06T10:00:00+11:00";
    due("au-rg271", None, &sydney, Acknowledge, at, ("2026-03-07T10:00:00+11:00", "2026-03-07"));
    let one_day = ("2026-03-10T00:00:00+11:00", "2026-03-09");
    due("au-rg271", Some("acknowledge-1bd"), &sydney, Acknowledge, at, one_day);
    due("au-rg271", None, &sydney, Final, at, ("2026-04-06T00:00:00+10:00", "2026-04-05"));
    due("au-rg271", Some("superannuation"), &sydney, Final, at, ("2026-04-21T00:00:00+10:00", "2026-04-20"));
    due("au-rg271", Some("hardship"), &sydney, Final, at, ("2026-03-28T00:00:00+11:00", "2026-03-27"));
    let toronto = office("America/Toronto", &[]);
    let at = "2026-01-05T10:00:00-05:00";
    due("ca-bank", None, &toronto, Final, at, ("2026-03-03T00:00:00-05:00", "2026-03-02"));
    let delhi = office("Asia/Kolkata", &[]);
    let at = "2026-08-14T19:00:00+05:30";
    due("in-ecom", None, &delhi, Acknowledge, at, ("2026-08-16T19:00:00+05:30", "2026-08-16"));
    due("in-ecom", None, &delhi, Final, at, ("2026-09-15T00:00:00+05:30", "2026-09-14"));
    due("in-it", None, &delhi, Acknowledge, at, ("2026-08-15T19:00:00+05:30", "2026-08-15"));
    due("in-it", None, &delhi, Final, at, ("2026-08-30T00:00:00+05:30", "2026-08-29"));
    due("in-trai", None, &delhi, Final, at, ("2026-08-18T00:00:00+05:30", "2026-08-17"));
    due("in-rbi", None, &delhi, Final, at, ("2026-09-14T00:00:00+05:30", "2026-09-13"));
}

#[test]
fn houses() {
    let utc_office = office("UTC", &[]);
    let at = "2026-11-20T16:00:00Z";
    due("house-standard", None, &utc_office, Acknowledge, at, ("2026-11-23T12:00:00Z", "2026-11-23"));
    due("house-urgent", None, &utc_office, Acknowledge, at, ("2026-11-20T17:00:00Z", "2026-11-20"));
    due("house-urgent", None, &utc_office, Final, at, ("2026-11-24T00:00:00Z", "2026-11-23"));
    due("nps-inner-loop", None, &utc_office, Respond, at, ("2026-11-22T16:00:00Z", "2026-11-22"));
    let urgent = policy("house-urgent", None, utc_office.clone());
    let answered = Milestones::received(utc(at)).with(Anchor::FinalAnswerSent, utc("2026-11-20T16:30:00Z"));
    let follow_up = preview(&urgent, FollowUp, &answered);
    assert_eq!((follow_up.last_day, follow_up.provisional), (date("2026-11-23"), false));
    assert!(preview(&urgent, FollowUp, &Milestones::received(utc(at))).provisional);
    // The goals of a house are said once, whichever way they are asked for.
    assert_eq!(
        policy("house-standard", None, utc_office.clone()),
        Policy::house_standard(utc_office).unwrap()
    );
}

#[test]
fn a_rule_that_changed_has_two_versions() {
    let ofcom = Preset::by_id("uk-ofcom").unwrap();
    assert_eq!(ofcom.versions().unwrap().len(), 2);
    let base = PolicySpec::house_standard(office("Europe/London", &[]));
    let book =
        PolicyBook::new("uk-ofcom".parse().unwrap(), ofcom.policies_over(&base, None).unwrap()).unwrap();
    for (received, version, last_day) in
        [("2026-04-07T23:59:00+01:00", 1, "2026-06-02"), ("2026-04-08T00:00:00+01:00", 2, "2026-05-20")]
    {
        let policy = book.opening(None, utc(received)).unwrap();
        let found = preview(policy, Final, &Milestones::received(utc(received)));
        assert_eq!((policy.version(), found.last_day), (version, date(last_day)));
    }
}

#[test]
fn housing_runs_from_the_acknowledgement_and_may_be_extended_once() {
    let london = office("Europe/London", &["2026-05-25"]);
    let mut play = Play::opened(policy("uk-housing", None, london), "2026-05-20T09:15:00+01:00");
    let id = play.deadline(Final).id;
    let letter = || talkback::Outbound { delivered: false, ..say("It takes ten days longer, because …") };
    let extend = || Extend::telling(id, "The surveyor is ill.", letter());
    assert_eq!(play.deadline(Final).due, utc("2026-06-12T00:00:00+01:00"));
    assert_eq!(
        play.staff("2026-05-21T09:00:00+01:00", extend()).unwrap_err().rule,
        Rule::NotRunning,
        "before it is acknowledged there is no due time to extend"
    );
    play.staff("2026-05-26T15:00:00+01:00", Command::Acknowledge(say("We heard you."))).unwrap();
    let answer = play.deadline(Final);
    assert_eq!((answer.due, answer.provisional), (utc("2026-06-10T00:00:00+01:00"), false));
    assert_eq!(answer.step, Some("stage 1 answer".parse().unwrap()));

    let silent = play.staff("2026-06-01T09:00:00+01:00", Extend::untold(id, "The surveyor is ill."));
    assert_eq!(silent.unwrap_err().rule, Rule::ExtendedInSilence);
    let without_reason = play.staff("2026-06-01T09:00:00+01:00", Extend::telling(id, " ", say("later")));
    assert_eq!(without_reason.unwrap_err().rule, Rule::NoWords);
    let until = extend().until(utc("2027-01-01T00:00:00Z"));
    assert_eq!(play.staff("2026-06-01T09:00:00+01:00", until).unwrap_err().rule, Rule::OtherLength);
    let customer = play.customer("2026-06-01T09:00:00+01:00", extend());
    assert_eq!(customer.unwrap_err().rule, Rule::NotForCustomers);

    play.staff("2026-06-01T09:00:00+01:00", extend()).unwrap();
    assert_eq!(play.deadline(Final).due, utc("2026-06-24T00:00:00+01:00"), "the end of Tuesday 23 June");
    let told = workflow::owed(play.case(), play.events.last().unwrap());
    assert_eq!(told[0].kind, workflow::NoticeKind::Message, "the customer hears of it");
    let again = play.staff("2026-06-02T09:00:00+01:00", extend()).unwrap_err();
    assert_eq!(again.rule, Rule::ExtensionsUsedUp);
    assert!(again.to_string().starts_with("cannot extend while the case is in-progress: it was extended"));
    let explained = play.book.explain(play.case()).to_string();
    assert!(explained.contains("It was extended (once by 10 working days"), "{explained}");
    assert!(explained.contains("Due by the end of Tue 23 Jun 2026"), "{explained}");
}

#[test]
fn an_extension_comes_before_the_due_time_has_passed() {
    let york = || office("America/New_York", &["2026-01-19"]);
    let received = "2026-01-12T12:00:00-05:00";
    let acknowledged = || {
        let mut play = Play::opened(policy("us-reg-x", None, york()), received);
        play.staff("2026-01-13T12:00:00-05:00", Command::Acknowledge(say("We heard you."))).unwrap();
        let id = play.deadline(Final).id;
        (play, Extend::telling(id, "The archive answers late.", say("We need fifteen days more.")))
    };
    // Thirty days without weekends and the holiday: Tuesday 24 February.
    let (mut play, extend) = acknowledged();
    play.staff("2026-02-24T23:59:00-05:00", extend).unwrap();
    assert_eq!(play.deadline(Final).due, utc("2026-03-18T00:00:00-04:00"));
    // Within the grace for what is recorded late, yet after day 30: too late all the same.
    for late in ["2026-02-25T00:01:00-05:00", "2026-02-25T09:00:00-05:00"] {
        let (mut play, extend) = acknowledged();
        assert_eq!(play.staff(late, extend).unwrap_err().rule, Rule::TooLateToExtend, "{late}");
    }
    let mut play = Play::opened(policy("us-reg-x", Some("payoff"), york()), received);
    let extend = Extend::telling(play.deadline(Final).id, "slow", say("later"));
    assert_eq!(play.staff("2026-01-13T12:00:00-05:00", extend).unwrap_err().rule, Rule::NotExtendable);
}

#[test]
fn an_extension_to_a_total_counts_from_the_receipt() {
    let extended = |id: &str, calendar, received: &str, at: &str| {
        let mut play = Play::opened(policy(id, None, calendar), received);
        play.staff(at, Assign { owner: Some(StaffId::new("kim").unwrap()), team: None }).unwrap();
        let resolve = play.deadline(Final).id;
        play.staff(at, Extend::telling(resolve, "It is complex.", say("We need longer."))).unwrap();
        play.deadline(Final).due
    };
    let brussels = office("Europe/Brussels", &["2026-04-06"]);
    // Inside the rolled first month; the third month does not count from the day it rolled to.
    let due = extended("eu-gdpr-12", brussels, "2026-03-05T10:00:00+01:00", "2026-04-07T10:00:00+02:00");
    assert_eq!(due, utc("2026-06-06T00:00:00+02:00"), "Friday 5 June");
    let york = office("America/New_York", &[]);
    let due = extended("us-cfpb", york, "2026-06-01T09:00:00-04:00", "2026-06-01T09:00:00-04:00");
    assert_eq!(due, utc("2026-08-01T00:00:00-04:00"));
    let london = office("Europe/London", &["2026-04-03", "2026-04-06", "2026-05-04", "2026-05-25"]);
    let due = extended("uk-fca-psd", london, "2026-04-02T11:00:00+01:00", "2026-04-20T11:00:00+01:00");
    assert_eq!(due, utc("2026-05-28T00:00:00+01:00"), "the 35th working day");
}

#[test]
fn a_longer_time_is_agreed_before_the_first_ends() {
    let mut play =
        Play::opened(policy("uk-nhs", None, office("Europe/London", &[])), "2026-04-03T08:00:00+01:00");
    let extend = Extend::telling(play.deadline(Final).id, "A witness is abroad.", say("As agreed: …"));
    let at = "2026-09-01T10:00:00+01:00";
    assert_eq!(play.staff(at, extend.clone()).unwrap_err().rule, Rule::OtherLength);
    let earlier = extend.clone().until(utc("2026-09-02T10:00:00+01:00"));
    assert_eq!(play.staff(at, earlier).unwrap_err().rule, Rule::OtherLength);
    for until in ["2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z"] {
        play.staff(at, extend.clone().until(utc(until))).unwrap();
        assert_eq!(play.deadline(Final).due, utc(until));
    }
}

#[test]
fn an_early_correction_owes_nothing_more() {
    let york = || office("America/New_York", &["2026-01-19"]);
    let fixed = || Resolve::telling(Resolution::new(Outcome::Fixed), say("Corrected. We are sorry."));
    let received = "2026-01-12T12:00:00-05:00";
    let mut early = Play::opened(policy("us-reg-x", None, york()), received);
    early.staff("2026-01-16T16:00:00-05:00", fixed()).unwrap();
    for kind in [Acknowledge, Final] {
        let tally = early.case().deadlines.tally(kind);
        assert_eq!((tally.moot, tally.met, tally.breached), (1, 0, 0), "{kind} on the fourth day");
    }
    let mut late = Play::opened(policy("us-reg-x", None, york()), received);
    late.staff("2026-01-21T16:00:00-05:00", fixed()).unwrap();
    let tally = |play: &Play, kind| play.case().deadlines.tally(kind);
    assert_eq!((tally(&late, Acknowledge).breached, tally(&late, Final).met), (1, 1), "on the sixth day");
    // A refusal is no correction.
    let mut declined = Play::opened(policy("us-reg-x", None, york()), received);
    let resolution = Resolution::new(Outcome::Declined).with(RemedyKind::Declined, "There was no error.");
    declined.staff("2026-01-16T16:00:00-05:00", Resolve::telling(resolution, say("No error."))).unwrap();
    assert_eq!((tally(&declined, Acknowledge).met, tally(&declined, Final).met), (1, 1));
}

#[test]
fn resolved_early_a_rule_may_owe_nothing_in_writing() {
    let resolved = |id: &str, calendar, received: &str, at: &str| {
        let mut play = Play::opened(policy(id, None, calendar), received);
        play.staff(at, Resolve::telling(Resolution::new(Outcome::Fixed), say("Done."))).unwrap();
        let deadlines = &play.case().deadlines;
        [Acknowledge, Final].map(|kind| (deadlines.tally(kind).moot, deadlines.tally(kind).met))
    };
    let received = "2026-03-02T10:00:00Z";
    let utc_office = || office("UTC", &[]);
    // Billing errors: the acknowledgement only. Thirty days end with 1 April.
    let found = resolved("us-reg-z", utc_office(), received, "2026-04-01T23:00:00Z");
    assert_eq!(found, [(1, 0), (0, 1)]);
    // Australia: the written response only, and the acknowledgement has its own day.
    let found = resolved("au-rg271", utc_office(), received, "2026-03-03T09:00:00Z");
    assert_eq!(found, [(0, 1), (1, 0)]);
    let found = resolved("au-rg271", utc_office(), received, "2026-03-10T00:00:01Z");
    assert_eq!(found[1], (0, 1), "after the fifth working day");
}

#[test]
fn what_is_sent_in_the_eight_weeks_may_say_why_it_takes_longer() {
    let london = || office("Europe/London", &["2026-04-03", "2026-04-06"]);
    let received = "2026-03-05T16:40:00Z";
    let holding = |play: &Play| {
        let id = play.deadline(Final).id;
        Extend::telling(id, "An expert is asked.", say("By 29 May. You may go to the ombudsman now."))
            .until(utc("2026-05-29T23:00:00Z"))
    };
    let mut play = Play::opened(policy("uk-fca-disp", None, london()), received);
    let extend = holding(&play);
    play.staff("2026-04-30T22:59:59Z", extend).unwrap();
    assert_eq!(play.deadline(Final).due, utc("2026-05-29T23:00:00Z"));
    let mut play = Play::opened(policy("uk-fca-disp", None, london()), received);
    let extend = holding(&play);
    assert_eq!(play.staff("2026-04-30T23:00:01Z", extend).unwrap_err().rule, Rule::TooLateToExtend);
    // A summary resolution that does not come off is a complaint like any other.
    let mut play = Play::opened(policy("uk-fca-src", None, london()), received);
    assert!(play.deadline(Final).soft);
    let fall_back = Extend::telling(play.deadline(Final).id, "", say("We look into it."));
    play.staff("2026-03-06T10:00:00Z", fall_back).unwrap();
    assert_eq!(play.deadline(Final).due, utc("2026-04-30T23:00:00Z"));
}

#[test]
fn waiting_does_not_move_a_regulatory_deadline() {
    let mut play =
        Play::opened(policy("ca-bank", None, office("America/Toronto", &[])), "2026-01-05T10:00:00-05:00");
    play.staff("2026-01-05T11:00:00-05:00", Command::Reply(say("Which account is it?"))).unwrap();
    let wait = Await {
        who: WaitingFor::Customer,
        reason: "the number of the account".into(),
        until: utc("2026-01-20T12:00:00-05:00"),
    };
    play.staff("2026-01-06T10:00:00-05:00", wait).unwrap();
    play.staff("2026-01-16T10:00:00-05:00", Command::Resume).unwrap();
    assert_eq!(play.deadline(Final).due, utc("2026-03-03T00:00:00-05:00"));
    play.tick("2026-03-03T00:05:01-05:00");
    assert_eq!(play.case().deadlines.breaches()[0].due, utc("2026-03-03T00:00:00-05:00"));
}

#[test]
fn every_file_says_what_it_is() {
    for preset in Preset::ALL {
        let details = preset.details().unwrap();
        assert_eq!(details.id.as_str(), preset.id());
        let written = serde_json::to_string(&details).unwrap();
        assert_eq!(serde_json::from_str::<Details>(&written).unwrap(), details);
        let again: serde_json::Value = serde_json::from_str(&written).unwrap();
        assert_eq!(
            again,
            serde_json::from_str::<serde_json::Value>(preset.json()).unwrap(),
            "{}",
            preset.id()
        );
        let numbers: Vec<_> = details.versions.iter().map(|version| version.version).collect();
        assert_eq!(numbers, (1..=u32::try_from(numbers.len()).unwrap()).collect::<Vec<_>>());
        assert!(details.over.is_none_or(|over| Preset::by_id(over.as_str()).is_some()));
        let is_rule = details.confidence.is_some();
        assert_eq!((details.jurisdiction.is_some(), details.checked_on.is_some()), (is_rule, is_rule));
        assert!(!details.title.is_empty() && !details.source.is_empty());
        for version in &details.versions {
            let variants = version.variants.values().flat_map(|variant| variant.targets.values());
            for target in version.targets.values().chain(variants).flatten() {
                assert!(!(is_rule && target.pausable), "{}: a rule never stands still", preset.id());
                assert!(!is_rule || target.step.is_some(), "{}: what the rule calls it", preset.id());
            }
            for variant in version.variants.keys() {
                let built = policy(preset.id(), Some(variant.as_str()), office("UTC", &[]));
                assert_eq!(built.id().as_str(), format!("{}:{variant}", preset.id()));
                assert_eq!(built.version(), version.version);
            }
        }
        let built = policy(preset.id(), None, office("UTC", &[]));
        assert!(built.has(FollowUp), "{}: what it does not name comes from the base", preset.id());
    }
    let files = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src/policy/presets")).unwrap();
    let json =
        files.filter(|file| file.as_ref().unwrap().path().extension().is_some_and(|ext| ext == "json"));
    assert_eq!(json.count(), Preset::ALL.len());
}

#[test]
fn the_table_in_the_documentation_is_the_data() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/policy/presets/table.md");
    if std::env::var_os("WRITE_TABLE").is_some() {
        std::fs::write(path, table().unwrap()).unwrap();
    }
    let written = std::fs::read_to_string(path).unwrap();
    assert_eq!(written, table().unwrap(), "run this test once with WRITE_TABLE=1");
}

#[test]
fn what_no_rule_asks_for_is_a_goal() {
    for preset in Preset::ALL {
        let details = preset.details().unwrap();
        let own = |details: &Details, kind| {
            details.versions.iter().any(|version| version.targets.contains_key(&kind))
        };
        let under =
            details.over.as_ref().map(|over| Preset::by_id(over.as_str()).unwrap().details().unwrap());
        let is_rule = details.confidence.is_some();
        let mut inherited = 0;
        for built in preset.policies(office("UTC", &[]), None).unwrap() {
            for rule in
                built.spec().rules.iter().filter(|rule| rule.name == Some("house-standard".parse().unwrap()))
            {
                for (kind, target) in &rule.targets {
                    assert_eq!(target.as_ref().unwrap().soft, is_rule, "{}: {kind}", preset.id());
                    let named = own(&details, *kind) || under.as_ref().is_some_and(|under| own(under, *kind));
                    inherited += u32::from(!named);
                }
            }
            // Its own duties stay duties.
            let resolve = preview(&built, Final, &Milestones::received(utc("2026-11-23T09:00:00Z")));
            assert_eq!(resolve.soft, preset.id() == "uk-fca-src", "{}", preset.id());
        }
        assert!(inherited > 0 || preset.id() == "house-standard", "{}: nothing to look at", preset.id());
    }
    // Over a policy of one's own, that one's word stands.
    let base = PolicySpec::house_standard(office("UTC", &[]));
    let own = Preset::by_id("us-dot-air").unwrap().policy_over(&base, None).unwrap();
    assert!(!preview(&own, Respond, &Milestones::received(utc("2026-11-23T09:00:00Z"))).soft);
}

#[test]
fn a_missed_goal_of_the_house_is_no_breach_of_the_rule() {
    let mut play = Play::opened(policy("us-dot-air", None, office("UTC", &[])), "2026-03-02T10:00:00Z");
    play.tick("2026-03-06T10:00:00Z");
    let breaches = play.case().deadlines.breaches();
    assert!(
        breaches.iter().any(|breach| breach.id.kind == Respond) && breaches.iter().all(|breach| breach.soft)
    );
}

#[test]
fn only_what_is_known_of_a_date_is_said() {
    for preset in Preset::ALL {
        let dates: Vec<_> =
            preset.versions().unwrap().iter().filter_map(|version| version.effective_from).collect();
        let known = if preset.id() == "uk-ofcom" { vec![date("2026-04-08")] } else { Vec::new() };
        assert_eq!(dates, known, "{}", preset.id());
    }
}

#[test]
fn sources_are_as_sure_as_they_were_found() {
    let primary = [
        "uk-fca-disp",
        "uk-fca-src",
        "uk-fca-psd",
        "uk-housing",
        "uk-lgsco",
        "us-reg-x",
        "us-reg-e",
        "us-dot-air",
        "in-trai",
    ];
    for preset in Preset::ALL {
        let is_primary = preset.details().unwrap().confidence == Some(Confidence::Primary);
        assert_eq!(is_primary, primary.contains(&preset.id()), "{}", preset.id());
    }
}

#[test]
fn an_unknown_variant_is_refused() {
    let refused = Preset::by_id("us-reg-e").unwrap().policy(office("UTC", &[]), Some("gold")).unwrap_err();
    assert!(matches!(&refused.problems[..], [PolicyProblem::NoSuchVariant { .. }]));
    assert_eq!(refused.to_string(), r#"the policy cannot be used: us-reg-e has no variant "gold""#);
    assert_eq!(Preset::by_id("uk-fca"), None);
}

#[test]
fn a_preset_lies_over_the_base_that_it_is_given() {
    let mut base = PolicySpec::house_standard(office("UTC", &[]));
    base.terms.follow_up_attempts = 1;
    base.rules[0].targets.insert(Respond, Some(Target::within(Span::working_hours(2))));
    let policy = Preset::by_id("us-dot-air").unwrap().policy_over(&base, None).unwrap();
    assert_eq!(policy.terms().follow_up_attempts, 1);
    let found = previews(&policy, &Milestones::received(utc("2026-11-23T09:00:00Z")));
    let respond = found.iter().find(|preview| preview.kind == Respond).unwrap();
    assert_eq!((respond.due, respond.rule), (utc("2026-11-23T11:00:00Z"), 1));
    // A preset over a preset: what a summary resolution does not name is as under DISP.
    let summary = self::policy("uk-fca-src", None, office("UTC", &[]));
    let acknowledge = preview(&summary, Acknowledge, &Milestones::received(utc("2026-11-23T09:00:00Z")));
    assert!(acknowledge.soft);
    let resolve = summary.spec().rules[0].targets[&Final].as_ref().unwrap();
    let fallback = resolve.extension.as_ref().unwrap();
    assert_eq!(fallback.length, ExtensionLength::To(Span::weeks(8)));
}
