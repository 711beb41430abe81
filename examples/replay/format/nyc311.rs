//! New York's 311 service requests.

use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use talkback::workflow::{Assign, Command, Open, Promise, Resolve};
use talkback::{
    Channel, Code, Contact, DeadlineKind, Feedback, Name, Outbound, Outcome, Promised, RemedyKind, ReplyPath,
    Resolution, WebAddress, Zone,
};

use super::{By, Fact, Fields, Format, Row, When, time, words};

const PORTAL: &str = "https://portal.311.nyc.gov/";
static ZONE: LazyLock<Option<Zone>> = LazyLock::new(|| Zone::new(Format::Nyc311.zone()).ok());

pub(super) fn read(fields: &Fields<'_>) -> Result<Row, String> {
    let zone = ZONE.as_ref().ok_or("the zone of New York is not known")?;
    let created = fields.some("Created Date").ok_or("there is no created date")?;
    let created = time::local(created, zone, None).map_err(|why| format!("created date: {why}"))?;
    let optional = |name: &str| {
        let at = said(fields, name).map(|text| time::local(text, zone, Some(created))).transpose();
        at.map_err(|why| format!("{}: {why}", name.to_lowercase()))
    };
    let (closed, due) = (optional("Closed Date")?, optional("Due Date")?);
    if closed.is_some_and(|closed| closed < created) {
        return Err("it was closed before it was created".to_owned());
    }
    let status = fields.get("Status");
    let unknown_end = closed.is_none() && status == "Closed";
    let mut row = Row {
        id: said(fields, "Unique Key").map(str::to_owned),
        open: Open::new(request(fields)?.received_at(created)),
        received_at: created,
        facts: Vec::new(),
        timely: None,
        warnings: Vec::new(),
    };
    if let Some(agency) = said(fields, "Agency") {
        // The source routes by the type of the request; when, it does not say.
        let team = Some(words::team(agency).map_err(|why| format!("agency: {why}"))?);
        let assign = Command::Assign(Assign { owner: None, team });
        row.facts.push(Fact::new(When::WithReceipt, "handed-over", By::System, assign));
    }
    if let (Some(due), false) = (due, unknown_end) {
        promise(&mut row, due)?;
    }
    if unknown_end {
        let met =
            [DeadlineKind::Acknowledge, DeadlineKind::Respond, DeadlineKind::Update, DeadlineKind::Resolve];
        row.open = row.open.untimed(met);
        row.warnings.push("closed, but not when: its promise has no verdict");
    }
    let text = said(fields, "Resolution Description").map(words::repaired);
    if closed.is_some() || unknown_end {
        let resolve = Command::Resolve(Box::new(resolve(text.as_deref(), status)?));
        row.facts.push(match closed {
            Some(at) => Fact::at(at, "resolved", agency_clerk()?, resolve),
            None => Fact::new(When::AtTheEnd, "resolved", agency_clerk()?, resolve),
        });
    } else if let (Some(text), Some(at)) = (text, optional("Resolution Action Updated Date")?) {
        if at >= created {
            row.facts.push(Fact::at(at, "replied", agency_clerk()?, Command::Reply(message(&text)?)));
        } else {
            row.warnings.push("updated before it was created: the update is left out");
        }
    }
    Ok(row)
}

fn promise(row: &mut Row, due: DateTime<Utc>) -> Result<(), String> {
    if due <= row.received_at {
        row.warnings.push("due before it was created: no promise");
        return Ok(());
    }
    let promise = Command::Promise(Promise { what: Promised::Resolution, by: due, message: None });
    row.facts.push(Fact::at(row.received_at, "promised", agency_clerk()?, promise));
    Ok(())
}

