//! A command is carried out once, whatever happens on the way.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use chrono::TimeDelta;
use pollster::block_on;
use talkback::backend::{BackendError, Claim, Lane, TextQuery};
use talkback::workflow::{Await, CustomerWrote, Rule, Split, Withdraw};
use talkback::{
    Backend, Channel, Command, ContactKind, Desk, Error, ExitReason, Feedback, MemoryBackend, Policy,
    PolicyBook, Request, Stage, TenantId, Tone, WebAddress, Words, WorkingCalendar,
};

use super::unlucky::Fate;
use super::{Room, ann, count, id, kim, reply, say};
use crate::backend::hesitant::Hesitant;

#[test]
fn a_repeated_command_gives_the_first_outcome() {
    block_on(async {
        let room = Room::new();
        let case = room.complain().await;
        let request = Request::new(kim(), reply()).with_id(id("reply"));
        let first = room.desk.execute(case, request.clone()).await.unwrap();
        assert!(!first.repeated);
        room.desk.execute(case, Request::new(kim(), Command::Note(Words::new("later")))).await.unwrap();
        room.later(TimeDelta::hours(1));
        let again = room.desk.execute(case, request).await.unwrap();
        assert!(again.repeated);
        assert_eq!(again.events, first.events);
        assert_eq!(again.case.version, first.case.version + 1, "the case as it is now");
        assert_eq!(count(&room.events(case).await, "replied"), 1);
    });
}

#[test]
fn an_id_serves_one_command() {
    block_on(async {
        let room = Room::new();
        let (case, other) = (room.complain().await, room.complain().await);
        let request = Request::new(kim(), reply()).with_id(id("reply"));
        room.desk.execute(case, request.clone()).await.unwrap();
        let before = room.events(case).await;
        let reused = |error| matches!(error, Error::CommandReused { command } if command == id("reply"));
        let body = Request::new(kim(), Command::Reply(say("Something else."))).with_id(id("reply"));
        assert!(reused(room.desk.execute(case, body).await.unwrap_err()));
        let actor = Request::new(ann(), CustomerWrote::new("Hello?")).with_id(id("reply"));
        assert!(reused(room.desk.execute(case, actor).await.unwrap_err()));
        assert!(reused(room.desk.execute(other, request).await.unwrap_err()));
        assert_eq!(room.events(case).await, before);
    });
}

#[test]
fn a_conflict_is_decided_anew() {
    block_on(async {
        let room = Room::new();
        let case = room.complain().await;
        room.backend.next([Fate::Overtaken; 3]);
        let done = room.desk.execute(case, Request::new(kim(), reply())).await.unwrap();
        assert_eq!((done.repeated, done.case.conversation.notes), (false, 3));
        let events = room.events(case).await;
        assert_eq!((count(&events, "noted"), count(&events, "replied")), (3, 1));
        assert_eq!(events.last(), done.events.last());
    });
}

#[test]
fn a_desk_that_is_always_overtaken_says_so() {
    block_on(async {
        let room = Room::new();
        let case = room.complain().await;
        room.backend.next([Fate::Overtaken; 100]);
        let error = room.desk.execute(case, Request::new(kim(), reply())).await.unwrap_err();
        assert!(matches!(error, Error::Contended { .. }) && error.is_retryable(), "{error}");
        assert_eq!(count(&room.events(case).await, "replied"), 0);
    });
}

#[test]
fn an_answer_that_was_lost_is_found_by_the_commands_id() {
    for fates in [
        vec![Fate::AnswerLost],
        vec![Fate::RequestLost],
        vec![Fate::RequestLost, Fate::AnswerLost],
        vec![Fate::RequestLost, Fate::Overtaken, Fate::RequestLost],
    ] {
        block_on(async {
            let room = Room::new();
            let case = room.complain().await;
            let stored = matches!(fates.last(), Some(Fate::AnswerLost));
            room.backend.next(fates.iter().copied());
            let done = room.desk.execute(case, Request::new(kim(), reply())).await.unwrap();
            assert_eq!(done.repeated, stored, "{fates:?}");
            assert_eq!(count(&done.events, "replied"), 1, "{fates:?}");
            assert_eq!(count(&room.events(case).await, "replied"), 1, "{fates:?}");
        });
    }
}

#[test]
fn what_stays_unknown_is_reported_as_unknown() {
    block_on(async {
        let room = Room::new();
        let case = room.complain().await;
        room.backend.next([Fate::RequestLost; 32]);
        let request = Request::new(kim(), reply()).with_id(id("reply"));
        let error = room.desk.execute(case, request.clone()).await.unwrap_err();
        assert!(matches!(error, Error::Backend(BackendError::Unknown { .. })), "{error}");
        // The same again is carried out once.
        assert!(!room.desk.execute(case, request).await.unwrap().repeated);
        assert_eq!(count(&room.events(case).await, "replied"), 1);
    });
}

