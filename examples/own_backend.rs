//! Your own storage, wired to talkback.
//!
//! This backend keeps everything in ordered maps behind one lock. A lock makes the hardest promise
//! easy (all or nothing), so that what is left to see is what each call has to answer. With a database,
//! each method is one transaction, each map a table with the same key, and each loop over a map a query
//! over an index. The contract is on `talkback::Backend`; `main` tries all of it and reports.
//!
//! Run it with `cargo run --example own_backend`. While you write your own, have one test for each promise
//! instead, as at the end of this file, and make one area after the other work:
//! `cargo test --example own_backend contract::commits`.

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use talkback::backend::*;
use talkback::testing::conformance;
use talkback::{CommandId, Event, Notice, NoticeId, TenantId, Text, TextId};

/// The tables. Every key begins with the tenant, so that no tenant can meet another's rows.
#[derive(Debug, Default)]
struct Tables {
    /// The current state of each record, and its wake-up. `Pending` knows the rules of leases.
    records: BTreeMap<Key, (Record, Pending)>,
    /// All events of all tenants in the order of their commits; the place in the list is the position.
    events: Vec<(Key, Event)>,
    /// The words, with the record that they came with. An erased one is gone, and cannot come back,
    /// because its command is remembered.
    texts: BTreeMap<(TenantId, TextId), (RecordId, Text)>,
    /// What each command did, so that it is done once.
    commands: BTreeMap<(TenantId, CommandId), Outcome>,
    /// What has to go out, in the order of the ids: that is the order in which a recipient gets it.
    /// Dead letters stay among them until they are dismissed or erased.
    notices: BTreeMap<(TenantId, NoticeId), (Notice, PendingNotice)>,
}

#[derive(Debug, Default)]
struct OwnBackend(Mutex<Tables>);

