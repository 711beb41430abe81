//! A complaint from the first word to the last, and one that nobody answers.
use std::sync::Arc;

use talkback::workflow::{Close, RecordAnswer, Resolve};
use talkback::*;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    pollster::block_on(run())
}

async fn run() -> Result<(), Box<dyn std::error::Error>> {
    // A clock that we move by hand, on a Monday morning; office hours; what is owed by when; a store.
    let clock = Arc::new(ManualClock::at("2026-11-23T09:00:00Z".parse()?));
    let policies = PolicyBook::single(Policy::house_standard(WorkingCalendar::office("office").build()?)?);
    let desk = Desk::new(Arc::new(MemoryBackend::new()), policies, clock.clone(), TenantId::single());

    let ann = Actor::customer(CustomerId::new("customer-17")?);
    let kim = Actor::staff(StaffId::new("kim")?);
    let say = |words: &str| ReplyPath::email("care@shop.example").map(|path| Outbound::new(words, path));
    let complaint = |words: &str| {
        let contact = Contact::email("ann@example.org")?;
        Ok::<_, AddressError>(Feedback::complaint(Channel::WebForm, words).with_contact(contact))
    };

    // Ann complains. Nobody closes a case before its customer was answered: the refusal says why.
    let case = desk.open(ann.clone(), complaint("The kettle leaks.")?).await?.case.id;
    let close = || Close::because(CloseReason::Confirmed);
    println!("{}\n", desk.execute(case, Request::new(kim.clone(), close())).await.unwrap_err());

    // Kim says that we heard, puts it right, says sorry, and asks whether it helped. Then it may close.
    desk.execute(case, Request::new(kim.clone(), Command::Acknowledge(say("We look into it today.")?)))
        .await?;
    let resolution = Resolution::new(Outcome::Fixed)
        .with(RemedyKind::Fix, "A new kettle is on its way.")
        .with(RemedyKind::ApologyWithOffer, "We are sorry; your next delivery is free.");
    let resolve = Resolve::telling(resolution, say("A new one is on its way. We are sorry; the next …")?);
    desk.execute(case, Request::new(kim.clone(), resolve)).await?;
    desk.execute(case, Request::new(kim.clone(), Command::FollowUp(say("Does the new one hold?")?))).await?;
    let answer =
        RecordAnswer { satisfaction: Satisfaction::of(Verdict::Satisfied), words: Some("It does!".into()) };
    desk.execute(case, Request::new(ann.clone(), answer)).await?;
    println!("The kettle is {}.\n", desk.execute(case, Request::new(kim, close())).await?.case.stage);

    // She writes again, and nobody looks. A day later the worker records what was missed, and when.
    let lid = desk.open(ann, complaint("The new lid does not fit.")?).await?.case.id;
    clock.set("2026-11-24T09:00:00Z".parse()?);
    DeadlineWorker::of(&desk).tick().await?;
    for event in desk.events(lid, 0, 100).await? {
        println!("{} {}", event.occurred_at, event.fact);
    }
    Ok(())
}