#[test]
fn a_tick_whose_answer_was_lost_changes_nothing_twice() {
    block_on(async {
        let room = Room::new();
        let case = room.complain().await;
        room.later(TimeDelta::hours(5));
        room.backend.next([Fate::AnswerLost, Fate::AnswerLost]);
        room.desk.tick(case).await.unwrap();
        assert_eq!(count(&room.events(case).await, "breached"), 1);
    });
}

/// Dropped after any number of polls, a command is carried out as a whole or not at all, and the same
/// request finds out which.
#[test]
fn a_command_that_is_dropped_is_done_or_not() {
    let (mut done, mut not) = (0, 0);
    for polls in 0.. {
        let room = Room::over(Hesitant::new(2, 2));
        let case = block_on(room.complain());
        let before = block_on(room.events(case));
        let request = Request::new(kim(), reply()).with_id(id("reply"));
        let finished = {
            let mut future = pin!(room.desk.execute(case, request.clone()));
            let mut context = Context::from_waker(Waker::noop());
            (0..polls).any(|_| matches!(future.as_mut().poll(&mut context), Poll::Ready(Ok(_))))
        };
        block_on(async {
            let events = room.events(case).await;
            let replied = count(&events, "replied");
            assert_eq!(events == before, replied == 0);
            let (text, notices) = (brought(&room).await, due_notices(&room).await);
            assert_eq!((text, notices), (replied == 1, replied));
            let again = room.desk.execute(case, request).await.unwrap();
            assert_eq!(again.repeated, replied == 1);
            assert_eq!(count(&room.events(case).await, "replied"), 1);
            if replied == 1 { done += 1 } else { not += 1 }
        });
        if finished {
            break;
        }
    }
    assert!(done > 1 && not > 1, "dropped before and after the commit: {not}, {done}");
}

async fn brought(room: &Room<Hesitant>) -> bool {
    let text = talkback::TextId { command: id("reply"), slot: 1 };
    let query = TextQuery::new(TenantId::single(), vec![text]);
    room.backend.texts(query).await.unwrap()[0].is_some()
}

async fn due_notices(room: &Room<Hesitant>) -> usize {
    let claim = Claim::work(TenantId::single(), Lane::Notices, super::monday(), TimeDelta::seconds(1), 10);
    room.backend.claim(claim).await.unwrap().len()
}

#[test]
fn a_message_after_the_window_continues_in_one_new_case() {
    block_on(async {
        let room = Room::new();
        let old = room.complain().await;
        let closed = room.desk.execute(old, Request::new(ann(), Withdraw::matter(ExitReason::Mistake)));
        let closed = closed.await.unwrap().case;
        room.later(TimeDelta::days(60));
        let message = Request::new(ann(), CustomerWrote::disputing("It leaks again.")).with_id(id("again"));
        let done = room.desk.execute(old, message.clone()).await.unwrap();
        assert_ne!(done.case.id, old);
        assert_eq!(done.case.head.continues, Some(old));
        assert_eq!(done.case.stage, Stage::Received);
        assert_eq!(done.case.head.customer, closed.head.customer);
        // She wrote in a chat and left an address: it is still the way to reach her.
        let [contact, thread] = &done.case.head.contacts[..] else { panic!("an address and the chat") };
        assert_eq!((contact.kind, thread.kind), (ContactKind::Email, ContactKind::InThread));
        assert_ne!(contact.text, closed.head.contacts[0].text, "it is a copy of its own");
        let known = room.desk.contacts(done.case.id, &super::ann_id()).await.unwrap();
        assert_eq!(known[0].contact, Some(talkback::Contact::email("ann@example.org").unwrap()));
        assert_eq!(*room.desk.load(old).await.unwrap().unwrap(), *closed);
        let again = room.desk.execute(old, message).await.unwrap();
        assert!(again.repeated);
        assert_eq!((again.case.id, room.cases().await), (done.case.id, 2));
        room.desk.execute(done.case.id, Request::new(kim(), reply())).await.unwrap();
    });
}

