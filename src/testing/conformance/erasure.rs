//! Erasing: the words go, the facts stay.

use crate::backend::{Backend, BackendError, Erased, ErasureScope, Lane, NoticeEnd, Write};
use crate::id::Name;
use crate::testing::failure::{Failure, ensure, refused, same};
use crate::testing::probe::{Probe, at, command, person, record_id, record_ids, stamp};
use crate::testing::sample;
use crate::workflow::{Notice, NoticeKind, Recipient};

/// Every text about the person, in whichever record, reads as `None`.
pub async fn a_persons_texts_are_gone_everywhere(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    for n in 1..4 {
        a.put_as(stamp(n, 7), a.saying(n, &[(0, "ann"), (1, "ann")])?).await?;
    }
    a.erase(ErasureScope::Person(person("ann")?)).await?;
    for n in 1..4 {
        same("a text", &a.words(command(n), 0).await?, &None)?;
        same("another text", &a.words(command(n), 1).await?, &None)?;
    }
    Ok(())
}

/// Texts about others stay, in the same record too.
pub async fn another_persons_texts_stay(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    a.put_as(stamp(1, 7), a.saying(1, &[(0, "ann"), (1, "bob"), (2, "ann")])?).await?;
    a.erase(ErasureScope::Person(person("ann")?)).await?;
    same("the text about bob", &a.words(command(1), 1).await?.as_deref(), &Some("words of bob"))
}

/// Every text that came with the record is gone, whomever it is about; those of other records stay.
pub async fn a_records_texts_are_gone(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    let record = a.put_as(stamp(1, 7), a.saying(1, &[(0, "ann"), (1, "bob")])?).await?;
    let text = sample::text(command(2), 0, &person("cem")?, "later words");
    a.put_as(stamp(2, 7), sample::next(&record, at(1), None).with_texts(vec![text])).await?;
    a.put_as(stamp(3, 7), a.saying(3, &[(0, "ann")])?).await?;
    a.erase(ErasureScope::Record(record_id(1))).await?;
    for (n, slot) in [(1, 0), (1, 1), (2, 0)] {
        same("a text of the record", &a.words(command(n), slot).await?, &None)?;
    }
    same("a text of another", &a.words(command(3), 0).await?.as_deref(), &Some("words of ann"))
}

/// The answer says how many texts and notices went, and nothing for who has none.
pub async fn an_erasure_counts_what_it_took(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    let write = a.saying(1, &[(0, "ann"), (1, "bob"), (2, "ann")])?;
    let owed = vec![sample::notice(&write, 0, at(10), Some(&person("ann")?))];
    a.put_as(stamp(1, 7), write.with_notices(owed)).await?;
    a.put_as(stamp(2, 7), a.saying(2, &[(0, "ann"), (1, "bob")])?).await?;
    let none = Erased { texts: 0, notices: 0 };
    same("nobody's", &a.erase(ErasureScope::Person(person("nobody")?)).await?, &none)?;
    same("nothing's", &a.erase(ErasureScope::Record(record_id(9))).await?, &none)?;
    let ann = a.erase(ErasureScope::Person(person("ann")?)).await?;
    same("ann's", &ann, &Erased { texts: 3, notices: 1 })?;
    let record = a.erase(ErasureScope::Record(record_id(1))).await?;
    same("what was left in the record", &record, &Erased { texts: 1, notices: 0 })
}

/// Erasing again takes nothing and brings nothing back.
pub async fn an_erasure_repeated_is_harmless(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    a.put_as(stamp(1, 7), a.saying(1, &[(0, "ann")])?).await?;
    for scope in [ErasureScope::Person(person("ann")?), ErasureScope::Record(record_id(1))] {
        a.erase(scope.clone()).await?;
        same("the second time", &a.erase(scope).await?, &Erased { texts: 0, notices: 0 })?;
        same("the text", &a.words(command(1), 0).await?, &None)?;
    }
    Ok(())
}

/// A text that was erased stays so when the command that brought it is sent again.
pub async fn a_repeated_command_brings_no_erased_text_back(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    let write = a.saying(1, &[(0, "ann")])?;
    let record = a.put_as(stamp(1, 7), write.clone()).await?;
    a.erase(ErasureScope::Person(person("ann")?)).await?;
    let again = a.commit(Some(stamp(1, 7)), vec![write]).await?;
    ensure(!again.fresh, "the command is known")?;
    same("the text", &a.words(command(1), 0).await?, &None)?;
    // Nor under a version that would fit.
    let text = sample::text(command(1), 0, &person("ann")?, "once more");
    let next = sample::next(&record, at(1), None).with_texts(vec![text]);
    a.commit(Some(stamp(1, 7)), vec![next]).await?;
    same("the text", &a.words(command(1), 0).await?, &None)
}

