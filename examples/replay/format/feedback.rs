//! Our own layout: one row per piece of feedback, with what followed in columns of its own.

use chrono::{DateTime, Utc};
use talkback::workflow::{
    Assign, Await, Close, Command, CustomerWrote, Open, Promise, RecordAnswer, Resolve, Withdraw,
};
use talkback::{
    Channel, CloseReason, Code, Contact, Credit, CustomerId, Exit, ExitReason, Feedback, FeedbackKind, Name,
    Outbound, Outcome, Party, Priority, Promised, Rating, RemedyKind, ReplyPath, Resolution, Satisfaction,
    Scale, StaffId, Verdict, WaitingFor,
};

use super::{By, Deed, Fact, Fields, Row, When, time, words};

/// Every column that has a meaning. Others are refused with the file: a misspelt column would lose
/// what stands in it.
pub(crate) const COLUMNS: &[&str] = &[
    "id",
    "received_at",
    "kind",
    "channel",
    "subject",
    "body",
    "rating",
    "customer",
    "contact",
    "reply_to",
    "priority",
    "labels",
    "product",
    "touchpoint",
    "automatic",
    "agent",
    "team",
    "assigned_at",
    "promised_at",
    "promised_by",
    "acknowledged_at",
    "acknowledgement",
    "replied_at",
    "reply",
    "waiting_at",
    "waiting_for",
    "waiting_until",
    "waiting",
    "resumed_at",
    "unreachable_at",
    "unreachable",
    "resolved_at",
    "outcome",
    "remedy",
    "resolution",
    "root_cause",
    "credited",
    "thanked_at",
    "followed_up_at",
    "answered_at",
    "answer",
    "answer_words",
    "wrote_at",
    "wrote",
    "wrote_tone",
    "reopened_at",
    "reopened",
    "resolved_again_at",
    "outcome_again",
    "resolution_again",
    "followed_up_again_at",
    "answered_again_at",
    "answer_again",
    "closed_at",
    "closed_reason",
    "closed_words",
    "withdrawn_at",
    "exit_reason",
    "withdrawn_words",
    "left",
];

pub(super) fn read(fields: &Fields<'_>) -> Result<Row, String> {
    let received = fields.some("received_at").ok_or("there is no received_at")?;
    let received_at = time::flexible(received).map_err(|why| format!("received_at: {why}"))?;
    let row = Reader { fields, received_at, agent: agent(fields)?, reply_path: reply_path(fields)? };
    let feedback = row.feedback()?;
    let posted = feedback.contact == Contact::Nowhere && matches!(row.reply_path, ReplyPath::Web(_));
    Ok(Row {
        id: fields.some("id").map(str::to_owned),
        open: Open::new(feedback),
        received_at,
        facts: row.facts(posted)?,
        timely: None,
        warnings: Vec::new(),
    })
}

struct Reader<'a> {
    fields: &'a Fields<'a>,
    received_at: DateTime<Utc>,
    agent: StaffId,
    reply_path: ReplyPath,
}