fn request(fields: &Fields<'_>) -> Result<Feedback, String> {
    let bad = |why: talkback::IdError| why.to_string();
    let channel = match fields.get("Open Data Channel Type") {
        "PHONE" => Channel::Phone,
        "ONLINE" => Channel::WebForm,
        "" | "N/A" | "Unspecified" => Channel::from(Code::new("unknown").map_err(bad)?),
        other => Channel::from(Code::lossy(other).map_err(bad)?),
    };
    let about: Vec<_> =
        ["Complaint Type", "Descriptor"].into_iter().filter_map(|name| said(fields, name)).collect();
    if about.is_empty() {
        return Err("there is no text and no subject".to_owned());
    }
    // The source tells what it is about in its own words, and none of the customer's.
    let mut feedback = Feedback::complaint(channel, "").with_subject(about.join(": "));
    feedback.body = None;
    feedback.contact = Contact::Through(WebAddress::new(PORTAL).map_err(|why| why.to_string())?);
    for (column, kind) in [
        ("Unique Key", "request"),
        ("Complaint Type", "type"),
        ("Agency Name", "agency"),
        ("Borough", "borough"),
    ] {
        if let Some(text) = said(fields, column) {
            let name = Name::lossy(text).map_err(|why| format!("{kind}: {why}"))?;
            feedback = feedback.with_reference(Code::new(kind).map_err(bad)?, name);
        }
    }
    Ok(feedback)
}

fn resolve(text: Option<&str>, status: &str) -> Result<Resolve, String> {
    let text = text.unwrap_or(status);
    let (outcome, remedy) = outcome(text);
    let mut resolution = Resolution::new(outcome);
    if let Some(remedy) = remedy {
        resolution = resolution.with(remedy, text);
    }
    Ok(Resolve::telling(resolution, message(text)?))
}

/// What the agencies' standard sentences say came out of it. Anything else is not guessed at.
fn outcome(text: &str) -> (Outcome, Option<RemedyKind>) {
    const SENTENCES: &[(&str, Outcome, RemedyKind)] = &[
        ("jurisdiction", Outcome::Referred, RemedyKind::Recourse),
        ("took action to fix", Outcome::Fixed, RemedyKind::Fix),
        ("corrected the", Outcome::Fixed, RemedyKind::Fix),
        ("resolved this issue", Outcome::Fixed, RemedyKind::Fix),
        ("addressed the payment issue", Outcome::Fixed, RemedyKind::Fix),
        ("granted this reduction", Outcome::Fixed, RemedyKind::Fix),
        ("removed the items", Outcome::Fixed, RemedyKind::Fix),
        ("updated its records", Outcome::Fixed, RemedyKind::Fix),
        ("provided the assistance requested", Outcome::Fixed, RemedyKind::Fix),
        ("mailed the requested item", Outcome::Fixed, RemedyKind::Fix),
        ("literature has been mailed", Outcome::Explained, RemedyKind::SuggestedReading),
        ("not eligible", Outcome::Declined, RemedyKind::Declined),
        ("cannot be processed", Outcome::Declined, RemedyKind::Declined),
        ("can not be processed", Outcome::Declined, RemedyKind::Declined),
        ("does not violate any law", Outcome::Declined, RemedyKind::Declined),
        ("observed no evidence", Outcome::Explained, RemedyKind::Explanation),
        ("action was not necessary", Outcome::Explained, RemedyKind::Explanation),
        ("no work order was necessary", Outcome::Explained, RemedyKind::Explanation),
        ("those responsible for the condition were gone", Outcome::Explained, RemedyKind::Explanation),
        ("unable to gain entry", Outcome::Explained, RemedyKind::Explanation),
        ("condition was not found", Outcome::Explained, RemedyKind::Explanation),
    ];
    SENTENCES
        .iter()
        .find(|(words, ..)| text.contains(words))
        .map_or((Outcome::Unspecified, None), |(_, outcome, remedy)| (outcome.clone(), Some(remedy.clone())))
}

fn message(text: &str) -> Result<Outbound, String> {
    Ok(Outbound::new(text, ReplyPath::web(PORTAL).map_err(|why| why.to_string())?).delivered())
}

fn agency_clerk() -> Result<By, String> {
    Ok(By::Staff(words::staff("agency").map_err(|why| why.to_string())?))
}

/// A field that says something: `N/A` and `Unspecified` do not.
fn said<'a>(fields: &Fields<'a>, name: &str) -> Option<&'a str> {
    fields.some(name).filter(|text| !matches!(*text, "N/A" | "Unspecified"))
}
