//! Lists against the memory backend: whatever is asked, both answer the same.

use std::sync::Arc;

use chrono::TimeDelta;
use pollster::block_on;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::TestRunner;
use talkback::backend::sqlite::*;
use talkback::backend::*;
use talkback::workflow::{Assign, CustomerWrote, Invite, Open, Withdraw};
use talkback::{
    Actor, Channel, Code, Command, Consent, Contact, CustomerId, Desk, ExitReason, Feedback, FeedbackKind,
    ManualClock, MemoryBackend, Outbound, Policy, PolicyBook, Priority, ReplyPath, Request, StaffId, Stage,
    TeamId, WorkingCalendar,
};

use super::{case, command, monday, tenant};

const CASES: u32 = 150;
const PEOPLE: [&str; 4] = ["customer-1", "customer-2", "customer-3", "customer'; --"];
const STAFF: [&str; 3] = ["kim", "lee", "mo"];
const TEAMS: [&str; 2] = ["care", "depot"];
const LABELS: [&str; 3] = ["late", "late-parcel", "vip"];

fn kinds() -> Vec<FeedbackKind> {
    let own = FeedbackKind::from(Code::new("defect").unwrap());
    vec![FeedbackKind::Complaint, FeedbackKind::Praise, FeedbackKind::Question, own]
}

