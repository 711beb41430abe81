//! What is expected of who is told what.

use chrono::{DateTime, Utc};

use super::{counted, equal};
use crate::deadline::DeadlineKind;
use crate::testing::scenario::moment::told;
use crate::testing::scenario::{Moment, Scenario};
use crate::workflow::{Fact, NoticeKind, Recipient};

/// What is expected of who is told what, in the whole story. The story ends where one of these does not
/// hold.
impl Scenario {
    /// These steps of the ladder were fired for deadlines of that kind, and no others: when, which (from
    /// 0, warnings first), and who was told.
    #[track_caller]
    pub fn ladder<M: Into<Moment>>(
        mut self,
        kind: DeadlineKind,
        steps: impl IntoIterator<Item = (M, u16, &'static str)>,
    ) -> Self {
        let mut expected = Vec::new();
        for (moment, step, role) in steps {
            let Some(at) = self.instant(moment) else { return self };
            expected.push((at, step, role.to_owned()));
        }
        let fired = self.events().filter_map(|event| match &event.fact {
            Fact::Escalated { deadline, step, role, .. } if deadline.kind == kind => {
                Some((event.occurred_at, *step, role.to_string()))
            }
            _ => None,
        });
        let says = |steps: &Vec<(DateTime<Utc>, u16, String)>| {
            let one = |(at, step, role): &(DateTime<Utc>, u16, String)| {
                format!("{role} at step {step}, {}", told(&self.zone, *at))
            };
            let told: Vec<_> = steps.iter().map(one).collect();
            if told.is_empty() { "nobody".to_owned() } else { told.join("; ") }
        };
        let fired: Vec<_> = fired.collect();
        let (sentence, truth) = (says(&expected), equal(&fired, &expected, says));
        self.expect(format!("of {kind} were told: {sentence}"), truth)
    }

    /// So many notices of that kind were owed to anybody.
    #[track_caller]
    pub fn notices_owed(self, kind: NoticeKind, times: usize) -> Self {
        let found = self.notices().filter(|notice| notice.kind == kind).count();
        let truth = equal(&found, &times, |found| format!("{} of them are", counted(*found)));
        self.expect(format!("a notice is owed {}: {}", counted(times), says(kind)), truth)
    }

    /// The last notice that is owed is for that role, employee or team.
    #[track_caller]
    pub fn told(self, who: &str) -> Self {
        let name = |to: &Recipient| match to {
            Recipient::Customer(_) => "the customer".to_owned(),
            Recipient::Staff(staff) => staff.to_string(),
            Recipient::Team(team) => team.to_string(),
            Recipient::Role(role) => role.to_string(),
            #[allow(unreachable_patterns, reason = "somebody who has no name")]
            other => format!("{other:?}"),
        };
        let truth = match self.notices().last() {
            None => Err("nobody was told anything".to_owned()),
            Some(last) => {
                equal(&name(&last.to), &who.to_owned(), |is| format!("that is {is}: {}", says(last.kind)))
            }
        };
        self.expect(format!("the last who is told something is {who}"), truth)
    }
}

fn says(kind: NoticeKind) -> String {
    match kind {
        NoticeKind::Message => "a message for the customer".to_owned(),
        NoticeKind::AskWhy => "the question why they left".to_owned(),
        NoticeKind::Warning => "a deadline comes near".to_owned(),
        NoticeKind::Escalation => "a deadline was missed".to_owned(),
        NoticeKind::Review => "a case was not touched for a while".to_owned(),
        NoticeKind::Thanks => "somebody earned thanks".to_owned(),
        NoticeKind::Undelivered => "a message did not arrive".to_owned(),
        #[allow(unreachable_patterns, reason = "a kind that is told as it is called")]
        other => format!("{other:?}"),
    }
}