/// What goes on from an old case names no policy: that the old one's is gone hinders nobody.
#[test]
fn what_goes_on_does_not_need_the_old_policy() {
    block_on(async {
        let room = Room::over(MemoryBackend::new());
        let (over, open) = (room.complain().await, room.complain().await);
        room.desk.execute(over, Request::new(ann(), Withdraw::matter(ExitReason::Mistake))).await.unwrap();
        let wrote = || Request::new(ann(), CustomerWrote::new("How do I clean it?"));
        room.desk.execute(open, wrote().with_id(id("question"))).await.unwrap();
        room.later(TimeDelta::days(60));

        let office = WorkingCalendar::office("office").build().unwrap();
        let floor = PolicyBook::single(Policy::review_floor(office).unwrap());
        let desk = Desk::new(room.backend.clone(), floor, room.clock.clone(), TenantId::single());
        let continued = desk.execute(over, wrote()).await.unwrap().case;
        assert_eq!((continued.head.continues, continued.head.policy.as_str()), (Some(over), "review-floor"));
        let about = Feedback::question(Channel::Chat, "How do I clean it?");
        let split = Split::message(id("question").into(), about, "another matter");
        let named = split.clone().under("house-standard".parse().unwrap());
        let refused = desk.execute(open, Request::new(kim(), named)).await.unwrap_err();
        assert_eq!(refused.rejection().unwrap().rule, Rule::NoPolicy);
        let new = desk.execute(open, Request::new(kim(), split)).await.unwrap().other.unwrap();
        assert_eq!((new.head.split_from, new.head.policy.as_str()), (Some(open), "review-floor"));
    });
}

#[test]
fn only_the_customers_own_message_continues_a_case() {
    block_on(async {
        let room = Room::new();
        let old = room.complain().await;
        room.desk.execute(old, Request::new(ann(), Withdraw::matter(ExitReason::Mistake))).await.unwrap();
        // Within the window it reopens.
        let message = || CustomerWrote { tone: Tone::Plain, ..CustomerWrote::new("It leaks again.") };
        let done = room.desk.execute(old, Request::new(ann(), message())).await.unwrap();
        assert_eq!((done.case.id, done.case.stage), (old, Stage::InProgress));
        room.desk.execute(old, Request::new(ann(), Withdraw::matter(ExitReason::Mistake))).await.unwrap();
        room.later(TimeDelta::days(60));
        let refused = room.desk.execute(old, Request::new(kim(), reply())).await.unwrap_err();
        assert_eq!(refused.rejection().map(|refused| &refused.rule), Some(&Rule::WrongStage));
        // What a machine sends opens nothing.
        let machine = CustomerWrote { automatic: true, ..message() };
        assert_eq!(room.desk.execute(old, Request::new(ann(), machine)).await.unwrap().case.id, old);
        assert_eq!(room.cases().await, 1);
    });
}

/// What a portal passes on says where the customer can be reached now: that wins over the old address.
#[test]
fn a_continued_case_may_bring_an_address() {
    block_on(async {
        let room = Room::new();
        let old = room.desk.load(room.complain().await).await.unwrap().unwrap();
        let portal = WebAddress::new("https://portal.example/case/9").unwrap();
        let feedback = super::complaint().with_contact(talkback::Contact::Through(portal));
        let mut open = talkback::workflow::Open::new(feedback);
        let contacts = old.head.contacts.clone();
        open.continues = Some(talkback::workflow::Continued { case: old.id, contacts });
        let case = talkback::CaseId::derive(&TenantId::single(), &["portal"]);
        let done = room.desk.execute(case, Request::new(ann(), open)).await.unwrap();
        let kinds: Vec<_> = done.case.head.contacts.iter().map(|contact| contact.kind).collect();
        assert_eq!(
            kinds,
            [ContactKind::Through, ContactKind::Email],
            "the new way first, and the old one stays"
        );
    });
}

#[test]
fn a_held_case_that_is_out_of_date_costs_a_try_and_nothing_else() {
    block_on(async {
        let room = Room::new();
        let held = room.desk.open(ann(), super::complaint()).await.unwrap().case;
        let acknowledge =
            Request::new(kim(), Command::Acknowledge(say("We look into it."))).with_id(id("acknowledge"));
        let done = room.desk.execute_on(&held, acknowledge.clone()).await.unwrap();
        assert!(!done.repeated);
        for held in [&held, &done.case] {
            assert!(room.desk.execute_on(held, acknowledge.clone()).await.unwrap().repeated);
        }
        let wait = Await::third_party("a part", super::monday() + TimeDelta::days(2));
        let waits = room.desk.execute_on(&held, Request::new(kim(), wait)).await.unwrap();
        assert_eq!(waits.case.stage, Stage::Waiting);
    });
}

#[test]
fn what_is_unknown_stays_so_while_nobody_can_look() {
    block_on(async {
        let room = Room::new();
        let case = room.complain().await;
        let held = room.desk.load(case).await.unwrap().unwrap();
        room.backend.next([Fate::AnswerLost]);
        room.backend.unreadable(Some(case));
        let error = room.desk.execute_on(&held, Request::new(kim(), reply())).await.unwrap_err();
        assert!(matches!(error, Error::Backend(BackendError::Unknown { .. })), "{error}");
    });
}
