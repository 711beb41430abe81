//! What is recorded about messages is true: while they are held back, when somebody was erased, and after a merge.

use chrono::{TimeDelta, Utc};
use pollster::block_on;
use talkback::policy::{PolicyBook, PolicyProblem, PolicySpec};
use talkback::workflow::{
    CustomerWrote, Merge, NoticeKind, Promise, RecordDelivery, Resolve, Rule, Withdraw,
};
use talkback::{
    Actor, CaseId, CloseReason, Code, Command, Contact, CustomerId, DeadlineKind, DeadlineWorker, Delivery,
    Desk, Error, Event, ExitReason, Fact, Letter, ManualClock, MemoryBackend, Outcome, Policy, Promised,
    Request, Resolution, Stage, TenantId, View, WorkingCalendar,
};

use super::relay::posted;
use super::{Room, ann, ann_id, complaint, count, kim, monday, reply, say};

fn bob() -> Actor {
    Actor::customer(bob_id())
}

fn bob_id() -> CustomerId {
    CustomerId::new("bob").unwrap()
}

async fn tell(desk: &Desk, case: CaseId, command: impl Into<Command>) -> Vec<Event> {
    desk.execute(case, Request::new(kim(), command)).await.unwrap().events
}

fn fixed() -> Resolve {
    Resolve { resolution: Resolution::new(Outcome::Fixed), message: Some(say("A new one is on its way.")) }
}

async fn bobs(room: &Room<super::Unlucky>) -> CaseId {
    let feedback = complaint().with_contact(Contact::email("bob@example.org").unwrap());
    room.desk.open(bob(), feedback).await.unwrap().case.id
}

fn evening() -> WorkingCalendar {
    WorkingCalendar::builder("evening").hours("mon-sun 09:00-18:00").build().unwrap()
}

#[test]
fn a_resolution_that_quiet_hours_hold_back_counts_from_when_it_was_written() {
    block_on(async {
        let room = Room::new();
        let case = room.complain().await;
        let (relay, post) = posted(&room);
        let relay = relay.with_quiet_hours(evening());
        room.later(TimeDelta::hours(9));
        tell(&room.desk, case, fixed()).await;
        let worker = DeadlineWorker::of(&room.desk);
        for _ in 0..15 {
            relay.tick().await.unwrap();
            worker.tick().await.unwrap();
            assert_eq!(room.desk.load(case).await.unwrap().unwrap().stage, Stage::Resolved);
            assert!(post.letters().is_empty());
            room.later(TimeDelta::hours(1));
        }
        relay.tick().await.unwrap();
        worker.tick().await.unwrap();
        assert_eq!(post.letters().iter().filter(|letter| letter.message().is_some()).count(), 1);
        let case = room.desk.load(case).await.unwrap().unwrap();
        assert_eq!(
            (case.stage, case.cycle.resolved_at),
            (Stage::Resolved, Some(monday() + TimeDelta::hours(9)))
        );
        assert_eq!(case.deadlines.tally(DeadlineKind::Respond).breached, 0);
    });
}

#[test]
fn a_resolution_that_was_given_up_is_not_sent_while_the_case_goes_on() {
    block_on(async {
        let room = Room::new();
        let case = room.complain().await;
        tell(&room.desk, case, fixed()).await;
        room.later(TimeDelta::hours(2));
        DeadlineWorker::of(&room.desk).tick().await.unwrap();
        assert_eq!(room.desk.load(case).await.unwrap().unwrap().stage, Stage::InProgress);
        let (relay, post) = posted(&room);
        relay.tick().await.unwrap();
        assert!(post.letters().iter().all(|letter| letter.message().is_none()), "{:?}", post.kinds());
        // It is given again, and that one goes out.
        tell(&room.desk, case, fixed()).await;
        relay.tick().await.unwrap();
        assert_eq!(post.letters().iter().filter(|letter| letter.message().is_some()).count(), 1);
        assert_eq!(room.desk.load(case).await.unwrap().unwrap().stage, Stage::Resolved);
    });
}

#[test]
fn what_the_application_holds_back_for_more_than_a_day_counts_as_lost() {
    block_on(async {
        let room = Room::new();
        let case = room.complain().await;
        let (relay, _post) = posted(&room);
        let until = monday() + TimeDelta::days(9);
        let relay = relay.with_quiet_hours(move |_: &_, _| Some(until));
        tell(&room.desk, case, reply()).await;
        let worker = DeadlineWorker::of(&room.desk);
        for (hours, lost) in [(24, 0), (26, 1)] {
            relay.tick().await.unwrap();
            room.clock.set(monday() + TimeDelta::hours(hours));
            worker.tick().await.unwrap();
            assert_eq!(count(&room.events(case).await, "delivery"), lost, "after {hours} hours");
        }
        assert!(room.desk.load(case).await.unwrap().unwrap().deadlines.has(DeadlineKind::Respond));
    });
}

