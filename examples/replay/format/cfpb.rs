//! The complaint export of the Consumer Financial Protection Bureau: the current layout, and that of
//! 2014, whose response column has a shorter name.

use std::sync::LazyLock;

use talkback::workflow::{Assign, Command, CustomerWrote, Open, Resolve};
use talkback::{
    Channel, Code, Contact, DeadlineKind, Feedback, IdError, Name, Outbound, Outcome, RemedyKind, ReplyPath,
    Resolution, StaffId, WebAddress, Zone,
};

use super::{By, Fact, Fields, Format, Row, When, time, words};

pub(super) const NARRATIVE: &str = "Consumer complaint narrative";
const PORTAL: &str = "https://portal.consumerfinance.gov/";
static ZONE: LazyLock<Option<Zone>> = LazyLock::new(|| Zone::new(Format::Cfpb.zone()).ok());

pub(super) fn read(fields: &Fields<'_>) -> Result<Row, String> {
    let zone = ZONE.as_ref().ok_or("the zone of New York is not known")?;
    let received = fields.some("Date received").ok_or("there is no date received")?;
    let received_at = time::day(received, zone).map_err(|why| format!("date received: {why}"))?;
    let response = fields.some("Company response to consumer").or(fields.some("Company response"));
    let public = fields.some("Company public response");
    let resolved = response.and_then(|response| resolve(response, public));
    let mut row = Row {
        id: fields.some("Complaint ID").map(str::to_owned),
        open: Open::new(complaint(fields)?.received_at(received_at))
            .untimed(met_by(response, resolved.is_some())),
        received_at,
        facts: Vec::new(),
        timely: match fields.get("Timely response?") {
            "Yes" => Some(true),
            "No" => Some(false),
            _ => None,
        },
        warnings: Vec::new(),
    };
    hand_over(fields, zone, &mut row)?;
    let company = By::Staff(StaffId::new("company").map_err(|why| why.to_string())?);
    if let Some(resolve) = resolved {
        let resolve = Command::Resolve(Box::new(resolve));
        row.facts.push(Fact::new(When::AtTheEnd, "resolved", company, resolve));
    } else if response.is_none_or(|response| !KNOWN_AS_OPEN.contains(&response)) {
        row.warnings.push("a response that is not known resolves nothing");
    }
    if fields.get("Consumer disputed?") == "Yes" {
        let disputed = Command::CustomerWrote(CustomerWrote::disputing("Consumer disputed? Yes"));
        row.facts.push(Fact::new(When::AtTheEnd, "disputed", By::Customer, disputed));
    }
    Ok(row)
}

/// Responses that resolve nothing.
const KNOWN_AS_OPEN: [&str; 2] = ["In progress", "Untimely response"];

/// The deadlines that a response meets at a time that nobody knows. "In progress" is a word to the
/// consumer, though it resolves nothing; "Untimely response" says that there was none.
fn met_by(response: Option<&str>, resolved: bool) -> Vec<DeadlineKind> {
    let mut kinds = Vec::new();
    if resolved || response == Some("In progress") {
        kinds.extend([DeadlineKind::Acknowledge, DeadlineKind::Respond, DeadlineKind::Update]);
    }
    if resolved {
        kinds.push(DeadlineKind::Resolve);
    }
    kinds
}

fn complaint(fields: &Fields<'_>) -> Result<Feedback, String> {
    let narrative = fields.raw(NARRATIVE);
    let about: Vec<_> = ["Product", "Issue"].into_iter().filter_map(|name| fields.some(name)).collect();
    let mut feedback =
        Feedback::complaint(channel(fields.get("Submitted via")).map_err(bad("channel"))?, narrative);
    if narrative.trim().is_empty() {
        feedback.body = None;
    }
    if !about.is_empty() {
        feedback.subject = Some(about.join(": ").into());
    } else if feedback.body.is_none() {
        return Err("there is no text and no subject".to_owned());
    }
    feedback.contact = Contact::Through(WebAddress::new(PORTAL).map_err(|why| why.to_string())?);
    if let Some(id) = fields.some("Complaint ID") {
        feedback = feedback.with_reference(kind("complaint")?, Name::lossy(id).map_err(bad("complaint id"))?);
    }
    for (column, reference) in
        [("Product", "product"), ("Sub-product", "sub-product"), ("Sub-issue", "sub-issue")]
    {
        if let Some(text) = fields.some(column) {
            feedback = feedback.with_reference(kind(reference)?, Name::lossy(text).map_err(bad(reference))?);
        }
    }
    let tags = fields.get("Tags").split(',').filter_map(|tag| Code::lossy(tag.trim()).ok());
    feedback.labels.extend(tags);
    Ok(feedback)
}

fn channel(text: &str) -> Result<Channel, IdError> {
    Ok(match text {
        "Web" => Channel::WebForm,
        "Email" => Channel::Email,
        "Phone" => Channel::Phone,
        "" | "N/A" => Channel::from(Code::new("unknown")?),
        other => Channel::from(Code::lossy(other)?),
    })
}

/// The company takes the complaint over. In some rows it did so before the Bureau received it; then it
/// is played with the receipt.
fn hand_over(fields: &Fields<'_>, zone: &Zone, row: &mut Row) -> Result<(), String> {
    let team = fields.some("Company").map(words::team).transpose().map_err(bad("company"))?;
    let assign = Command::Assign(Assign { owner: None, team });
    let Some(sent) = fields.some("Date sent to company") else { return Ok(()) };
    let sent = time::day(sent, zone).map_err(|why| format!("date sent to company: {why}"))?;
    row.facts.push(if sent < row.received_at {
        row.warnings.push("sent to the company before it was received: handed over at the receipt");
        Fact::new(When::WithReceipt, "handed-over", By::System, assign)
    } else {
        Fact::at(sent, "handed-over", By::System, assign)
    });
    Ok(())
}

/// The typed resolution that a response is; `None` for one that resolves nothing.
fn resolve(response: &str, public: Option<&str>) -> Option<Resolve> {
    let resolution = match response {
        "Closed with explanation" => {
            Resolution::new(Outcome::Explained).with(RemedyKind::Explanation, response)
        }
        "Closed with monetary relief" => {
            Resolution::new(Outcome::Compensated).with(RemedyKind::Compensation, response)
        }
        "Closed with non-monetary relief" => Resolution::new(Outcome::Fixed).with(RemedyKind::Fix, response),
        "Closed without relief" => Resolution::new(Outcome::Declined).with(RemedyKind::Declined, response),
        // Which relief it was is not said.
        "Closed" | "Closed with relief" => Resolution::new(Outcome::Unspecified),
        _ => return None,
    };
    let words = public.map_or_else(|| response.to_owned(), |public| format!("{response}. {public}"));
    let portal = ReplyPath::web(PORTAL).ok()?;
    Some(Resolve::telling(resolution, Outbound::new(words, portal).delivered()))
}

fn kind(code: &str) -> Result<Code, String> {
    Code::new(code).map_err(|why| why.to_string())
}

fn bad(what: &'static str) -> impl Fn(IdError) -> String {
    move |why| format!("{what}: {why}")
}
