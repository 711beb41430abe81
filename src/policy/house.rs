//! House policies: goals that a good house sets itself, without any legal claim.

use super::{Policy, PolicyError, PolicySpec, Rule, Span, Target, Terms};
use crate::calendar::WorkingCalendar;
use crate::deadline::DeadlineKind;
use crate::id::Name;

impl Policy {
    /// `house-standard`: heard within four working hours, answered by a person within two working days,
    /// resolved within five (standing still while we wait), asked whether it helped two working days
    /// later, at most twice, with five working days to answer. Credited people hear of it within two
    /// working days, and an invitation stays open for fourteen days.
    ///
    /// # Errors
    /// When the calendar cannot yield one of these.
    ///
    /// ```
    /// use talkback::{Policy, calendar::WorkingCalendar};
    /// let policy = Policy::house_standard(WorkingCalendar::office("office").build()?)?;
    /// assert_eq!(policy.id().as_str(), "house-standard");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn house_standard(calendar: WorkingCalendar) -> Result<Self, PolicyError> {
        Self::new(PolicySpec::house_standard(calendar))
    }

    /// `review-floor`: no deadline but the review that every open case has. For feedback of which only
    /// the past is known, and for applications that set every date by promise.
    ///
    /// # Errors
    /// When the calendar cannot yield the review.
    pub fn review_floor(calendar: WorkingCalendar) -> Result<Self, PolicyError> {
        Self::new(PolicySpec {
            id: Name::known("review-floor"),
            version: 1,
            effective_from: None,
            calendar,
            sending_hours: None,
            rules: Vec::new(),
            terms: Terms::default(),
        })
    }
}

impl PolicySpec {
    /// The same with every target a goal, whose miss is reported and is no breach of a duty.
    #[must_use]
    pub fn as_goals(mut self) -> Self {
        let targets = self.rules.iter_mut().flat_map(|rule| rule.targets.values_mut());
        targets.flatten().for_each(|target| target.soft = true);
        self
    }

    /// [`Policy::house_standard`] as it is written down: to be changed, or to lay an
    /// [`Overlay`](super::Overlay) over.
    #[must_use]
    pub fn house_standard(calendar: WorkingCalendar) -> Self {
        let rule = Rule::always()
            .named(Name::known("house-standard"))
            .target(DeadlineKind::Acknowledge, Target::within(Span::working_hours(4)))
            .target(DeadlineKind::Respond, Target::within(Span::working_days(2)))
            .target(DeadlineKind::Resolve, Target::within(Span::working_days(5)).pausable())
            .target(DeadlineKind::FollowUp, Target::within(Span::working_days(2)))
            .target(DeadlineKind::Confirm, Target::within(Span::working_days(5)))
            .target(DeadlineKind::Thank, Target::within(Span::working_days(2)))
            .target(DeadlineKind::Expire, Target::within(Span::calendar_days(14)));
        Self {
            id: Name::known("house-standard"),
            version: 1,
            effective_from: None,
            calendar,
            sending_hours: None,
            rules: vec![rule],
            terms: Terms::default(),
        }
    }
}