fn with_sending_hours(hours: WorkingCalendar) -> Result<Policy, talkback::PolicyError> {
    let spec = PolicySpec::house_standard(WorkingCalendar::office("office").build().unwrap());
    Policy::new(PolicySpec { sending_hours: Some(hours), ..spec })
}

#[test]
fn what_is_written_outside_of_the_policys_sending_hours_goes_out_when_they_begin() {
    block_on(async {
        let clock = std::sync::Arc::new(ManualClock::at(monday() + TimeDelta::hours(10)));
        let policies = PolicyBook::single(with_sending_hours(evening()).unwrap());
        let backend = std::sync::Arc::new(MemoryBackend::new());
        let desk = Desk::new(backend, policies, clock.clone(), TenantId::single());
        let case = desk.open(ann(), complaint()).await.unwrap().case.id;
        tell(&desk, case, reply()).await;
        let post = super::relay::Post::default();
        let relay = talkback::NoticeRelay::of(&desk, post.clone());
        let worker = DeadlineWorker::of(&desk);
        let morning = monday() + TimeDelta::hours(24);
        for at in [11, 18, 23].map(|hours| monday() + TimeDelta::hours(hours)) {
            clock.set(at);
            worker.tick().await.unwrap();
            assert_eq!(relay.tick().await.unwrap().claimed, 0);
        }
        assert_eq!(desk.load(case).await.unwrap().unwrap().wake_up().map(|at| at > morning), Some(true));
        clock.set(morning);
        assert_eq!(relay.tick().await.unwrap().sent, 1);
        worker.tick().await.unwrap();
        let case = desk.load(case).await.unwrap().unwrap();
        assert_eq!(case.cycle.responded_at, Some(monday() + TimeDelta::hours(10)));
        assert_eq!(case.deadlines.tally(DeadlineKind::Respond).met, 1);
    });
}

#[test]
fn sending_hours_that_stay_closed_for_more_than_five_days_are_refused() {
    let weekdays = WorkingCalendar::office("weekdays");
    assert!(with_sending_hours(weekdays.build().unwrap()).is_ok());
    let once_a_week = WorkingCalendar::builder("mondays").hours("mon 09:00-17:00").build().unwrap();
    let error = with_sending_hours(once_a_week).unwrap_err();
    assert!(matches!(error.problems[..], [PolicyProblem::QuietTooLong { .. }]), "{error}");
    // Christmas with both weekends around it: from Thursday evening to Tuesday morning is under five days, with the
    // Monday and the Tuesday it is over.
    let date = |day: &str| day.parse().unwrap();
    let christmas = |days: &[&str]| {
        let office = WorkingCalendar::office("christmas");
        let closed = days.iter().fold(office, |office, day| office.holiday(date(day), "holiday"));
        with_sending_hours(closed.build().unwrap())
    };
    assert!(christmas(&["2026-12-25"]).is_ok());
    let error = christmas(&["2026-12-25", "2026-12-28", "2026-12-29"]).unwrap_err();
    let from = "2026-12-24T17:00:00Z".parse::<chrono::DateTime<Utc>>().unwrap();
    assert_eq!(error.problems, [PolicyProblem::QuietTooLong { from }]);
}

#[test]
fn an_erased_customers_copy_is_noted_and_moves_no_deadline_of_anybody() {
    block_on(async {
        let room = Room::new();
        let (anns, bobs) = (room.complain().await, bobs(&room).await);
        tell(&room.desk, bobs, Merge::into(anns, "The same leak.").telling(say("We go on in one case.")))
            .await;
        let (relay, post) = posted(&room);
        relay.tick().await.unwrap();
        // His copy of what is on its way, and of what is said afterwards.
        for erased in [true, false] {
            tell(&room.desk, anns, reply()).await;
            if erased {
                room.desk.erase_person(bob_id()).await.unwrap();
            }
            let before = room.desk.load(anns).await.unwrap().unwrap();
            relay.tick().await.unwrap();
            room.later(TimeDelta::hours(3));
            DeadlineWorker::of(&room.desk).tick().await.unwrap();
            let after = room.desk.load(anns).await.unwrap().unwrap();
            assert_eq!(after.deadlines, before.deadlines);
            assert!(after.conversation.waiting.is_empty());
            assert!(
                !after.cycle.outgoing.iter().any(talkback::Outgoing::is_underway),
                "{:?}",
                after.cycle.outgoing
            );
        }
        assert!(!post.kinds().contains(&NoticeKind::Undelivered));
        let to_bob = post.letters().into_iter().filter(|letter| letter.customer() == Some(&bob_id())).count();
        assert_eq!(to_bob, 1, "only that his case was merged");
    });
}