impl Reader<'_> {
    fn feedback(&self) -> Result<Feedback, String> {
        let fields = self.fields;
        let kind = fields.some("kind").map_or(Ok(FeedbackKind::Complaint), FeedbackKind::from_code);
        let channel = fields.some("channel").map_or(Ok(Channel::WebForm), Channel::from_code);
        let (kind, channel) = (kind.map_err(in_column("kind"))?, channel.map_err(in_column("channel"))?);
        let mut feedback = Feedback::new(kind, channel, fields.raw("body")).received_at(self.received_at);
        if fields.get("body").is_empty() {
            feedback.body = None;
        }
        feedback.subject = fields.some("subject").map(Into::into);
        feedback.rating = fields.some("rating").map(rating).transpose().map_err(in_column("rating"))?;
        if feedback.subject.is_none() && feedback.body.is_none() && feedback.rating.is_none() {
            return Err("there is no text, no subject and no rating".to_owned());
        }
        let customer = fields.some("customer").map(CustomerId::new).transpose();
        feedback.customer = customer.map_err(in_column("customer"))?;
        if let Some(contact) = fields.some("contact") {
            feedback.contact = contact_of(contact)?;
        }
        feedback.priority = match fields.get("priority") {
            "" | "normal" => Priority::Normal,
            "low" => Priority::Low,
            "high" => Priority::High,
            "urgent" => Priority::Urgent,
            other => return Err(format!("priority: there is no {other}")),
        };
        for label in fields.get("labels").split_whitespace() {
            feedback.labels.push(Code::lossy(label).map_err(in_column("labels"))?);
        }
        for (column, text) in [("feedback", fields.some("id")), ("product", fields.some("product"))] {
            if let Some(text) = text {
                let id = Name::lossy(text).map_err(in_column(column))?;
                feedback = feedback.with_reference(Code::lossy(column).map_err(in_column(column))?, id);
            }
        }
        let touchpoint = fields.some("touchpoint").map(Code::lossy).transpose();
        feedback.touchpoint = touchpoint.map_err(in_column("touchpoint"))?;
        feedback.automatic = fields.get("automatic") == "yes";
        Ok(feedback)
    }

    /// What followed, in the order in which it usually does: at one instant that order decides.
    fn facts(&self, posted: bool) -> Result<Vec<Fact>, String> {
        let fields = self.fields;
        let say = |column: &str, at: &str| {
            // Where the file has no words, what it has is said: the column and the time in it.
            let body = fields.some(column).map_or_else(|| format!("{at} {}", fields.get(at)), str::to_owned);
            let message = Outbound::new(body, self.reply_path.clone()).delivered();
            if posted { message.posted() } else { message }
        };
        let staff = || By::Staff(self.agent.clone());
        let mut facts = Vec::new();
        facts.extend(self.assigned()?);
        if let Some(by) = self.at("promised_by")? {
            let at = self.at("promised_at")?.unwrap_or(self.received_at);
            let promise = Promise { what: Promised::Resolution, by, message: None };
            facts.push(Fact::at(at, "promised", staff(), Command::Promise(promise)));
        }
        if let Some(at) = self.at("acknowledged_at")? {
            let command = Command::Acknowledge(say("acknowledgement", "acknowledged_at"));
            facts.push(Fact::at(at, "acknowledged", By::System, command));
        }
        if let Some(at) = self.at("replied_at")? {
            facts.push(Fact::at(at, "replied", staff(), Command::Reply(say("reply", "replied_at"))));
        }
        facts.extend(self.waiting()?);
        if let Some(at) = self.at("unreachable_at")? {
            let tried = fields.get("unreachable").into();
            facts.push(Fact::at(at, "unreachable", staff(), Command::RecordUnreachable(tried)));
        }
        if let Some(at) = self.at("resolved_at")? {
            let told = self.at("unreachable_at")?.is_none_or(|unreachable| unreachable > at);
            let resolve = Resolve {
                resolution: self.resolution("outcome", "resolution", true)?,
                message: told.then(|| say("resolution", "resolved_at")),
            };
            facts.push(Fact::at(at, "resolved", staff(), Command::Resolve(Box::new(resolve))));
        }
        if let Some(at) = self.at("thanked_at")? {
            facts.push(Fact { when: When::At(at), name: "thanked", by: staff(), deed: Deed::Thank });
        }
        if let Some(at) = self.at("followed_up_at")? {
            let ask = say("", "followed_up_at");
            facts.push(Fact::at(at, "followed-up", staff(), Command::FollowUp(ask)));
        }
        facts.extend(self.answered("answered_at", "answer", "answered")?);
        facts.extend(self.wrote()?);
        if let Some(at) = self.at("reopened_at")? {
            let why = fields.get("reopened").into();
            facts.push(Fact::at(at, "reopened", staff(), Command::Reopen(why)));
        }
        if let Some(at) = self.at("resolved_again_at")? {
            let resolution = self.resolution("outcome_again", "resolution_again", false)?;
            let resolve = Resolve::telling(resolution, say("resolution_again", "resolved_again_at"));
            facts.push(Fact::at(at, "resolved-again", staff(), Command::Resolve(Box::new(resolve))));
        }
        if let Some(at) = self.at("followed_up_again_at")? {
            let ask = say("", "followed_up_again_at");
            facts.push(Fact::at(at, "followed-up-again", staff(), Command::FollowUp(ask)));
        }
        facts.extend(self.answered("answered_again_at", "answer_again", "answered-again")?);
        facts.extend(self.ended(say("closed_words", "closed_at"))?);
        Ok(facts)
    }

    fn assigned(&self) -> Result<Option<Fact>, String> {
        let owner = self.fields.some("agent").map(|_| self.agent.clone());
        let team = self.fields.some("team").map(words::team).transpose().map_err(in_column("team"))?;
        if owner.is_none() && team.is_none() {
            return Ok(None);
        }
        let assign = Command::Assign(Assign { owner, team });
        Ok(Some(match self.at("assigned_at")? {
            Some(at) => Fact::at(at, "assigned", By::System, assign),
            None => Fact::new(When::WithReceipt, "assigned", By::System, assign),
        }))
    }

    fn waiting(&self) -> Result<Vec<Fact>, String> {
        let mut facts = Vec::new();
        if let Some(at) = self.at("waiting_at")? {
            let until = self.at("waiting_until")?.ok_or("waiting_until: a wait has an end")?;
            let who = match self.fields.get("waiting_for") {
                "" | "customer" => WaitingFor::Customer,
                "third-party" => WaitingFor::ThirdParty,
                other => return Err(format!("waiting_for: there is no {other}")),
            };
            let wait = Await { who, reason: self.fields.get("waiting").into(), until };
            facts.push(Fact::at(at, "waiting", By::Staff(self.agent.clone()), Command::Await(wait)));
        }
        if let Some(at) = self.at("resumed_at")? {
            facts.push(Fact::at(at, "resumed", By::Staff(self.agent.clone()), Command::Resume));
        }
        Ok(facts)
    }

    fn resolution(&self, outcome: &str, text: &str, first: bool) -> Result<Resolution, String> {
        let said = self.fields.some(outcome).map_or(Ok(Outcome::Unspecified), Outcome::from_code);
        let mut resolution = Resolution::new(said.map_err(in_column("outcome"))?);
        let remedy = if first { self.fields.some("remedy") } else { None };
        let remedy = remedy.map(RemedyKind::from_code).transpose().map_err(in_column("remedy"))?;
        let declined = (resolution.outcome == Outcome::Declined).then_some(RemedyKind::Declined);
        if let Some(kind) = remedy.or(declined) {
            resolution = resolution.with(kind, self.fields.get(text));
        }
        if !first {
            return Ok(resolution);
        }
        if let Some(cause) = self.fields.some("root_cause") {
            resolution = resolution.caused_by(Code::lossy(cause).map_err(in_column("root_cause"))?);
        }
        for credited in self.fields.get("credited").split_whitespace() {
            resolution = resolution.crediting(match credited.split_once(':') {
                Some(("team", id)) => Credit::team(words::team(id).map_err(in_column("credited"))?),
                Some(("staff", id)) => Credit::staff(words::staff(id).map_err(in_column("credited"))?),
                _ => return Err(format!("credited: {credited} is neither staff:ID nor team:ID")),
            });
        }
        Ok(resolution)
    }

    fn answered(&self, at: &'static str, answer: &str, name: &'static str) -> Result<Option<Fact>, String> {
        let Some(at) = self.at(at)? else { return Ok(None) };
        let verdict = match self.fields.get(answer) {
            "satisfied" => Verdict::Satisfied,
            "" | "neutral" => Verdict::Neutral,
            "unsatisfied" => Verdict::Unsatisfied,
            "disputed" => Verdict::Disputed,
            other => return Err(format!("{answer}: there is no {other}")),
        };
        let words = self.fields.some("answer_words").filter(|_| name == "answered").map(Into::into);
        let answer = RecordAnswer { satisfaction: Satisfaction::of(verdict), words };
        Ok(Some(Fact::at(at, name, By::Customer, Command::RecordAnswer(answer))))
    }

    fn wrote(&self) -> Result<Vec<Fact>, String> {
        let Some(at) = self.at("wrote_at")? else { return Ok(Vec::new()) };
        let words = self.fields.raw("wrote");
        let (wrote, thanks) = match self.fields.get("wrote_tone") {
            "" | "plain" => (CustomerWrote::new(words), false),
            "dispute" => (CustomerWrote::disputing(words), false),
            "thanks" => (CustomerWrote::new(words), true),
            other => return Err(format!("wrote_tone: there is no {other}")),
        };
        let mut facts = vec![Fact::at(at, "wrote", By::Customer, Command::CustomerWrote(wrote))];
        if thanks {
            let staff = By::Staff(self.agent.clone());
            facts.push(Fact::at(at, "no-action-needed", staff, Command::NoActionNeeded));
        }
        Ok(facts)
    }

    fn ended(&self, last_words: Outbound) -> Result<Option<Fact>, String> {
        let fields = self.fields;
        if let Some(at) = self.at("withdrawn_at")? {
            let why = fields.some("exit_reason").map_or(Ok(ExitReason::NotSaid), ExitReason::from_code);
            let withdraw = Withdraw {
                exit: Exit::because(why.map_err(in_column("exit_reason"))?),
                words: fields.some("withdrawn_words").map(Into::into),
                leaving: fields.get("left") == "yes",
            };
            return Ok(Some(Fact::at(at, "withdrawn", By::Customer, Command::Withdraw(withdraw))));
        }
        let Some(at) = self.at("closed_at")? else { return Ok(None) };
        let reason = match fields.get("closed_reason") {
            "" | "confirmed" => CloseReason::Confirmed,
            "unanswered" => CloseReason::Unanswered,
            "thanks-sufficed" => CloseReason::ThanksSufficed,
            "spam" => CloseReason::Spam,
            "waived" => CloseReason::Waived(Party::Staff(self.agent.clone())),
            "referred" => CloseReason::Referred(
                Name::lossy(fields.get("team")).map_err(in_column("closed_reason: team"))?,
            ),
            other => return Err(format!("closed_reason: there is no {other}")),
        };
        let message = matches!(reason, CloseReason::Referred(_)).then_some(last_words);
        let words = fields.some("closed_words").map(Into::into);
        let close = Command::Close(Box::new(Close { reason, message, words }));
        // Whoever is in charge does not waive their own case.
        let by = By::Staff(words::staff("head-of-service").map_err(in_column("closed_at"))?);
        Ok(Some(Fact::at(at, "closed", by, close)))
    }

    /// A time after the receipt.
    fn at(&self, column: &'static str) -> Result<Option<DateTime<Utc>>, String> {
        let Some(text) = self.fields.some(column) else { return Ok(None) };
        let at = time::flexible(text).map_err(in_column(column))?;
        if at < self.received_at { Err(format!("{column} lies before received_at")) } else { Ok(Some(at)) }
    }
}