/// Record, version, events, positions and outcomes are as they were.
pub async fn the_facts_stay(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    let record = a.put_as(stamp(1, 7), a.saying(1, &[(0, "ann")])?).await?;
    let record = a.put(sample::several(&record, at(1), Some(at(30)), 2)).await?;
    let places =
        |items: &[crate::backend::EventItem]| items.iter().map(|item| item.position).collect::<Vec<_>>();
    let before = (places(&a.history(1, 0).await?), places(&a.feed(None).await?));
    let outcome = a.outcome(1).await?.map(|outcome| outcome.written);
    a.erase(ErasureScope::Person(person("ann")?)).await?;
    a.erase(ErasureScope::Record(record_id(1))).await?;
    same("the record", &a.load(1).await?.as_ref(), &Some(&record))?;
    let after = (places(&a.history(1, 0).await?), places(&a.feed(None).await?));
    same("the events", &after, &before)?;
    same("the outcome", &a.outcome(1).await?.map(|outcome| outcome.written), &outcome)?;
    same("the list", &a.list(a.query()).await?, &record_ids(&[1]))?;
    same("the wake-up", &a.woken(at(30)).await?, &record_ids(&[1]))
}

/// Commands on the records of a customer who is erased forget their body: from then on the id decides.
pub async fn an_erasure_drops_fingerprints(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    let record = a.put_as(stamp(1, 7), a.saying(1, &[(0, "ann")])?).await?;
    a.put_as(stamp(2, 7), sample::next(&record, at(1), None)).await?;
    let scopes = [ErasureScope::Person(person("ann")?), ErasureScope::Record(record_id(1))];
    for scope in scopes {
        a.erase(scope).await?;
        for n in [1, 2] {
            let outcome = a.outcome(n).await?.ok_or_else(|| Failure::new("the command is forgotten"))?;
            same("the fingerprint", &outcome.fingerprint, &None)?;
            let again = a.commit(Some(stamp(n, 8)), vec![a.new_case(5)?]).await?;
            ensure(!again.fresh, "another body gets the first outcome")?;
            same("the outcome", &again.outcome.written, &outcome.written)?;
        }
    }
    same("the record that was not written", &a.load(5).await?, &None)
}

/// So do commands that brought a text about the person to someone else's record.
pub async fn an_erasure_drops_fingerprints_of_who_is_only_mentioned(
    backend: &dyn Backend,
) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    a.put_as(stamp(1, 7), a.saying(1, &[(0, "bob")])?).await?;
    a.erase(ErasureScope::Person(person("bob")?)).await?;
    let fingerprint = a.outcome(1).await?.map(|outcome| outcome.fingerprint);
    same("the fingerprint", &fingerprint, &Some(None))
}

/// Commands that have nothing to do with the person keep theirs.
pub async fn other_fingerprints_stay(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    a.put_as(stamp(1, 7), a.saying(1, &[(0, "ann")])?).await?;
    let mut draft = a.draft(2)?;
    draft.customer = person("bob")?;
    let record = a.put_as(stamp(2, 7), sample::opened(draft)).await?;
    let text = sample::text(command(3), 0, &person("ann")?, "bob about ann");
    a.put_as(stamp(3, 7), sample::next(&record, at(1), None).with_texts(vec![text])).await?;
    a.erase(ErasureScope::Person(person("ann")?)).await?;
    for (n, fingerprint) in [(1, None), (2, Some(7)), (3, None)] {
        let stored = a.outcome(n).await?.map(|outcome| outcome.fingerprint);
        same("the fingerprint", &stored, &Some(fingerprint))?;
    }
    Ok(())
}

/// Notices to the person, or of the record, that did not go out yet never will.
pub async fn an_erasure_voids_waiting_notices(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    let ann = person("ann")?;
    let write = a.new_case(1)?;
    let owed = (0..3).map(|n| sample::notice(&write, n, at(10), Some(&ann))).collect();
    a.put(write.with_notices(owed)).await?;
    let write = a.new_case(2)?;
    let owed = vec![sample::notice(&write, 0, at(10), None)];
    a.put(write.with_notices(owed)).await?;
    same("ann's", &a.erase(ErasureScope::Person(ann)).await?.notices, &3)?;
    same("the record's", &a.erase(ErasureScope::Record(record_id(2))).await?.notices, &1)?;
    ensure(a.tenants(Lane::Notices, at(1_000)).await?.is_empty(), "no tenant has any")?;
    ensure(a.notices(at(1_000)).await?.is_empty(), "there are none left")
}