#[test]
fn a_customer_whose_answer_is_lost_after_their_case_was_merged_is_owed_it_where_the_case_goes_on() {
    block_on(async {
        for (bounces, hours) in [(true, 1), (false, 2)] {
            let room = Room::new();
            let (anns, bobs) = (room.complain().await, bobs(&room).await);
            let said = tell(&room.desk, anns, reply()).await;
            let due = room.desk.events(anns, 0, 1).await.unwrap()[0]
                .changes
                .iter()
                .find_map(|change| match change {
                    talkback::DeadlineChange::Set(deadline) if deadline.id.kind == DeadlineKind::Respond => {
                        Some(deadline.due)
                    }
                    _ => None,
                })
                .unwrap();
            // Bob is answered, and knows it: nothing but Ann's answer can be owed.
            let answer = tell(&room.desk, bobs, reply()).await;
            let delivered = RecordDelivery::of(answer[0].command.unwrap().into(), Delivery::Delivered);
            tell(&room.desk, bobs, delivered).await;
            tell(&room.desk, anns, Merge::into(bobs, "The same leak.").telling(say("One case."))).await;
            assert!(!room.desk.load(bobs).await.unwrap().unwrap().deadlines.has(DeadlineKind::Respond));
            room.later(TimeDelta::hours(hours));
            if bounces {
                let message = said[0].command.unwrap().into();
                let bounce = RecordDelivery::of(message, Delivery::Failed).to(ann_id());
                room.desk.execute(anns, Request::new(Actor::system(), bounce)).await.unwrap();
            } else {
                DeadlineWorker::of(&room.desk).tick().await.unwrap();
            }
            let case = room.desk.load(bobs).await.unwrap().unwrap();
            let respond: Vec<_> = case.deadlines.of_kind(DeadlineKind::Respond).collect();
            assert_eq!((respond.len(), respond[0].due), (1, due), "bounces: {bounces}");
            assert_eq!(case.conversation.unanswered_since(), Some(monday()));
        }
    });
}

#[test]
fn what_comes_late_after_a_merge_stands_in_for_what_is_lost_there() {
    block_on(async {
        let room = Room::new();
        let (anns, bobs) = (room.complain().await, bobs(&room).await);
        let said = tell(&room.desk, anns, reply()).await;
        let report = |result| RecordDelivery::of(said[0].command.unwrap().into(), result).to(ann_id());
        tell(&room.desk, anns, report(Delivery::Failed)).await;
        tell(&room.desk, anns, Merge::into(bobs, "The same leak.").telling(say("One case."))).await;
        let again = tell(&room.desk, bobs, reply()).await;
        assert!(room.desk.load(bobs).await.unwrap().unwrap().conversation.waiting.is_empty());
        tell(&room.desk, anns, report(Delivery::Sent)).await;
        // She has had the first one, so that the second may be lost.
        let message = again[0].command.unwrap().into();
        tell(&room.desk, bobs, RecordDelivery::of(message, Delivery::Failed).to(ann_id())).await;
        let case = room.desk.load(bobs).await.unwrap().unwrap();
        assert!(case.conversation.waiting.is_empty(), "{:?}", case.cycle.outgoing);
        assert!(!case.deadlines.has(DeadlineKind::Respond));
    });
}

#[test]
fn a_lost_copy_of_somebody_who_waits_for_nothing_moves_no_deadline() {
    block_on(async {
        let room = Room::new();
        let (anns, bobs) = (room.complain().await, bobs(&room).await);
        tell(&room.desk, bobs, reply()).await;
        tell(&room.desk, bobs, Merge::into(anns, "The same leak.").telling(say("One case."))).await;
        let said = tell(&room.desk, anns, reply()).await;
        let before = room.desk.load(anns).await.unwrap().unwrap();
        let message = said.last().unwrap().command.unwrap().into();
        let lost =
            |to| RecordDelivery::of(message, Delivery::Failed).to(to).because(Code::new("bounced").unwrap());
        tell(&room.desk, anns, lost(bob_id())).await;
        let after = room.desk.load(anns).await.unwrap().unwrap();
        assert_eq!(after.deadlines, before.deadlines);
        // Ann waited for it: hers is another matter.
        tell(&room.desk, anns, lost(ann_id())).await;
        assert!(room.desk.load(anns).await.unwrap().unwrap().deadlines.has(DeadlineKind::Respond));
        assert_eq!(count(&room.events(anns).await, "delivery"), 2);
    });
}

