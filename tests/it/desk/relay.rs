//! The relay: what is owed goes out, what became of it is noted down.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::task::{Context, Waker};

use async_trait::async_trait;
use chrono::TimeDelta;
use pollster::block_on;
use talkback::backend::{Claim, Lane};
use talkback::relay::Backoff;
use talkback::workflow::{Assign, NoticeKind, Recipient};
use talkback::{
    Backend, CaseId, Command, Contact, Credit, DeadlineKind, DeadlineWorker, Deliver, Delivery, Fact,
    Feedback, Letter, NoticeRelay, Outbound, Purpose, Receipt, Relayed, ReplyPath, Request, StaffId,
    Undelivered, deliver_fn,
};

use super::unlucky::{Fate, Unlucky};
use super::{Room, ann, ann_id, complaint, count, kim, monday, reply, say};

type Trouble = BTreeMap<Recipient, fn() -> Undelivered>;

/// Remembers every letter; who is unreachable is on a list.
#[derive(Default, Clone)]
pub(super) struct Post {
    letters: Arc<Mutex<Vec<Letter>>>,
    trouble: Arc<Mutex<Trouble>>,
}

impl Post {
    pub(super) fn letters(&self) -> Vec<Letter> {
        self.letters.lock().unwrap().clone()
    }

    pub(super) fn kinds(&self) -> Vec<NoticeKind> {
        self.letters().iter().map(|letter| letter.notice.kind).collect()
    }

    pub(super) fn refuse(&self, to: Recipient, how: fn() -> Undelivered) {
        self.trouble.lock().unwrap().insert(to, how);
    }

    pub(super) fn accept(&self, to: &Recipient) {
        self.trouble.lock().unwrap().remove(to);
    }
}

#[async_trait]
impl Deliver for Post {
    async fn deliver(&self, letter: &Letter) -> Result<Receipt, Undelivered> {
        self.letters.lock().unwrap().push(letter.clone());
        let how = self.trouble.lock().unwrap().get(&letter.notice.to).copied();
        how.map_or(Ok(Receipt::Sent), |how| Err(how()))
    }
}

pub(super) fn posted(room: &Room<Unlucky>) -> (NoticeRelay, Post) {
    let post = Post::default();
    (NoticeRelay::of(&room.desk, post.clone()), post)
}

pub(super) fn customer() -> Recipient {
    Recipient::Customer(ann_id())
}

pub(super) async fn tell(room: &Room<Unlucky>, case: CaseId, command: impl Into<Command>) {
    room.desk.execute(case, Request::new(kim(), command)).await.unwrap();
}

#[test]
fn a_reply_goes_out_with_its_words_address_and_way_back() {
    block_on(async {
        let room = Room::new();
        let feedback = complaint().with_subject("A kettle");
        let case = room.desk.open(ann(), feedback).await.unwrap().case.id;
        tell(&room, case, reply()).await;
        let (relay, post) = posted(&room);
        let relayed = relay.tick().await.unwrap();
        assert_eq!((relayed.claimed, relayed.sent), (1, 1));
        let [letter] = &post.letters()[..] else { panic!("one letter") };
        let words = |words: &Option<talkback::Words>| words.as_ref().unwrap().as_str().to_owned();
        assert_eq!(
            (words(&letter.body), words(&letter.subject)),
            ("We look into it.".into(), "A kettle".into())
        );
        assert_eq!(letter.contact, Some(Contact::email("ann@example.org").unwrap()));
        assert_eq!(letter.reply_path, Some(ReplyPath::email("care@shop.example").unwrap()));
        assert_eq!((letter.notice.purpose, letter.attempt), (Some(Purpose::Word), 1));
        assert_eq!((letter.notice.to.clone(), letter.customer()), (customer(), Some(&ann_id())));
        assert_eq!((&letter.event.by, letter.case.id), (&kim().party, case));
        let shown = format!("{letter:?}");
        assert!(!shown.contains("look") && !shown.contains("example"), "{shown}");
        // It is noted down, once, and nobody waits for it to be sent any more.
        let events = room.events(case).await;
        assert!(matches!(&events.last().unwrap().fact,
            Fact::Delivery { result: Delivery::Sent, to: Some(to), .. } if *to == ann_id()));
        let stored = room.desk.load(case).await.unwrap().unwrap();
        assert!(!stored.outgoing(letter.message().unwrap()).unwrap().is_underway());
        assert_eq!(relay.tick().await.unwrap(), Relayed::default());
        assert_eq!(post.letters().len(), 1);
    });
}

