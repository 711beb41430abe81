//! Every list that is compared.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use talkback::backend::{CaseQuery, Direction, Order, TimeRange};
use talkback::{Code, CustomerId, FeedbackKind, Priority, Stage, TeamId, TenantId};

use crate::workflow::generate::staff_id;

/// Each order. The match is exhaustive, so that a new one cannot be left out.
pub(super) fn orders() -> Vec<Order> {
    let next = |order| match order {
        Order::Opened => Some(Order::Updated),
        Order::Updated => Some(Order::WakeUp),
        Order::WakeUp => Some(Order::Due),
        Order::Due => None,
    };
    std::iter::successors(Some(Order::Opened), |order| next(*order)).collect()
}

pub(super) const DIRECTIONS: [Direction; 2] = [Direction::Ascending, Direction::Descending];

/// A list with this filter alone, by the field's name. Which values it asks for depends on `n`.
fn filtered(query: &mut CaseQuery, field: &str, n: usize, now: DateTime<Utc>) {
    let flip = |of: usize| n.is_multiple_of(of);
    let span = |from: i64, until: i64| {
        let at = |hours| now + TimeDelta::hours(hours);
        TimeRange { from: flip(2).then(|| at(from)), until: (!flip(3)).then(|| at(until)) }
    };
    match field {
        "stages" => {
            query.stages = vec![Stage::ALL[n % Stage::ALL.len()], Stage::ALL[(n + 3) % Stage::ALL.len()]];
        }
        "kinds" => {
            let kinds = FeedbackKind::KNOWN;
            query.kinds = vec![kinds[n % kinds.len()].clone(), "defect".parse().unwrap()];
        }
        "owners" => {
            query.owners = vec![Some(staff_id(["ann", "bob"][n % 2]))];
            query.owners.extend(flip(3).then_some(None));
        }
        "teams" => {
            query.teams = vec![None];
            query.teams.extend(flip(2).then(|| Some(TeamId::new("care").unwrap())));
        }
        "customers" => query.customers = vec![CustomerId::new(format!("customer-{}", 1 + n % 3)).unwrap()],
        "priorities" => {
            let all = [Priority::Low, Priority::Normal, Priority::High, Priority::Urgent];
            query.priorities = vec![all[n % 4], all[(n + 1) % 4]];
        }
        "labels" => {
            query.labels = vec![Code::new("late").unwrap()];
            query.labels.extend(flip(2).then(|| Code::new("vip").unwrap()));
            if flip(5) {
                query.labels.clear();
                *query = query.clone().with_guest(&CustomerId::new("customer-2").unwrap());
            }
        }
        "opened" => query.opened = span(-30, -1),
        "updated" => query.updated = span(-2, 1),
        "wake_up_before" => query.wake_up_before = Some(now + TimeDelta::hours(n as i64 % 50)),
        "quarantined" => query.quarantined = Some(flip(2)),
        other => panic!("no life filters by {other}: give it values here"),
    }
}

/// The fields of a query by which it filters, as it shows them itself: a new one is found without being named here.
pub(super) fn filters() -> BTreeSet<String> {
    let shown = format!("{:#?}", CaseQuery::new(TenantId::single()));
    let field = |line: &str| {
        let (name, _) = line.strip_prefix("    ")?.split_once(": ")?;
        name.starts_with(char::is_alphabetic).then(|| name.to_owned())
    };
    let mut fields: BTreeSet<_> = shown.lines().filter_map(field).collect();
    for field in ["tenant", "order", "direction"] {
        assert!(fields.remove(field), "{shown}");
    }
    fields
}

/// The lists that are asked for after the `n`th step: each filter, in one order after the other.
pub(super) fn lists(tenant: &TenantId, n: usize, now: DateTime<Utc>) -> Vec<(String, CaseQuery)> {
    let orders = orders();
    let list = |(k, field): (usize, String)| {
        let order = orders[(n + k) % orders.len()];
        let mut query = CaseQuery::new(tenant.clone()).ordered(order, DIRECTIONS[(n / 2 + k) % 2]);
        filtered(&mut query, &field, n + 7 * k, now);
        // Some of them narrowed once more.
        if (n + k).is_multiple_of(4) {
            query.stages = Stage::ALL.iter().copied().filter(|stage| *stage != Stage::Closed).collect();
        }
        (format!("the list with {field}"), query)
    };
    filters().into_iter().enumerate().map(list).collect()
}
