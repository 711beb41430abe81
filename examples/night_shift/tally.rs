//! What the ledger says in the end.

use std::collections::BTreeMap;

use talkback::{Desk, Error, Fact};

pub(crate) struct Tally {
    /// Deadlines that are recorded as missed.
    pub(crate) effects: usize,
    /// How many of them more than once.
    pub(crate) duplicates: usize,
}

/// Reads the feed of the tenant from its beginning, page by page.
pub(crate) fn count(desk: &Desk) -> Result<Tally, Error> {
    let (mut after, mut missed) = (None, BTreeMap::<_, usize>::new());
    loop {
        let page = pollster::block_on(desk.feed(after, 1_000))?;
        let Some(last) = page.last() else { break };
        after = Some(last);
        for item in page.items {
            let event = item.event.map_err(talkback::BackendError::from)?;
            if let Fact::Breached { deadline, .. } = event.fact {
                *missed.entry((item.key.id, deadline)).or_default() += 1;
            }
        }
    }
    Ok(Tally { effects: missed.len(), duplicates: missed.values().filter(|times| **times > 1).count() })
}
