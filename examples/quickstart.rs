//! A complaint from the first word to the last, and one that nobody answers.
use std::sync::Arc;

use talkback::workflow::{Close, RecordAnswer, Resolve};
use talkback::*; // desk, policy, clock, feedback, messages: what an application needs every day

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> Result<()> {
    pollster::block_on(run()) // any executor will do
}

async fn run() -> Result<()> {
    // A Monday morning on a clock that we move by hand; office hours; what is owed by when; a store.
    let clock = Arc::new(ManualClock::at("2026-11-23T09:00:00Z".parse()?));
    let policies = PolicyBook::single(Policy::house_standard(WorkingCalendar::office("office").build()?)?);
    let desk = Desk::new(Arc::new(MemoryBackend::new()), policies, clock.clone(), TenantId::single());
    let ann = Actor::customer(CustomerId::new("customer-17")?);
    let kim = Actor::staff(StaffId::new("kim")?);

    // Ann complains. Nobody closes a case before its customer was answered: the refusal says why.
    let case = desk.open(ann.clone(), complaint("The kettle leaks.")?).await?.case.id;
    let close = Request::new(kim.clone(), Close::because(CloseReason::Confirmed));
    println!("{}\n", desk.execute(case, close.clone()).await.unwrap_err());

    // Kim says that we heard, puts it right and says sorry, and asks whether it helped.
    let resolution = Resolution::new(Outcome::Fixed)
        .with(RemedyKind::Fix, "A new kettle is on its way.")
        .with(RemedyKind::ApologyWithOffer, "We are sorry; your next delivery is free.");
    let told = say("A new kettle is on its way. We are sorry; your next delivery is free.")?;
    for step in [
        Command::Acknowledge(say("We look into it today.")?),
        Resolve::telling(resolution, told).into(),
        Command::FollowUp(say("Does the new one hold?")?),
    ] {
        desk.execute(case, Request::new(kim.clone(), step)).await?;
    }

    // Ann answers, and now the case may be closed.
    let answer = RecordAnswer::of(Satisfaction::of(Verdict::Satisfied)).saying("It does!");
    desk.execute(case, Request::new(ann.clone(), answer)).await?;
    println!("The kettle is {}.\n", desk.execute(case, close).await?.case.stage);

    // She writes again, and nobody looks. A day later the worker records what was missed, and when.
    let lid = desk.open(ann, complaint("The new lid does not fit.")?).await?.case.id;
    clock.set("2026-11-24T09:00:00Z".parse()?);
    DeadlineWorker::of(&desk).tick().await?;
    desk.events(lid, 0, 100).await?.iter().for_each(|event| println!("{} {}", event.occurred_at, event.fact));
    Ok(())
}

fn complaint(words: &str) -> Result<Feedback> {
    Ok(Feedback::complaint(Channel::WebForm, words).with_contact(Contact::email("ann@example.org")?))
}

fn say(words: &str) -> Result<Outbound> {
    Ok(Outbound::new(words, ReplyPath::email("care@shop.example")?)) // nothing is said without a way to reply
}