#[test]
fn attachments_go_along() {
    block_on(async {
        let room = Room::new();
        let case = room.complain().await;
        let file = talkback::Attachment::new("label.pdf", "application/pdf", "s3://bucket/label");
        let letter = Outbound { attachments: vec![file.clone(), file], ..say("Send it back with this.") };
        tell(&room, case, Command::Reply(letter)).await;
        let (relay, post) = posted(&room);
        relay.tick().await.unwrap();
        let letters = post.letters();
        let enclosed: Vec<_> = letters[0].attachments.iter().map(|file| file.locator.as_str()).collect();
        assert_eq!(enclosed, ["s3://bucket/label"; 2]);
        assert_eq!(letters[0].attachments[0].name.as_str(), "label.pdf");
        assert_eq!(letters[0].attachments[0].media_type.as_str(), "application/pdf");
    });
}

#[test]
fn employees_are_told_without_an_address() {
    block_on(async {
        let room = Room::new();
        let case = room.complain().await;
        let to_bob = Assign { owner: Some(StaffId::new("bob").unwrap()), team: None };
        tell(&room, case, to_bob).await;
        room.later(TimeDelta::hours(5));
        DeadlineWorker::of(&room.desk).tick().await.unwrap();
        let (relay, post) = posted(&room);
        relay.tick().await.unwrap();
        let letters = post.letters();
        assert!(post.kinds().starts_with(&[NoticeKind::Assigned]), "{:?}", post.kinds());
        assert!(post.kinds().contains(&NoticeKind::Escalation), "{:?}", post.kinds());
        assert!(letters.iter().all(|letter| letter.contact.is_none() && letter.body.is_none()));
        let escalation = letters.iter().find(|letter| letter.notice.kind == NoticeKind::Escalation).unwrap();
        assert_eq!(escalation.notice.deadline.unwrap().kind, DeadlineKind::Acknowledge);
        // Nothing of that is a message, so the ledger has no delivery.
        assert_eq!(count(&room.events(case).await, "delivery"), 0);
    });
}

#[test]
fn who_takes_a_case_on_is_not_told_so() {
    block_on(async {
        let room = Room::new();
        let case = room.complain().await;
        let to_kim = Assign { owner: Some(StaffId::new("kim").unwrap()), team: None };
        tell(&room, case, to_kim).await;
        let (relay, _) = posted(&room);
        assert_eq!(relay.tick().await.unwrap().claimed, 0);
    });
}

#[test]
fn thanks_that_were_passed_on_are_owed_no_more() {
    block_on(async {
        let room = Room::new();
        let praise = Feedback::praise(talkback::Channel::Chat, "Bob was so kind.");
        let praise = praise.with_contact(Contact::email("ann@example.org").unwrap());
        let case = room.desk.open(ann(), praise).await.unwrap().case.id;
        let credit = Credit::staff(StaffId::new("bob").unwrap()).saying("Bob was so kind.");
        tell(&room, case, Command::Credit(credit)).await;
        assert!(room.desk.load(case).await.unwrap().unwrap().deadlines.has(DeadlineKind::Thank));
        let (relay, post) = posted(&room);
        relay.tick().await.unwrap();
        let thanks =
            post.letters().into_iter().find(|letter| letter.notice.kind == NoticeKind::Thanks).unwrap();
        assert_eq!(thanks.body.unwrap().as_str(), "Bob was so kind.");
        assert!(!room.desk.load(case).await.unwrap().unwrap().deadlines.has(DeadlineKind::Thank));
        assert_eq!(count(&room.events(case).await, "thanked"), 1);
    });
}