fn agent(fields: &Fields<'_>) -> Result<StaffId, String> {
    words::staff(fields.some("agent").unwrap_or("desk")).map_err(in_column("agent"))
}

fn reply_path(fields: &Fields<'_>) -> Result<ReplyPath, String> {
    let path = match fields.some("reply_to") {
        None => Ok(ReplyPath::InThread),
        Some(address) if address.contains("://") => ReplyPath::web(address),
        Some(address) if address.contains('@') => ReplyPath::email(address),
        Some(number) => ReplyPath::phone(number),
    };
    path.map_err(in_column("reply_to"))
}

fn contact_of(text: &str) -> Result<Contact, String> {
    let numeric = text.chars().all(|c| c.is_ascii_digit() || "+-()./ ".contains(c));
    match text {
        "in-thread" => Ok(Contact::InThread),
        "nowhere" => Ok(Contact::Nowhere),
        _ if text.contains("://") => {
            talkback::WebAddress::new(text).map(Contact::Through).map_err(in_column("contact"))
        }
        _ if text.starts_with('@') => Contact::handle(text).map_err(in_column("contact")),
        _ if text.contains('@') => Contact::email(text).map_err(in_column("contact")),
        _ if numeric => talkback::PhoneNumber::new(text).map(Contact::Phone).map_err(in_column("contact")),
        _ => Contact::postal(text).map_err(in_column("contact")),
    }
}

fn rating(text: &str) -> Result<Rating, String> {
    let (scale, value) = text.split_once(':').ok_or("it is written like stars:4")?;
    let scale = match scale.trim() {
        "stars" => Scale::Stars,
        "nps" => Scale::Nps,
        "csat" => Scale::Csat,
        "ces" => Scale::Ces,
        "thumb" => Scale::Thumb,
        other => return Err(format!("there is no scale {other}")),
    };
    let value: f64 = value.trim().parse().map_err(|_| "that is no number")?;
    Rating::new(scale, value).map_err(|why| why.to_string())
}

fn in_column<E: std::fmt::Display>(column: &'static str) -> impl Fn(E) -> String {
    move |why| format!("{column}: {why}")
}