/// Cases of all sorts: several began at the same instant, some are assigned, answered, withdrawn,
/// quarantined.
fn fill(backend: &Arc<dyn Backend>) {
    let office = WorkingCalendar::office("office").build().unwrap();
    let policies = PolicyBook::single(Policy::house_standard(office).unwrap());
    let clock = Arc::new(ManualClock::at(monday()));
    let desk = Desk::new(backend.clone(), policies, clock.clone(), tenant());
    let kinds = kinds();
    for n in 0..CASES {
        let at = |list: &[&'static str], n: u32| list[n as usize % list.len()];
        clock.set(monday() + TimeDelta::minutes(i64::from(n / 3 * 7)));
        let priority =
            [Priority::Low, Priority::Normal, Priority::High, Priority::Urgent][n as usize / 5 % 4];
        let mut feedback = Feedback::new(kinds[n as usize % 4].clone(), Channel::Chat, "Words.")
            .with_customer(CustomerId::new(at(&PEOPLE, n / 2)).unwrap())
            .with_contact(Contact::InThread)
            .with_priority(priority);
        for label in (0..3).filter(|bit| n >> bit & 1 == 1) {
            feedback = feedback.with_label(Code::new(LABELS[label]).unwrap());
        }
        let customer = Actor::customer(CustomerId::new(at(&PEOPLE, n / 2)).unwrap());
        let kim = Actor::staff(StaffId::new("kim").unwrap());
        let run = |actor: &Actor, k, wanted: Command| {
            let request = Request::new(actor.clone(), wanted).with_id(command(n, k));
            block_on(desk.execute(case(n), request)).unwrap();
        };
        run(&customer, 0, Open::new(feedback).into());
        if n % 3 == 0 {
            run(&kim, 1, Assign::to(StaffId::new(at(&STAFF, n / 3)).unwrap()).into());
        }
        if n % 7 == 0 {
            run(&kim, 2, Assign::to_team(TeamId::new(at(&TEAMS, n / 7)).unwrap()).into());
        }
        if n % 4 == 3 {
            run(&customer, 3, Withdraw::matter(ExitReason::NotSaid).into());
        }
    }
    // The first of them fail until they are quarantined.
    for _ in 0..QUARANTINE_AFTER {
        let now = monday() + TimeDelta::days(30);
        let claim = Claim::work(tenant(), Lane::Wakes, now, TimeDelta::minutes(5), 10);
        for wake in block_on(backend.claim(claim)).unwrap().into_wakes() {
            let end = WakeEnd::Retry { at: monday() };
            block_on(backend.settle(Settlement::wake(wake.key, wake.lease, end, now))).unwrap();
        }
    }
}

fn query() -> impl Strategy<Value = CaseQuery> {
    let some = |list: &[&'static str]| vec(select(list.to_vec()), 0..3);
    let or_none = |list: &[&'static str]| vec(proptest::option::of(select(list.to_vec())), 0..3);
    let span = || {
        let time =
            || proptest::option::weighted(0.3, (-10..400_i64).prop_map(|m| monday() + TimeDelta::minutes(m)));
        (time(), time()).prop_map(|(from, until)| TimeRange { from, until })
    };
    let orders = select(vec![Order::Opened, Order::Updated, Order::WakeUp]);
    let directions = select(vec![Direction::Ascending, Direction::Descending]);
    let priorities = vec(select(vec![Priority::Low, Priority::High, Priority::Urgent]), 0..3);
    let names = (some(&PEOPLE), or_none(&STAFF), or_none(&TEAMS), some(&LABELS));
    let words = (vec(select(Stage::ALL.to_vec()), 0..5), vec(select(kinds()), 0..3), priorities);
    let soon = proptest::option::weighted(0.2, 0..20_i64);
    let quarantined = proptest::option::weighted(0.3, any::<bool>());
    (names, words, span(), span(), soon, quarantined, orders, directions).prop_map(
        |(names, words, opened, updated, soon, quarantined, order, direction)| {
            let mut query = CaseQuery::new(tenant()).ordered(order, direction);
            let (people, staff, teams, labels) = names;
            query.customers = people.into_iter().map(|name| CustomerId::new(name).unwrap()).collect();
            query.owners =
                staff.into_iter().map(|name| name.map(|name| StaffId::new(name).unwrap())).collect();
            query.teams = teams.into_iter().map(|name| name.map(|name| TeamId::new(name).unwrap())).collect();
            query.labels = labels.into_iter().map(|name| Code::new(name).unwrap()).collect();
            (query.stages, query.kinds, query.priorities) = words;
            (query.opened, query.updated, query.quarantined) = (opened, updated, quarantined);
            query.wake_up_before = soon.map(|days| monday() + TimeDelta::days(days));
            query
        },
    )
}

/// All pages of a list.
fn listed(backend: &dyn Backend, query: &CaseQuery, limit: usize) -> Vec<Vec<(Record, bool)>> {
    let (mut pages, mut cursor) = (Vec::new(), None);
    loop {
        let page = cursor.map_or(PageRequest::first(limit), |cursor| PageRequest::after(limit, cursor));
        let page = block_on(backend.find(Find::new(query.clone(), page))).unwrap();
        let found = page.items.into_iter().map(Result::unwrap);
        pages.push(found.map(|found| (found.record, found.quarantined)).collect());
        cursor = page.next;
        if cursor.is_none() {
            return pages;
        }
    }
}

/// Every column follows its record, also the ones that rarely change: a case begins when its customer answers the
/// invitation, not when they were invited.
#[test]
fn an_answered_invitation_is_listed_by_when_it_was_answered() {
    let lists: Vec<_> = [
        Arc::new(MemoryBackend::new()) as Arc<dyn Backend>,
        Arc::new(SqliteBackend::open_in_memory().unwrap()),
    ]
    .iter()
    .map(|backend| {
        let office = WorkingCalendar::office("office").build().unwrap();
        let policies = PolicyBook::single(Policy::house_standard(office).unwrap());
        let clock = Arc::new(ManualClock::at(monday()));
        let desk = Desk::new(backend.clone(), policies, clock.clone(), tenant());
        let run = |actor: Actor, n, k, wanted: Command| {
            block_on(desk.execute(case(n), Request::new(actor, wanted).with_id(command(n, k)))).unwrap();
        };
        let customer = Actor::customer(CustomerId::new("customer-1").unwrap());
        let mut about = Feedback::question(Channel::Email, "Words.")
            .with_customer(CustomerId::new("customer-1").unwrap())
            .with_contact(Contact::email("ann@example.org").unwrap())
            .with_consent(Consent { surveys: true, ..Consent::default() });
        about.body = None;
        let path = ReplyPath::email("care@shop.example").unwrap();
        let question = Outbound::new("How was it?", path);
        let invite = Invite { about, question, policy: None };
        run(Actor::staff(StaffId::new("kim").unwrap()), 1, 0, Command::Invite(Box::new(invite)));
        clock.advance(TimeDelta::days(1));
        let other = Feedback::complaint(Channel::Chat, "Words.").with_contact(Contact::InThread);
        run(customer.clone(), 2, 0, Open::new(other).into());
        clock.advance(TimeDelta::days(1));
        run(customer, 1, 1, CustomerWrote::new("It was well.").into());
        let mut since = CaseQuery::new(tenant()).ordered(Order::Opened, Direction::Descending);
        let all = listed(&**backend, &since, 1);
        since.opened = TimeRange { from: Some(monday() + TimeDelta::hours(36)), until: None };
        let late = listed(&**backend, &since, 1);
        assert_eq!((all.len(), late.len(), late[0].len()), (2, 1, 1));
        assert_eq!(all[0], late[0]);
        all
    })
    .collect();
    assert_eq!(lists[0], lists[1]);
}

#[test]
fn a_list_is_the_same_in_memory_and_in_a_file() {
    let memory: Arc<dyn Backend> = Arc::new(MemoryBackend::new());
    let sqlite: Arc<dyn Backend> = Arc::new(SqliteBackend::open_in_memory().unwrap());
    fill(&memory);
    fill(&sqlite);
    let tried =
        TestRunner::new(crate::random::cases(1_500)).run(&(query(), 1..40_usize), |(query, limit)| {
            let (there, here) = (listed(&*memory, &query, limit), listed(&*sqlite, &query, limit));
            prop_assert_eq!(there, here);
            Ok(())
        });
    tried.unwrap();
    let all = listed(&*sqlite, &CaseQuery::new(tenant()), 1_000);
    assert_eq!(all[0].len(), CASES as usize);
    assert_eq!(all[0].iter().filter(|(_, quarantined)| *quarantined).count(), 10);
}