/// What stood in line behind a notice that is gone, and is not about the person, may go.
pub async fn an_erasure_lets_the_next_in_line_go(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    let ann = person("ann")?;
    let write = a.new_case(1)?;
    let owner = Recipient::Role(Name::known("owner"));
    let to_the_owner = |n, kind| sample::notice_to(&write, n, at(10), owner.clone(), kind);
    let about_ann = Notice { person: Some(ann.clone()), ..to_the_owner(0, NoticeKind::Thanks) };
    let owed = vec![about_ann, to_the_owner(1, NoticeKind::Review), to_the_owner(2, NoticeKind::Review)];
    a.put(write.with_notices(owed)).await?;
    same("ann's", &a.erase(ErasureScope::Person(ann)).await?.notices, &1)?;
    same("the next one", &a.notice(at(20)).await?.0.id.n, &1)?;
    ensure(a.notices(at(20)).await?.is_empty(), "the last one waits for it")
}

/// Also one that is just going out: its lease is lost.
pub async fn an_erasure_voids_leased_notices(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    let ann = person("ann")?;
    let write = a.new_case(1)?;
    let owed = vec![sample::notice(&write, 0, at(10), Some(&ann))];
    a.put(write.with_notices(owed)).await?;
    let (_, leased) = a.notice(at(10)).await?;
    a.erase(ErasureScope::Person(ann)).await?;
    match refused(a.settle_notice(&leased, NoticeEnd::Retry { at: at(20) }).await)? {
        BackendError::LeaseLost => {}
        error => return Err(Failure::new(format!("expected a lost lease, got {error:?}"))),
    }
    ensure(a.notices(at(1_000)).await?.is_empty(), "it is not offered again")
}

/// Dead letters of the person, or of the record, go as well.
pub async fn an_erasure_takes_dead_notices(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    let ann = person("ann")?;
    for (number, whose) in [(1, &ann), (2, &person("bob")?), (3, &person("bob")?)] {
        let write = a.new_case(number)?;
        let owed = vec![sample::notice(&write, 0, at(10), Some(whose))];
        a.put(write.with_notices(owed)).await?;
    }
    for leased in a.notices(at(10)).await? {
        a.give_up(&leased).await?;
    }
    same("ann's", &a.erase(ErasureScope::Person(ann)).await?.notices, &1)?;
    same("the record's", &a.erase(ErasureScope::Record(record_id(2))).await?.notices, &1)?;
    let left: Vec<_> = a.dead(None, 10).await?.iter().map(|dead| dead.key.clone()).collect();
    same("what is left", &left, &vec![a.key(3)])?;
    ensure(a.notices(at(1_000)).await?.is_empty(), "none of them is offered")
}

/// Notices to others go out as before.
pub async fn other_notices_stay(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    let write = a.new_case(1)?;
    let owed = vec![
        sample::notice(&write, 0, at(10), Some(&person("ann")?)),
        sample::notice(&write, 1, at(10), Some(&person("bob")?)),
    ];
    a.put(write.with_notices(owed)).await?;
    a.erase(ErasureScope::Person(person("ann")?)).await?;
    same("the notice to bob", &a.notice(at(10)).await?.0.person, &Some(person("bob")?))
}

/// An erasure takes what there is; what someone writes afterwards is kept.
pub async fn a_text_after_an_erasure_is_kept(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    let record = a.put_as(stamp(1, 7), a.saying(1, &[(0, "ann")])?).await?;
    a.erase(ErasureScope::Person(person("ann")?)).await?;
    let text = sample::text(command(2), 0, &person("ann")?, "here again");
    a.put_as(stamp(2, 7), sample::next(&record, at(1), None).with_texts(vec![text])).await?;
    same("the new text", &a.words(command(2), 0).await?.as_deref(), &Some("here again"))
}

impl Probe<'_> {
    /// A new case of ann, brought by the command of the same number, with texts about these persons.
    pub(super) fn saying(&self, n: u32, about: &[(u8, &str)]) -> Result<Write, Failure> {
        let mut texts = Vec::new();
        for (slot, name) in about {
            texts.push(sample::text(command(n), *slot, &person(name)?, &format!("words of {name}")));
        }
        Ok(self.new_case(n)?.with_texts(texts))
    }
}
