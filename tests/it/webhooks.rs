//! Webhooks over real sockets of this machine, checked by somebody else's code as well.

mod delivery;
mod hostile;
mod relay;
mod server;
mod signatures;
mod tls;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use talkback::webhooks::{Secret, Webhook, WebhookBuilder};
use talkback::{
    Actor, CaseId, Channel, Code, Command, Contact, CustomerId, Desk, Feedback, Letter, ManualClock,
    MemoryBackend, NoticeRelay, Outbound, Policy, PolicyBook, ReplyPath, Request, StaffId, TenantId,
    Undelivered, WorkingCalendar, deliver_fn,
};

use self::server::Server;

const OLD: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const NEW: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

/// Runs a test on a runtime of its own; what it started ends with it.
fn on_tokio<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { tokio::time::timeout(Duration::from_secs(60), test).await.unwrap() })
}

fn secret(text: &str) -> Secret {
    Secret::new(text).unwrap()
}

/// A webhook to a server of this machine, that nobody has allowed to go there yet.
fn to(server: &Server) -> WebhookBuilder {
    Webhook::builder(&server.url("/hooks?token=s3cret"))
        .secret(secret(NEW))
        .allow_http()
        .allow_port(server.port)
}

/// A desk with one message that waits to be sent, and the clock on its wall.
struct House {
    desk: Desk,
    clock: Arc<ManualClock>,
    case: CaseId,
}

impl House {
    async fn new() -> Self {
        let clock = Arc::new(ManualClock::at("2026-11-23T09:00:00Z".parse().unwrap()));
        let office = WorkingCalendar::office("office").build().unwrap();
        let policies = PolicyBook::single(Policy::house_standard(office).unwrap());
        let tenant = TenantId::new("north shop").unwrap();
        let desk = Desk::new(Arc::new(MemoryBackend::new()), policies, clock.clone(), tenant);
        let ann = Actor::customer(CustomerId::new("customer-17").unwrap());
        let complaint = Feedback::complaint(Channel::Chat, "The kettle leaks.")
            .with_contact(Contact::email("ann@example.org").unwrap());
        let case = desk.open(ann, complaint).await.unwrap().case.id;
        let kim = Actor::staff(StaffId::new("kim").unwrap());
        let words = Outbound::new("We look into it.", ReplyPath::email("care@shop.example").unwrap());
        desk.execute(case, Request::new(kim, Command::Acknowledge(words))).await.unwrap();
        Self { desk, clock, case }
    }

    /// The letter with the message, as a relay hands it over.
    async fn letter(&self) -> Letter {
        let letters = Arc::new(Mutex::new(Vec::new()));
        let keep = deliver_fn(letters.clone(), async |kept, letter| {
            kept.lock().unwrap().push(letter);
            Err(Undelivered::later("kept"))
        });
        NoticeRelay::of(&self.desk, keep).tick().await.unwrap();
        letters.lock().unwrap().pop().unwrap()
    }
}

/// The words and addresses in the letter, and what is secret about the webhook.
const NOT_TO_BE_SEEN: [&str; 7] = [
    "kettle",
    "We look into it",
    "ann@example.org",
    "care@shop.example",
    "s3cret",
    "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
];

fn code(why: &str) -> Code {
    Code::new(why).unwrap()
}
