//! What a desk shows, to whom, and what an erasure leaves.

use chrono::TimeDelta;
use pollster::block_on;
use talkback::backend::PageRequest;
use talkback::workflow::Rule;
use talkback::{Command, MessageKind, Party, Request, TenantId, View, Words};

use super::{Room, ann, ann_id, count, kim, reply};

#[test]
fn a_desk_of_another_tenant_sees_nothing() {
    block_on(async {
        let room = Room::new();
        let case = room.complain().await;
        room.later(TimeDelta::hours(5));
        let before = room.events(case).await;
        let other = room.desk.of_tenant(TenantId::new("next-door").unwrap());
        assert_eq!(other.load(case).await.unwrap(), None);
        assert_eq!(other.events(case, 0, 10).await.unwrap(), []);
        assert_eq!(other.conversation(case, View::Staff, 0, 10).await.unwrap().messages, []);
        // A query of the first desk is read as the second one's.
        assert!(other.find(room.desk.query(), PageRequest::first(10)).await.unwrap().items.is_empty());
        let no_case = |refused: talkback::Error| refused.rejection().unwrap().rule == Rule::NoSuchCase;
        assert!(no_case(other.execute(case, Request::new(kim(), reply())).await.unwrap_err()));
        assert!(no_case(other.tick(case).await.unwrap_err()));
        assert_eq!(other.erase_person(ann_id()).await.unwrap(), Default::default());
        assert_eq!(other.erase_case(case).await.unwrap(), Default::default());
        assert_eq!(room.events(case).await, before);
        let words = room.desk.conversation(case, View::Staff, 0, 10).await.unwrap();
        assert_eq!(words.messages[0].body.as_deref(), Some("The kettle leaks."));
    });
}

#[test]
fn a_customer_sees_no_notes_and_no_names() {
    block_on(async {
        let room = Room::new();
        let case = room.complain().await;
        let note = Command::Note(Words::new("She is right."));
        for command in [note, reply()] {
            room.desk.execute(case, Request::new(kim(), command)).await.unwrap();
        }
        let ann_id = ann_id();
        let seen = async |view| {
            let messages = room.desk.conversation(case, view, 0, 100).await.unwrap().messages;
            let told = |message: talkback::Message| (message.kind, message.by, message.body.unwrap());
            messages.into_iter().map(told).collect::<Vec<_>>()
        };
        let asked = (MessageKind::FromCustomer, ann().party, "The kettle leaks.".to_owned());
        let answered = |by| (MessageKind::ToCustomer, by, "We look into it.".to_owned());
        assert_eq!(seen(View::Customer(&ann_id)).await, [asked.clone(), answered(Party::System)]);
        let noted = (MessageKind::Note, kim().party, "She is right.".to_owned());
        assert_eq!(seen(View::Staff).await, [asked, noted, answered(kim().party)]);
    });
}

#[test]
fn a_conversation_is_read_part_by_part() {
    block_on(async {
        let room = Room::new();
        let case = room.complain().await;
        for _ in 0..5 {
            room.desk.execute(case, Request::new(kim(), reply())).await.unwrap();
        }
        let (mut after, mut messages) = (Some(0), 0);
        while let Some(from) = after {
            let part = room.desk.conversation(case, View::Customer(&ann_id()), from, 2).await.unwrap();
            messages += part.messages.len();
            after = part.next;
        }
        assert_eq!(messages, 6);
    });
}

#[test]
fn erasing_a_person_leaves_every_verdict() {
    block_on(async {
        let room = Room::new();
        let case = room.complain().await;
        room.later(TimeDelta::hours(5));
        room.desk.execute(case, Request::new(kim(), reply())).await.unwrap();
        let (stored, events) = (room.desk.load(case).await.unwrap(), room.events(case).await);
        assert_eq!(stored.as_ref().unwrap().deadlines.breaches().len(), 1);
        let erased = room.desk.erase_person(ann_id()).await.unwrap();
        assert!(erased.texts >= 3, "her words, her address, ours to her: {erased:?}");
        let (after, history) = (room.desk.load(case).await.unwrap().unwrap(), room.events(case).await);
        let stored = stored.unwrap();
        assert_eq!(
            (&after.deadlines, after.stage, &after.closed),
            (&stored.deadlines, stored.stage, &stored.closed)
        );
        // What was on its way is void, and nobody waits for it.
        assert_eq!(count(&history, "erased"), 1);
        assert_eq!(history[..events.len()], events);
        assert_eq!(after.wake_up(), stored.deadlines.next_instant());
        for message in room.desk.conversation(case, View::Staff, 0, 100).await.unwrap().messages {
            assert_eq!(message.body, None);
        }
        assert_eq!(room.desk.erase_person(ann_id()).await.unwrap(), Default::default());
    });
}

/// Kim wrote down what Ann said on the telephone.
#[test]
fn a_customer_is_not_told_who_wrote_it_down() {
    block_on(async {
        let room = Room::new();
        let case = room.desk.open(kim(), super::complaint().with_customer(ann_id())).await.unwrap().case.id;
        for (view, by) in [(View::Customer(&ann_id()), Party::System), (View::Staff, kim().party)] {
            let messages = room.desk.conversation(case, view, 0, 10).await.unwrap().messages;
            assert_eq!((messages[0].kind, &messages[0].by), (MessageKind::FromCustomer, &by));
        }
    });
}
