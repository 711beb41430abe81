//! What an operator sees: every command and every look, and no word of anybody.

use std::fmt::{self, Write};
use std::sync::{Arc, Mutex};

use chrono::TimeDelta;
use pollster::block_on;
use talkback::{
    Command, Contact, DeadlineWorker, Feedback, NoticeRelay, Outbound, Receipt, ReplyPath, Request,
    Undelivered, deliver_fn,
};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use super::unlucky::Fate;
use super::{Room, ann, kim};

/// Writes everything down that is said.
#[derive(Clone, Default)]
struct Listener(Arc<Mutex<String>>);

struct Page<'a>(&'a mut String);

impl Visit for Page<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let _ = write!(self.0, " {field}={value:?}");
    }
}

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("talkback")
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut text = self.0.lock().unwrap();
        text.push_str(span.metadata().name());
        span.record(&mut Page(&mut text));
        text.push('\n');
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut Page(&mut self.0.lock().unwrap()));
    }

    fn event(&self, event: &Event<'_>) {
        let mut text = self.0.lock().unwrap();
        event.record(&mut Page(&mut text));
        text.push('\n');
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[test]
fn it_is_told_what_happened_and_never_what_was_said() {
    // With one listener alive, whichever test's thread comes to a place first is asked whether it listens, and
    // its answer is kept for all threads. With two, both are asked.
    let _second = tracing::Dispatch::new(Listener::default());
    let listener = Listener::default();
    tracing::subscriber::with_default(listener.clone(), || block_on(life()));
    let heard = listener.0.lock().unwrap();
    for expected in [
        "talkback.command tenant=single case=",
        "command=\"open\"",
        "carried out",
        "refused rule=\"",
        "message=failed error=",
        "talkback.tick",
        "a case was not ticked",
        "monotonic_counter.talkback_breaches=1",
        "monotonic_counter.talkback_sent=1",
        "given up",
        "why=no-such-mailbox",
    ] {
        assert!(heard.contains(expected), "{expected} is missing in\n{heard}");
    }
    assert!(!heard.to_lowercase().contains("canary"), "{heard}");
}

/// Words, names and addresses, of which none may be heard.
async fn life() {
    let room = Room::new();
    let feedback = Feedback::complaint(talkback::Channel::Chat, "Canary body.")
        .with_subject("Canary subject")
        .with_contact(Contact::email("canary@canary.example").unwrap());
    let case = room.desk.open(ann(), feedback).await.unwrap().case.id;
    let reply = || Outbound::new("Canary reply.", ReplyPath::email("care@canary.example").unwrap());
    let tell = async |command| room.desk.execute(case, Request::new(kim(), command)).await;
    tell(Command::Note("Canary note.".into())).await.unwrap();
    tell(Command::Reopen("Canary reason.".into())).await.unwrap_err();
    room.backend.next([Fate::RequestLost; 32]);
    tell(Command::Reply(reply())).await.unwrap_err();
    tell(Command::Reply(reply())).await.unwrap();
    let worker = DeadlineWorker::of(&room.desk);
    NoticeRelay::of(&room.desk, deliver_fn((), async |_, _| Ok(Receipt::Sent))).tick().await.unwrap();
    tell(Command::Reply(reply())).await.unwrap();
    let refuses = deliver_fn((), async |_, _| Err(Undelivered::never("no-such-mailbox")));
    NoticeRelay::of(&room.desk, refuses).tick().await.unwrap();
    // One more, that nobody answers in its four hours.
    room.complain().await;
    room.later(TimeDelta::hours(5));
    worker.tick().await.unwrap();
    room.later(TimeDelta::days(10));
    room.backend.unreadable(Some(case));
    worker.tick().await.unwrap();
    room.backend.unreadable(None);
    room.later(TimeDelta::days(10));
    worker.tick().await.unwrap();
}