/// A relay that dies while a letter is on its way: the next one sends it again, under the same id.
#[test]
fn a_repeat_is_recognised() {
    block_on(async {
        let room = Room::new();
        let case = room.complain().await;
        tell(&room, case, reply()).await;
        let seen = Arc::new(Mutex::new(Vec::new()));
        let hangs = {
            let deliver = deliver_fn(seen.clone(), async |seen, letter: Letter| {
                seen.lock().unwrap().push((letter.id(), letter.attempt));
                std::future::pending().await
            });
            NoticeRelay::of(&room.desk, deliver)
        };
        let mut tick = Box::pin(hangs.tick());
        assert!(tick.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        drop(tick);
        let (relay, post) = posted(&room);
        assert_eq!(relay.tick().await.unwrap().claimed, 0, "it is under the first one's lease");
        room.later(TimeDelta::minutes(5));
        relay.tick().await.unwrap();
        let again = &post.letters()[0];
        assert_eq!(*seen.lock().unwrap(), [(again.id(), 1)]);
        assert_eq!(again.attempt, 2);
        assert_eq!(again.id(), format!("{case}-2-0"));
    });
}

#[test]
fn a_letter_that_cannot_be_noted_down_comes_again() {
    block_on(async {
        let room = Room::new();
        let case = room.complain().await;
        tell(&room, case, reply()).await;
        let (relay, post) = posted(&room);
        // More often than a desk tries.
        room.backend.next([Fate::RequestLost; 32]);
        let relayed = relay.tick().await.unwrap();
        assert_eq!((relayed.claimed, relayed.sent, relayed.failed), (1, 0, 1));
        room.later(TimeDelta::seconds(6));
        assert_eq!(relay.tick().await.unwrap().sent, 1);
        assert_eq!(post.letters().len(), 2);
        assert_eq!(count(&room.events(case).await, "delivery"), 1);
    });
}

#[test]
fn nothing_goes_out_that_was_erased() {
    block_on(async {
        let room = Room::new();
        let case = room.complain().await;
        tell(&room, case, reply()).await;
        tell(&room, case, Assign { owner: Some(StaffId::new("bob").unwrap()), team: None }).await;
        room.desk.erase_person(ann_id()).await.unwrap();
        let (relay, post) = posted(&room);
        assert_eq!(relay.tick().await.unwrap().claimed, 1);
        assert_eq!(post.kinds(), [NoticeKind::Assigned]);
        // Said after the erasure: there is no address any more.
        tell(&room, case, reply()).await;
        assert_eq!(relay.tick().await.unwrap().claimed, 0);
        assert_eq!(post.letters().len(), 1);
    });
}

#[test]
fn a_budget_is_kept_and_every_tenant_has_its_turn() {
    block_on(async {
        let room = Room::new();
        let (relay, post) = posted(&room);
        for (tenant, cases) in [("large", 90), ("small", 2)] {
            let desk = room.desk.of_tenant(talkback::TenantId::new(tenant).unwrap());
            for _ in 0..cases {
                let case = desk.open(ann(), complaint()).await.unwrap().case.id;
                desk.execute(case, Request::new(kim(), reply())).await.unwrap();
            }
        }
        let relay = relay.with_budget(64);
        let relayed = relay.tick().await.unwrap();
        assert_eq!((relayed.claimed, relayed.more), (64, true));
        assert_eq!(post.letters().iter().filter(|letter| letter.tenant.as_str() == "small").count(), 2);
        let relayed = relay.tick().await.unwrap();
        assert_eq!((relayed.claimed, relayed.more), (28, false));
        assert_eq!(relay.health().lag, relayed.lag);
        assert_eq!(relay.health().last_success, Some(monday()));
        let left = Claim::tenants(Lane::Notices, monday(), 10);
        assert!(room.backend.claim(left).await.unwrap().is_empty());
    });
}

/// Without waits, so that the first failure is the last.
pub(super) fn impatient(relay: NoticeRelay) -> NoticeRelay {
    relay.with_backoff(Backoff::new([]))
}