#[test]
fn each_customer_of_a_merged_case_can_leave_and_nobody_else_is_forgotten() {
    block_on(async {
        let room = Room::new();
        let (anns, bobs) = (room.complain().await, bobs(&room).await);
        tell(&room.desk, bobs, Merge::into(anns, "The same leak.").telling(say("One case."))).await;
        let leave = |who: Actor| Request::new(who, Withdraw::leaving(ExitReason::Price));
        // Ann leaves: Bob still waits, and is answered alone.
        let case = room.desk.execute(anns, leave(ann())).await.unwrap().case;
        assert_eq!((case.stage, case.conversation.waiting.len()), (Stage::Received, 1));
        assert!(case.deadlines.has(DeadlineKind::Respond));
        tell(&room.desk, anns, reply()).await;
        let (relay, post) = posted(&room);
        relay.tick().await.unwrap();
        let told: Vec<_> = post.letters().iter().filter_map(|letter| letter.customer().cloned()).collect();
        assert_eq!(told.iter().filter(|to| **to == ann_id()).count(), 0, "{told:?}");
        let again = room.desk.execute(anns, leave(ann())).await.unwrap_err();
        assert!(
            matches!(again, Error::Rejected(ref refusal) if refusal.rule == Rule::NothingChanges),
            "{again}"
        );
        // With the last of them it ends.
        let case = room.desk.execute(anns, leave(bob())).await.unwrap().case;
        assert_eq!(case.closed.as_ref().map(|closed| closed.reason.clone()), Some(CloseReason::Left));
        let exported = room.desk.export_person(&ann_id()).await.unwrap();
        assert_eq!(exported.cases.iter().map(|case| case.exits.len()).sum::<usize>(), 1);
    });
}

#[test]
fn who_stepped_out_and_speaks_again_is_told_again() {
    block_on(async {
        let room = Room::new();
        let (anns, bobs) = (room.complain().await, bobs(&room).await);
        tell(&room.desk, bobs, Merge::into(anns, "The same leak.").telling(say("One case."))).await;
        let leave = Request::new(bob(), Withdraw::matter(ExitReason::Mistake));
        let case = room.desk.execute(anns, leave).await.unwrap().case;
        assert_eq!(case.conversation.waiting.len(), 1, "Ann waits");
        let wrote = Request::new(bob(), CustomerWrote::new("It leaks again."));
        let case = room.desk.execute(anns, wrote).await.unwrap().case;
        assert_eq!((case.stepped_out, case.conversation.waiting.len()), (0, 2));
        tell(&room.desk, anns, reply()).await;
        let (relay, post) = posted(&room);
        relay.tick().await.unwrap();
        let answer = |letter: &&Letter| letter.notice.id.case == anns && letter.message().is_some();
        assert_eq!(post.letters().iter().filter(answer).count(), 2);
    });
}

#[test]
fn what_is_shown_as_promised_was_sent_with_a_way_to_reply() {
    block_on(async {
        let room = Room::new();
        let case = room.complain().await;
        let by = monday() + TimeDelta::days(2);
        tell(
            &room.desk,
            case,
            Promise::of(Promised::Resolution, by).telling(say("You have it by Wednesday.")),
        )
        .await;
        let (relay, post) = posted(&room);
        relay.tick().await.unwrap();
        let letter = post.letters().pop().unwrap();
        assert_eq!(letter.body.as_ref().map(talkback::Words::as_str), Some("You have it by Wednesday."));
        assert!(letter.reply_path.is_some());
        let shown = room.desk.conversation(case, View::Staff, 0, 100).await.unwrap().messages;
        assert_eq!(shown.last().unwrap().body.as_deref(), Some("You have it by Wednesday."));
        // A promise without words shows none.
        tell(&room.desk, case, Promise::of(Promised::Answer, by)).await;
        assert_eq!(
            room.desk.conversation(case, View::Staff, 0, 100).await.unwrap().messages.len(),
            shown.len()
        );
        let promised = |event: &Event| matches!(event.fact, Fact::Promised { .. });
        assert_eq!(room.events(case).await.iter().filter(|event| promised(event)).count(), 2);
    });
}
