//! Follows what happens at a desk and keeps a table of it: how many cases are open on each channel.
//!
//! Whatever wants to know (a dashboard, a search index, another service) reads the feed behind the position that
//! it kept, and keeps the next one together with what it made of the events, in one write. So it may stop at any
//! moment, and goes on as if it had not. Run it with `cargo run --example subscriber`.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use talkback::backend::{EventItem, Position, RecordId};
use talkback::workflow::Withdraw;
use talkback::*;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// How many events are read at once; more than a few in earnest.
const PAGE: usize = 2;

/// The table, and how far it has come. It is written as a whole, in a file or a row.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Board {
    after: Option<Position>,
    /// Every case with its channel, and whether it is open.
    cases: BTreeMap<CaseId, (Channel, bool)>,
}

impl Board {
    /// Reads one page of the feed, of at most `limit` events, and says how many there were.
    pub(crate) async fn catch_up(&mut self, desk: &Desk, limit: usize) -> Result<usize> {
        let page = desk.feed(self.after, limit).await?;
        page.items.iter().for_each(|item| self.take(item));
        self.after = page.last().or(self.after);
        Ok(page.items.len())
    }

    /// How many cases are open on each channel.
    pub(crate) fn open(&self) -> BTreeMap<&Channel, usize> {
        let mut counts = BTreeMap::new();
        for (channel, _) in self.cases.values().filter(|(_, open)| *open) {
            *counts.entry(channel).or_default() += 1;
        }
        counts
    }

    fn take(&mut self, item: &EventItem) {
        // One that cannot be read stands in its place, for somebody to look at.
        let (RecordId::Case(case), Ok(event)) = (item.key.id, &item.event) else { return };
        match &event.fact {
            Fact::Opened(opened) => drop(self.cases.insert(case, (opened.head.channel.clone(), true))),
            Fact::Closed { .. } => self.mark(case, false),
            Fact::Reopened { .. } => self.mark(case, true),
            _ => {}
        }
    }

    fn mark(&mut self, case: CaseId, is_open: bool) {
        self.cases.entry(case).and_modify(|(_, open)| *open = is_open);
    }
}

fn main() -> Result<()> {
    pollster::block_on(run())
}

async fn run() -> Result<()> {
    let policy = Policy::house_standard(WorkingCalendar::office("office").build()?)?;
    let desk = Desk::single(Arc::new(MemoryBackend::new()), PolicyBook::single(policy));
    let ann = Actor::customer(CustomerId::new("customer-17")?);
    let open =
        async |channel| desk.open(ann.clone(), Feedback::complaint(channel, "The kettle leaks.")).await;

    let mut file = String::new();
    let chat = open(Channel::Chat).await?.case.id;
    open(Channel::Email).await?;
    subscribe(&desk, &mut file).await?;

    // The subscriber is gone, and life goes on: it misses nothing of it.
    open(Channel::Email).await?;
    let withdraw = Withdraw::matter(ExitReason::NotSaid);
    desk.execute(chat, Request::new(ann.clone(), withdraw)).await?;
    subscribe(&desk, &mut file).await
}

/// One life of a subscriber: it goes on from what it had kept, until there is no more, and prints its table.
/// `file` stands for wherever that is kept.
async fn subscribe(desk: &Desk, file: &mut String) -> Result<()> {
    let mut board: Board = if file.is_empty() { Board::default() } else { serde_json::from_str(file)? };
    let mut seen = 0;
    loop {
        let events = board.catch_up(desk, PAGE).await?;
        *file = serde_json::to_string(&board)?;
        seen += events;
        if events < PAGE {
            break;
        }
    }
    println!("{seen} new events; open:");
    for (channel, count) in board.open() {
        println!("  {:<6} {count}", channel.as_str());
    }
    Ok(())
}
