//! Commands about two cases: what both of them store.
//!
//! A text belongs to the case that shows it, so that erasing one case takes nothing from another that goes on.
//! What goes along is copied.

use super::handling::{Decided, written};
use crate::case::Case;
use crate::desk::{Desk, Handled};
use crate::error::Error;
use crate::id::CommandId;
use crate::policy::PolicyBook;
use crate::text::{Text, TextKind};
use crate::workflow::{
    Command, Context, Fact, Merge, Pair, Split, merge, split, split_into, split_texts, texts,
};

impl Desk {
    /// Decides a merge. The source keeps the words of the command, the target gets the addresses.
    pub(super) async fn merged(
        &self,
        case: &Case,
        merging: &Merge,
        command: &Command,
        context: &Context<'_>,
    ) -> Result<Decided, Error> {
        let into = self.load(merging.into).await?;
        let known = match &into {
            Some(into) => self.addresses(into).await?,
            None => Vec::new(),
        };
        let (going, needless) = self.addresses(case).await?.into_iter().partition::<Vec<_>, _>(|address| {
            address.words.is_some() && !known.iter().any(|other| other.is_same_as(address))
        });
        let needless: Vec<_> = needless.into_iter().map(|address| address.text).collect();
        let pair = merge(case, into.as_deref(), &needless, merging, context)?;
        let going = (0..).zip(going).filter_map(|(n, address)| address.carried(context.command, n));
        let customer = &case.head.customer;
        let words = texts(command, context.command, customer, customer);
        Ok(stored(context.policies, case, into.as_deref(), pair, [words, going.collect()]))
    }

    /// Decides a split. The source keeps the reason, the new case has everything that it shows.
    pub(super) async fn split_off(
        &self,
        case: &Case,
        splitting: &Split,
        command: &Command,
        context: &Context<'_>,
    ) -> Result<Decided, Error> {
        let said = self.said(case.id, splitting.message).await?;
        let already = self.load(split_into(&self.tenant, splitting.message)).await?;
        let pair = split(case, said.as_ref(), already.as_deref(), splitting, context)?;
        let new = pair.other.case.clone();
        let customer = &new.head.customer;
        let words = texts(command, context.command, customer, customer);
        let (mut reason, mut shown): (Vec<_>, Vec<_>) =
            words.into_iter().partition(|text| text.kind == TextKind::Reason);
        reason.iter_mut().for_each(|text| text.about.clone_from(&case.head.customer));
        let files = match said.map(|said| said.fact) {
            Some(Fact::CustomerWrote { attachments, .. }) => attachments,
            _ => 0,
        };
        let mut copies = split_texts(CommandId::from_uuid(splitting.message.uuid()), files, context.command);
        copies.retain(|(_, ours)| !shown.iter().any(|text| text.id == *ours));
        shown.extend(self.copied(copies).await?);
        let contacts = case.contacts(customer).unwrap_or_default();
        shown.extend(self.carried(contacts, &new, context.command).await?);
        Ok(stored(context.policies, case, None, pair, [reason, shown]))
    }
}

/// Everything that a decision about two cases stores, with the texts of each. `other` is the second before it,
/// where it existed.
fn stored(
    policies: &PolicyBook,
    case: &Case,
    other: Option<&Case>,
    pair: Pair,
    [ours, theirs]: [Vec<Text>; 2],
) -> Decided {
    let (case, write) = written(policies, Some(case), pair.case, ours);
    let (other, second) = written(policies, other, pair.other, theirs);
    let events = write.events.clone();
    let handled = Handled { other: Some(other), ..Handled::fresh(case, events) };
    Decided { writes: vec![write, second], handled }
}
