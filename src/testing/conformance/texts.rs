//! Reading words.

use crate::backend::{Backend, BackendError, Invalid, TextQuery};
use crate::id::TextId;
use crate::testing::failure::{Failure, ensure, refused, same};
use crate::testing::probe::{Probe, at, command, person, stamp};
use crate::testing::sample;

/// One answer per id, in the order asked for, also for an id that is named twice.
pub async fn texts_come_in_the_order_of_their_ids(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    let ann = person("ann")?;
    let texts: Vec<_> = [(0, "zero"), (7, "seven"), (3, "three")]
        .map(|(n, body)| sample::text(command(1), n, &ann, body))
        .into();
    a.put_as(stamp(1, 7), a.new_case(1)?.with_texts(texts.clone())).await?;
    let ids = [3, 0, 9, 7, 3].map(|slot| TextId { command: command(1), slot });
    let by_slot = |slot| texts.iter().find(|text| text.id.slot == slot).cloned();
    same("the texts", &a.texts(&ids).await?, &[3, 0, 9, 7, 3].map(by_slot).to_vec())
}

/// A text that never was reads as `None`.
pub async fn an_unknown_text_is_none(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    same("a text of an empty store", &a.words(command(1), 0).await?, &None)?;
    let record = a.put_as(stamp(1, 7), a.new_case(1)?).await?;
    same("a text of a command without any", &a.words(command(1), 0).await?, &None)?;
    let text = sample::text(command(2), 3, &person("ann")?, "words");
    a.put_as(stamp(2, 7), sample::next(&record, at(1), None).with_texts(vec![text])).await?;
    same("a place that only a later command filled", &a.words(command(1), 3).await?, &None)?;
    same("a place that the command left empty", &a.words(command(2), 0).await?, &None)
}

/// Words come back as they were, whatever they are made of.
pub async fn a_text_comes_back_byte_for_byte(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    let ann = person("ann")?;
    let long = "é".repeat(100_000);
    let bodies = [
        "",
        " \t\r\n ",
        "'; drop table cases; --",
        "nul \0 inside",
        "\u{202e}right to left\u{202c}",
        "e\u{301} is not é, and 👩‍👩‍👧 is one",
        "\\u0041 % _ \\ \" {}",
        &long,
    ];
    let texts: Vec<_> =
        (0..).zip(bodies).map(|(slot, body)| sample::text(command(1), slot, &ann, body)).collect();
    a.put_as(stamp(1, 7), a.new_case(1)?.with_texts(texts.clone())).await?;
    let ids: Vec<_> = texts.iter().map(|text| text.id).collect();
    for (read, text) in a.texts(&ids).await?.into_iter().zip(texts) {
        ensure(read.as_ref().map(|read| &read.body) == Some(&text.body), "the words are the same bytes")?;
        same("all but the words", &read, &Some(text))?;
    }
    Ok(())
}

/// Each commit of a record adds texts; the earlier ones stay.
pub async fn texts_of_every_command_are_kept(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    let ann = person("ann")?;
    let words = |n: u32| vec![sample::text(command(n), 0, &ann, &format!("words {n}"))];
    let mut record = a.put_as(stamp(1, 1), a.new_case(1)?.with_texts(words(1))).await?;
    for n in 2..12_u32 {
        let write = sample::next(&record, at(n.into()), None).with_texts(words(n));
        record = a.put_as(stamp(n, 1), write).await?;
    }
    for n in 1..12 {
        same("a text", &a.words(command(n), 0).await?, &Some(format!("words {n}")))?;
    }
    Ok(())
}

/// What a backend shows of itself, in a log for instance, has none of the words that it keeps.
pub async fn a_backend_shows_no_words(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    let text = sample::text(command(1), 0, &person("ann")?, "canary");
    a.put_as(stamp(1, 7), a.new_case(1)?.with_texts(vec![text])).await?;
    ensure(!format!("{backend:?}").contains("canary"), "the words are not shown")
}

/// A request for no text, or for more than allowed, is invalid.
pub async fn a_text_request_is_checked(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    let id = TextId { command: command(1), slot: 0 };
    for count in [0, 1001] {
        let request = TextQuery::new(a.tenant.clone(), vec![id; count]);
        let error = refused(backend.texts(request).await)?;
        ensure(matches!(error, BackendError::Invalid(Invalid::Limit { .. })), "the limit is refused")?;
    }
    Ok(())
}