impl OwnBackend {
    fn with<T>(&self, work: impl FnOnce(&mut Tables) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl Backend for OwnBackend {
    /// Record and outcome under one lock: both are of the same instant.
    async fn load(&self, load: Load) -> Result<Loaded, BackendError> {
        Ok(self.with(|tables| Loaded {
            record: tables.records.get(&load.key).map(|(record, _)| record.clone()),
            outcome: load.command.and_then(|id| tables.commands.get(&(load.key.tenant.clone(), id))).cloned(),
        }))
    }

    /// First everything that can refuse, then everything that writes.
    async fn commit(&self, commit: Commit) -> Result<Committed, BackendError> {
        commit.check()?;
        self.with(|tables| {
            let outcome = commit.outcome();
            if let Some(stamp) = commit.command {
                let command = (commit.tenant.clone(), stamp.id);
                if let Some(known) = tables.commands.get(&command) {
                    return known.clone().repeat(stamp);
                }
            }
            for write in &commit.writes {
                let stored = tables.records.get(&write.record.key());
                write.check_stored(stored.map_or(0, |(record, _)| record.version()))?;
            }
            for Write { record, events, texts, notices, .. } in commit.writes {
                let (key, tenant) = (record.key(), || commit.tenant.clone());
                tables.events.extend(events.into_iter().map(|event| (key.clone(), event)));
                tables.texts.extend(texts.into_iter().map(|text| ((tenant(), text.id), (key.id, text))));
                for notice in notices {
                    let pending = PendingNotice::new(notice.at);
                    tables.notices.insert((tenant(), notice.id), (notice, pending));
                }
                let wake_up = record.wake_up();
                let row = tables.records.entry(key).or_insert((record.clone(), Pending::new(None)));
                row.0 = record;
                row.1.replace(wake_up);
            }
            if let Some(stamp) = commit.command {
                tables.commands.insert((commit.tenant, stamp.id), outcome.clone());
            }
            Ok(Committed { outcome, fresh: true })
        })
    }

    /// `page_of` filters, sorts and cuts: the right thing for a map, a query for a database.
    async fn find(&self, find: Find) -> Result<Page, BackendError> {
        self.with(|tables| {
            find.page_of(tables.records.values().map(|(record, pending)| Found {
                record: record.clone(),
                quarantined: pending.quarantined(),
            }))
        })
    }

    /// A history is the feed, seen through a filter.
    async fn events(&self, query: EventQuery) -> Result<EventPage, BackendError> {
        query.check()?;
        let items = self.with(|tables| {
            let all = (1..).map(|number| Position::new(1, number)).zip(&tables.events);
            all.filter(|(position, (key, event))| query.matches(*position, key, event))
                .map(|(position, (key, event))| EventItem {
                    position,
                    key: key.clone(),
                    event: Ok(event.clone()),
                })
                .take(query.limit)
                .collect()
        });
        Ok(EventPage { items })
    }

    async fn texts(&self, query: TextQuery) -> Result<Vec<Option<Text>>, BackendError> {
        query.check()?;
        let row = |id: &TextId| (query.tenant.clone(), *id);
        Ok(self.with(|tables| {
            query.ids.iter().map(|id| tables.texts.get(&row(id)).map(|(_, text)| text.clone())).collect()
        }))
    }

    /// Takes the words, the notices about to go out, and the fingerprints that could give words away.
    async fn erase(&self, Erasure { tenant, scope, .. }: Erasure) -> Result<Erased, BackendError> {
        Ok(self.with(|Tables { records, texts, commands, notices, .. }| {
            let (had_texts, had_notices) = (texts.len(), notices.len());
            let mut touched = BTreeSet::new();
            texts.retain(|(whose, id), (record, text)| {
                let taken = *whose == tenant && scope.takes_text(&text.about, *record);
                if taken {
                    touched.insert(id.command);
                }
                !taken
            });
            notices.retain(|(whose, _), (notice, _)| *whose != tenant || !scope.takes_notice(notice));
            for ((_, id), outcome) in commands.iter_mut().filter(|((whose, _), _)| *whose == tenant) {
                let mut wrote = outcome.written.iter().filter_map(|written| records.get(&written.key));
                if touched.contains(id) || wrote.any(|(record, _)| scope.takes_fingerprints(&record.index()))
                {
                    outcome.fingerprint = None;
                }
            }
            Erased { texts: (had_texts - texts.len()) as u64, notices: (had_notices - notices.len()) as u64 }
        }))
    }

    /// `pick_wakes` and `pick_notices` find what is ready and lease it, or list dead letters; an index would do it faster.
    async fn claim(&self, claim: Claim) -> Result<Claimed, BackendError> {
        claim.check()?;
        Ok(self.with(|Tables { records, notices, .. }| match claim.lane {
            Lane::Wakes => claim.pick_wakes(records.iter_mut().map(|(key, row)| (key, &mut row.1))),
            Lane::Notices => {
                claim.pick_notices(notices.iter_mut().map(|((whose, _), row)| (whose, &row.0, &mut row.1)))
            }
        }))
    }

    async fn settle(&self, settlement: Settlement) -> Result<(), BackendError> {
        let Settlement { tenant, item, now, .. } = settlement;
        self.with(|tables| match item {
            Settled::Wake { record, lease, end } => {
                let row = tables.records.get_mut(&Key::new(tenant, record));
                row.ok_or(BackendError::LeaseLost)?.1.settle_wake(lease, end, now)
            }
            Settled::Notice { notice, lease, end } => {
                let row = (tenant, notice);
                let (_, pending) = tables.notices.get_mut(&row).ok_or(BackendError::LeaseLost)?;
                if pending.settle(lease, &end)? == After::Over {
                    tables.notices.remove(&row);
                }
                Ok(())
            }
        })
    }
}

fn main() {
    let make = async || Arc::new(OwnBackend::default()) as Arc<dyn Backend>;
    let report = pollster::block_on(conformance::run_all(make));
    for name in &report.kept {
        println!("kept: {name}");
    }
    println!("{report}");
    assert!(report.is_kept());
}

/// The same promises as tests, each on a backend of its own.
#[cfg(test)]
mod contract {
    use super::*;

    conformance! {
        block_on: pollster::block_on,
        fresh: async || (Arc::new(OwnBackend::default()) as Arc<dyn Backend>, ()),
    }
}
