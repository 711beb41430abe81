//! What a client sent and what it was told.

use std::collections::BTreeMap;
use std::fmt;

use crate::id::CommandId;
use crate::workflow::NoticeId;

/// What clients sent, and what they were told of it.
///
/// It is kept as lines of text, so that a process that may die at any moment can append one at a time;
/// [`Journal::read`] leaves out a last line that was cut off.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Journal {
    pub(super) commands: BTreeMap<CommandId, Sent>,
    /// Whether it was answered that it is settled.
    pub(super) settled: BTreeMap<NoticeId, bool>,
    pub(super) erased: bool,
}

/// A command, as its sender knows of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Sent {
    pub(super) tries: u32,
    pub(super) told: Option<Told>,
}

/// How it was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    Done,
    Refused,
}

impl Journal {
    /// It is about to be sent, for the first time or once more.
    pub fn sending(&mut self, command: CommandId) {
        let sent = self.commands.entry(command).or_default();
        sent.tries = sent.tries.saturating_add(1);
    }

    /// It was carried out, or had been.
    pub fn done(&mut self, command: CommandId) {
        self.commands.entry(command).or_default().told = Some(Told::Done);
    }

    /// It was refused: nothing was written, at no try.
    pub fn refused(&mut self, command: CommandId) {
        self.commands.entry(command).or_default().told = Some(Told::Refused);
    }

    /// The notice is about to be settled as done or dead.
    pub fn settling(&mut self, notice: NoticeId) {
        self.settled.entry(notice).or_default();
    }

    /// The notice was settled as done or dead.
    pub fn settled(&mut self, notice: NoticeId) {
        self.settled.insert(notice, true);
    }

    /// Words were erased, so that not every text that an event refers to is there.
    pub fn erased(&mut self) {
        self.erased = true;
    }

    /// Reads the lines that `Display` writes, and leaves out what is none of them.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let mut journal = Self::default();
        // What is behind the last line feed was cut off.
        let whole = text.rsplit_once('\n').map_or("", |(lines, _)| lines);
        for (word, rest) in whole.lines().map(|line| line.split_once(' ').unwrap_or((line, ""))) {
            match (word, rest.parse()) {
                ("sending", Ok(command)) => journal.sending(command),
                ("done", Ok(command)) => journal.done(command),
                ("refused", Ok(command)) => journal.refused(command),
                ("settling", _) => notice(rest).into_iter().for_each(|notice| journal.settling(notice)),
                ("settled", _) => notice(rest).into_iter().for_each(|notice| journal.settled(notice)),
                ("erased", _) => journal.erased(),
                _ => {}
            }
        }
        journal
    }

    /// How many commands were acknowledged.
    #[must_use]
    pub fn acknowledged(&self) -> usize {
        self.commands.values().filter(|sent| sent.told == Some(Told::Done)).count()
    }

    /// The commands that were sent and never answered.
    pub fn unanswered(&self) -> impl Iterator<Item = CommandId> {
        self.commands.iter().filter(|(_, sent)| sent.told.is_none()).map(|(id, _)| *id)
    }
}

/// One line for each thing that is known, in the words that [`Journal::read`] reads.
impl fmt::Display for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (command, sent) in &self.commands {
            for _ in 0..sent.tries {
                writeln!(f, "sending {command}")?;
            }
            match sent.told {
                Some(Told::Done) => writeln!(f, "done {command}")?,
                Some(Told::Refused) => writeln!(f, "refused {command}")?,
                None => {}
            }
        }
        for (NoticeId { case, version, n }, answered) in &self.settled {
            let word = if *answered { "settled" } else { "settling" };
            writeln!(f, "{word} {case} {version} {n}")?;
        }
        if self.erased { writeln!(f, "erased") } else { Ok(()) }
    }
}

fn notice(text: &str) -> Option<NoticeId> {
    let mut parts = text.split(' ');
    let case = parts.next()?.parse().ok()?;
    Some(NoticeId { case, version: parts.next()?.parse().ok()?, n: parts.next()?.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{CaseId, TenantId};

    #[test]
    fn a_journal_reads_what_it_writes_and_not_what_was_cut_off() {
        let id = |name: &str| CommandId::derive(&TenantId::single(), &[name]);
        let mut journal = Journal::default();
        for name in ["a", "b", "b", "c"] {
            journal.sending(id(name));
        }
        journal.done(id("a"));
        journal.refused(id("b"));
        let notice = |n| NoticeId { case: CaseId::derive(&TenantId::single(), &["x"]), version: 7, n };
        journal.settling(notice(1));
        journal.settled(notice(2));
        let text = journal.to_string();
        assert_eq!(Journal::read(&text), journal);
        let cut = format!("{text}done {}", id("c"));
        assert_eq!(Journal::read(&cut), journal);
        assert_eq!(Journal::read(&format!("{cut}\n")).acknowledged(), 2);
        assert_eq!(journal.unanswered().collect::<Vec<_>>(), [id("c")]);
    }
}
