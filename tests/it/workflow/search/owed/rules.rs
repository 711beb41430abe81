//! The rules: who is owed an answer, by when, and what becomes of it when a message is lost.
//!
//! Times are ticks of a clock. A case's customer and those whose case was merged into it are *persons*, and every
//! message of ours goes to all of them. It carries somebody's clock as long as it is what answers them: that
//! is a [`Debt`], and a message that carries none for somebody only notifies them.

use std::collections::BTreeSet;

/// How many people there are, and how many cases.
pub(crate) const PEOPLE: usize = 2;
pub(crate) const CASES: usize = 2;

/// In how many ticks an answer is due, in how many a resolution, and how long a message may stay unsent once
/// it may go.
pub(crate) const RESPOND: Time = 2;
pub(crate) const RESOLVE: Time = 4;
pub(crate) const DISPATCH: Time = 1;
/// Nothing goes out from the first of these on, and before the second.
const QUIET: (Time, Time) = (1, 3);
/// How many ticks the application itself may hold a message.
const HELD: Time = 1;

pub(crate) type Time = u8;
pub(crate) type Person = usize;

/// What a message of ours is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Purpose {
    Word,
    Resolution,
    FollowUp,
}

/// What became of one person's copy of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Fate {
    /// There is none: they were not part of the case, or erased before.
    NoCopy,
    Unsent,
    Sent,
    Arrived,
    Lost,
    /// The person was erased: noted, and it moves nothing.
    Void,
}

/// What a message carries for one person: since when they had waited, and when their answer was due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Debt {
    pub(crate) since: Time,
    pub(crate) due: Time,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Letter {
    /// From when on it counts: when it was written, or when it came although it had been given up.
    pub(crate) at: Time,
    /// Its place among all; what came late has it after those that were written by then.
    pub(crate) place: u16,
    pub(crate) id: u16,
    /// The first tick at which it may go, and how long the application has held it after that.
    pub(crate) goes: Time,
    pub(crate) held: Time,
    pub(crate) purpose: Purpose,
    /// In which case it was written, and whether the other one had been merged into that before.
    pub(crate) of: usize,
    pub(crate) joint: bool,
    pub(crate) copies: [Fate; PEOPLE],
    pub(crate) carries: [BTreeSet<Debt>; PEOPLE],
    /// Who said something after it was written: to them it answers nothing if it comes late.
    pub(crate) overtaken: [bool; PEOPLE],
    /// The due time of the resolution that it tells.
    pub(crate) resolves: Option<Time>,
}

impl Letter {
    /// The last tick at which it may still be sent.
    pub(crate) const fn limit(&self) -> Time {
        self.goes + DISPATCH + self.held
    }

    pub(crate) fn lost_to_everyone(&self) -> bool {
        self.copies.contains(&Fate::Lost)
            && self.copies.iter().all(|fate| matches!(fate, Fate::NoCopy | Fate::Lost))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Stage {
    InProgress,
    Resolved,
    FollowedUp,
    /// Merged into the other case.
    Closed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    Respond,
    Resolve,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Case {
    pub(crate) stage: Stage,
    pub(crate) people: [bool; PEOPLE],
    /// Each person's oldest unanswered instant.
    pub(crate) waiting: [Option<Time>; PEOPLE],
    /// When what is owed is due.
    pub(crate) respond: Option<Time>,
    pub(crate) resolve: Option<Time>,
    pub(crate) breached: BTreeSet<(Kind, Time)>,
    pub(crate) letters: Vec<Letter>,
}

/// Something that a person said, and the messages that answer it: those that were written to them in that case
/// afterwards, and what came late to them before they had said more. No rule
/// looks at these: they are what the laws are told by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Word {
    pub(crate) by: Person,
    pub(crate) at: Time,
    pub(crate) case: usize,
    pub(crate) answers: BTreeSet<u16>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct State {
    pub(crate) now: Time,
    pub(crate) cases: [Option<Case>; CASES],
    pub(crate) erased: [bool; PEOPLE],
    pub(crate) words: Vec<Word>,
}

/// Something that may happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act {
    Time,
    Opens(Person),
    Speaks(Person, usize),
    Writes(Purpose, usize),
    /// What the relay, or a machine of the recipient's, says of a copy.
    Reports(u16, Person, Fate),
    Holds(u16),
    Erases(Person),
    /// The case is merged into the other one.
    Merges(usize),
}

/// A rule left out or bent, so that a law can be seen to notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bug {
    None,
    LossIsForgotten,
    LossToOneIsLossToAll,
    LossWithoutADebtStartsAClock,
    DueAnew,
    TheLaterDue,
    StandsInUnsent,
    StandsInThoughLost,
    StandsInFromAnotherTalk,
    StandInsTimeIsForgotten,
    LateAnswersNewWords,
    LateCountsAsWritten,
    LateResolves,
    MergeForgetsLetters,
    MergeForgetsWhoWaits,
    MergeKeepsItsOwnDue,
    MergedCaseStillOwes,
    VoidIsLost,
    ErasedIsNotWaitedFor,
    FollowUpFailsForOne,
    ResolutionFailsForAll,
    LimitFromWriting,
    NothingIsGivenUp,
    BreachIsForgotten,
}

/// The first tick at which something written now may go.
pub(crate) const fn goes(now: Time) -> Time {
    if now >= QUIET.0 && now < QUIET.1 { QUIET.1 } else { now }
}

fn least(one: Option<Time>, two: Option<Time>) -> Option<Time> {
    one.into_iter().chain(two).min()
}

impl Case {
    fn opened(people: [bool; PEOPLE], now: Time) -> Self {
        Self {
            stage: Stage::InProgress,
            people,
            waiting: [None; PEOPLE],
            respond: None,
            resolve: Some(now + RESOLVE),
            breached: BTreeSet::new(),
            letters: Vec::new(),
        }
    }

    pub(crate) fn is_open(&self) -> bool {
        self.stage != Stage::Closed
    }

    fn speaks(&mut self, person: Person, now: Time) {
        self.waiting[person].get_or_insert(now);
        self.respond.get_or_insert(now + RESPOND);
        let in_time = self.letters.iter_mut().filter(|letter| !is_late(letter.id));
        in_time.for_each(|letter| letter.overtaken[person] = true);
    }

    /// A message to everyone: it takes over what is owed to each of them.
    fn writes(&mut self, mut letter: Letter, erased: [bool; PEOPLE]) {
        let people = self.people;
        for person in (0..PEOPLE).filter(|person| people[*person]) {
            letter.copies[person] = if erased[person] { Fate::NoCopy } else { Fate::Unsent };
            self.answers(&mut letter, person);
        }
        self.respond = None;
        match letter.purpose {
            Purpose::Word => {}
            Purpose::Resolution => {
                letter.resolves = self.resolve.take();
                self.stage = Stage::Resolved;
            }
            Purpose::FollowUp => self.stage = Stage::FollowedUp,
        }
        self.letters.push(letter);
    }

    /// The person is answered: from now on the message carries what is owed to them.
    fn answers(&mut self, letter: &mut Letter, person: Person) {
        let debt = self.waiting[person].take().zip(self.respond);
        letter.carries[person] = debt.into_iter().map(|(since, due)| Debt { since, due }).collect();
    }

    /// What time brings: what is due was missed, and what nobody sent is lost.
    fn tick(&mut self, now: Time, bug: Bug) {
        self.misses(now, bug);
        for place in 0..self.letters.len() {
            let letter = &self.letters[place];
            let limit = match bug {
                Bug::LimitFromWriting => letter.at + DISPATCH,
                Bug::NothingIsGivenUp => Time::MAX,
                _ => letter.limit(),
            };
            for person in (0..PEOPLE).filter(|_| now > limit) {
                if self.letters[place].copies[person] == Fate::Unsent {
                    self.loses(place, person, now, bug);
                }
            }
        }
        self.misses(now, bug);
    }

    fn misses(&mut self, now: Time, bug: Bug) {
        let due = [(Kind::Respond, self.respond), (Kind::Resolve, self.resolve)];
        let missed = due.into_iter().filter_map(|(kind, due)| Some((kind, due.filter(|due| *due < now)?)));
        self.breached.extend(missed.filter(|_| bug != Bug::BreachIsForgotten));
    }

    /// A copy is lost: what the message carried for that person is owed to them again.
    fn loses(&mut self, place: usize, person: Person, now: Time, bug: Bug) {
        let letter = &mut self.letters[place];
        letter.copies[person] = Fate::Lost;
        let everyone = bug == Bug::LossToOneIsLossToAll;
        let whose = (0..PEOPLE).filter(|other| *other == person || everyone);
        let debts = whose.flat_map(|other| {
            std::mem::take(&mut letter.carries[other]).into_iter().map(move |debt| (other, debt))
        });
        let debts: Vec<_> = debts.collect();
        let letter = letter.clone();
        if bug == Bug::LossIsForgotten {
            return;
        }
        if debts.is_empty() && bug == Bug::LossWithoutADebtStartsAClock {
            self.respond.get_or_insert(now + RESPOND);
        }
        debts.into_iter().for_each(|(whose, debt)| self.owes_again(&letter, whose, debt, now, bug));
        match letter.purpose {
            Purpose::Resolution if bug != Bug::ResolutionFailsForAll || letter.lost_to_everyone() => {
                if let Some(due) = self.letters[place].resolves.take() {
                    self.resolve = Some(due);
                    self.stage = Stage::InProgress;
                }
            }
            Purpose::FollowUp
                if self.is_asked_by(&letter)
                    && (letter.lost_to_everyone() || bug == Bug::FollowUpFailsForOne) =>
            {
                self.stage = Stage::Resolved;
            }
            _ => {}
        }
        self.misses(now, bug);
    }

    /// True when what the customers are asked is in that message.
    fn is_asked_by(&self, letter: &Letter) -> bool {
        let later = self.letters.iter().filter(|other| other.id > letter.id);
        self.stage == Stage::FollowedUp && !later.into_iter().any(|other| other.purpose != Purpose::Word)
    }

    /// A later message to them stands in, and then its time decides; or they wait again, since when they had
    /// and with the due time that there was.
    fn owes_again(&mut self, lost: &Letter, person: Person, debt: Debt, now: Time, bug: Bug) {
        let stands_in = |other: &&mut Letter| {
            let sent = other.copies[person] != Fate::NoCopy || bug == Bug::StandsInUnsent;
            let kept = other.copies[person] != Fate::Lost || bug == Bug::StandsInThoughLost;
            let same_talk = other.of == lost.of || other.joint || bug == Bug::StandsInFromAnotherTalk;
            let about_it = !is_late(other.id) || !other.overtaken[person] || bug == Bug::LateAnswersNewWords;
            let both_late = is_late(other.id) && is_late(lost.id);
            let later = (other.at, other.place).cmp(&(lost.at, lost.place));
            let later = later.is_gt() || later.is_eq() && both_late;
            other.id != lost.id && later && sent && kept && same_talk && about_it
        };
        if let Some(other) =
            self.letters.iter_mut().filter(stands_in).min_by_key(|other| (other.at, other.place))
        {
            other.carries[person].insert(debt);
            if other.at > debt.due && bug != Bug::StandInsTimeIsForgotten {
                self.breached.insert((Kind::Respond, debt.due));
            }
            return;
        }
        self.waiting[person] = least(self.waiting[person], Some(debt.since));
        // What is late is noted, also where something else that is owed is due before it.
        if debt.due < now && bug != Bug::BreachIsForgotten {
            self.breached.insert((Kind::Respond, debt.due));
        }
        self.respond = match bug {
            Bug::DueAnew => least(self.respond, Some(now + RESPOND)),
            Bug::TheLaterDue => self.respond.max(Some(debt.due)),
            _ => least(self.respond, Some(debt.due)),
        };
    }

    /// What had been given up came after all: a plain word to that person, which counts from now.
    fn came_late(
        &mut self,
        (written, joint): (u16, bool),
        place: usize,
        person: Person,
        fate: Fate,
        now: Time,
        bug: Bug,
    ) {
        let original = &mut self.letters[place];
        let mut late = Letter {
            at: if bug == Bug::LateCountsAsWritten { original.at } else { now },
            place: written * 2 - 1,
            joint,
            id: late_id(original.id, person),
            purpose: Purpose::Word,
            copies: [Fate::NoCopy; PEOPLE],
            carries: [const { BTreeSet::new() }; PEOPLE],
            resolves: None,
            ..original.clone()
        };
        late.copies[person] = fate;
        if bug == Bug::LateResolves && original.purpose == Purpose::Resolution {
            self.stage = Stage::Resolved;
            self.resolve = None;
        }
        if !late.overtaken[person] || bug == Bug::LateAnswersNewWords {
            self.answers(&mut late, person);
        }
        if self.waiting.iter().all(Option::is_none) {
            self.respond = None;
        }
        self.letters.push(late);
    }

    /// Takes over what the other case owes, and the messages in which it may turn out to owe more.
    fn absorbs(&mut self, other: &mut Self, now: Time, bug: Bug) {
        for person in 0..PEOPLE {
            // What was written to them in one of the cases, and comes late, answers nothing of the other one.
            if self.people[person] && other.people[person] {
                let letters = self.letters.iter_mut().chain(&mut other.letters);
                letters
                    .filter(|letter| !is_late(letter.id))
                    .for_each(|letter| letter.overtaken[person] = true);
            }
            self.people[person] |= other.people[person];
            if bug != Bug::MergeForgetsWhoWaits {
                self.waiting[person] = least(self.waiting[person], other.waiting[person]);
            }
        }
        let own = self.respond.filter(|_| bug == Bug::MergeKeepsItsOwnDue);
        self.respond = own.or_else(|| least(self.respond, other.respond));
        // A resolution that was late there is late there.
        if self.resolve.is_some_and(|due| due >= now) {
            self.resolve = least(self.resolve, other.resolve.filter(|due| *due >= now));
        }
        let letters = std::mem::take(&mut other.letters);
        if bug != Bug::MergeForgetsLetters {
            self.letters.extend(letters);
        }
        other.stage = Stage::Closed;
        if bug != Bug::MergedCaseStillOwes {
            (other.waiting, other.respond, other.resolve) = ([None; PEOPLE], None, None);
        }
    }
}

/// A message that came late to a person, beside the same to the others.
const fn late_id(id: u16, person: Person) -> u16 {
    100 + id * 10 + person as u16
}

/// The message that it is a late copy of, or itself.
pub(crate) const fn late_of(id: u16) -> u16 {
    if is_late(id) { (id - 100) / 10 } else { id }
}

pub(crate) const fn is_late(id: u16) -> bool {
    id >= 100
}

impl State {
    pub(crate) fn begin() -> Self {
        let mut state = Self { now: 0, cases: [None, None], erased: [false; PEOPLE], words: Vec::new() };
        state.opens(0, 0);
        state
    }

    pub(crate) fn open(&self) -> impl Iterator<Item = (usize, &Case)> {
        let cases = self.cases.iter().enumerate().filter_map(|(at, case)| Some((at, case.as_ref()?)));
        cases.filter(|(_, case)| case.is_open())
    }

    /// Where a message is followed, and at which place.
    pub(crate) fn letter(&self, id: u16) -> Option<(usize, usize)> {
        self.cases.iter().enumerate().find_map(|(at, case)| {
            let place = case.as_ref()?.letters.iter().position(|letter| letter.id == id)?;
            Some((at, place))
        })
    }

    /// True when the other case was merged into this one.
    fn is_joint(&self, at: usize) -> bool {
        self.cases[1 - at].as_ref().is_some_and(|other| !other.is_open())
    }

    pub(crate) fn written(&self) -> u16 {
        let letters = self.cases.iter().flatten().flat_map(|case| &case.letters);
        letters.filter(|letter| !is_late(letter.id)).count() as u16
    }

    pub(crate) fn was_lost(&self, id: u16, person: Person) -> bool {
        let mut letters = self.cases.iter().flatten().flat_map(|case| &case.letters);
        letters.any(|letter| letter.id == id && letter.copies[person] == Fate::Lost)
    }

    fn opens(&mut self, person: Person, at: usize) {
        let mut people = [false; PEOPLE];
        people[person] = true;
        self.cases[at] = Some(Case::opened(people, self.now));
        self.speaks(person, at);
    }

    fn speaks(&mut self, person: Person, at: usize) {
        let now = self.now;
        self.words.push(Word { by: person, at: now, case: at, answers: BTreeSet::new() });
        if let Some(case) = &mut self.cases[at] {
            case.speaks(person, now);
        }
    }

    fn writes(&mut self, purpose: Purpose, at: usize) {
        let (now, erased) = (self.now, self.erased);
        let id = self.written();
        let letter = Letter {
            at: now,
            place: id * 2,
            id,
            goes: goes(now),
            held: 0,
            purpose,
            of: at,
            joint: self.is_joint(at),
            copies: [Fate::NoCopy; PEOPLE],
            carries: [const { BTreeSet::new() }; PEOPLE],
            overtaken: [false; PEOPLE],
            resolves: None,
        };
        let Some(case) = &mut self.cases[at] else { return };
        case.writes(letter, erased);
        let people = case.people;
        let heard = self.words.iter_mut().filter(|word| word.case == at && people[word.by]);
        heard.for_each(|word| _ = word.answers.insert(id));
    }

    fn reports(&mut self, id: u16, person: Person, fate: Fate, bug: Bug) {
        let (now, written) = (self.now, self.written());
        let Some((at, place)) = self.letter(id) else { return };
        let joint = self.is_joint(at);
        let Some(case) = &mut self.cases[at] else { return };
        let copy = &mut case.letters[place].copies[person];
        match (*copy, fate) {
            (_, Fate::Lost) => case.loses(place, person, now, bug),
            (Fate::Lost, _) => {
                let overtaken = case.letters[place].overtaken[person];
                case.came_late((written, joint), place, person, fate, now, bug);
                let covers = |word: &&mut Word| !overtaken && word.by == person && word.answers.contains(&id);
                let answered = self.words.iter_mut().filter(covers);
                answered.for_each(|word| _ = word.answers.insert(late_id(id, person)));
            }
            _ => *copy = fate,
        }
    }

    fn erases(&mut self, person: Person, bug: Bug) {
        self.erased[person] = true;
        for case in self.cases.iter_mut().flatten() {
            for place in 0..case.letters.len() {
                let copy = &mut case.letters[place].copies[person];
                if matches!(copy, Fate::Unsent | Fate::Sent) {
                    *copy = Fate::Void;
                    if bug == Bug::VoidIsLost {
                        case.loses(place, person, self.now, bug);
                    }
                }
            }
            if bug == Bug::ErasedIsNotWaitedFor && case.waiting[person].take().is_some() {
                case.respond = None;
            }
        }
    }

    fn merges(&mut self, source: usize, bug: Bug) {
        let target = 1 - source;
        let [Some(one), Some(two)] = &mut self.cases else { return };
        let (from, into) = if source == 0 { (one, two) } else { (two, one) };
        into.absorbs(from, self.now, bug);
        into.misses(self.now, bug);
        self.words.iter_mut().for_each(|word| word.case = target);
    }

    /// The state after something happened.
    pub(crate) fn after(&self, act: Act, bug: Bug) -> Self {
        let mut state = self.clone();
        match act {
            Act::Time => {
                state.now += 1;
                let now = state.now;
                state.cases.iter_mut().flatten().for_each(|case| case.tick(now, bug));
            }
            Act::Opens(person) => state.opens(person, 1),
            Act::Speaks(person, at) => state.speaks(person, at),
            Act::Writes(purpose, at) => state.writes(purpose, at),
            Act::Reports(id, person, fate) => state.reports(id, person, fate, bug),
            Act::Holds(id) => {
                if let Some((at, place)) = state.letter(id)
                    && let Some(case) = &mut state.cases[at]
                {
                    case.letters[place].held += 1;
                }
            }
            Act::Erases(person) => state.erases(person, bug),
            Act::Merges(source) => state.merges(source, bug),
        }
        // In which order reports came is not to be seen.
        state
            .cases
            .iter_mut()
            .flatten()
            .for_each(|case| case.letters.sort_by_key(|letter| (letter.at, letter.id)));
        state
    }

    /// What may be reported, held or erased now.
    pub(crate) fn news(&self) -> Vec<Act> {
        let mut acts = Vec::new();
        for letter in self.cases.iter().flatten().flat_map(|case| &case.letters) {
            for (person, copy) in letter.copies.iter().enumerate() {
                let fates: &[Fate] = match copy {
                    Fate::Unsent if goes(self.now) > self.now => &[],
                    Fate::Unsent => &[Fate::Sent, Fate::Lost],
                    Fate::Sent => &[Fate::Arrived, Fate::Lost],
                    Fate::Lost
                        if !is_late(letter.id) && self.letter(late_id(letter.id, person)).is_none() =>
                    {
                        &[Fate::Sent]
                    }
                    _ => &[],
                };
                let fates = if self.erased[person] { &[] } else { fates };
                acts.extend(fates.iter().map(|fate| Act::Reports(letter.id, person, *fate)));
            }
            if letter.copies.contains(&Fate::Unsent) && letter.held < HELD {
                acts.push(Act::Holds(letter.id));
            }
        }
        let known = |person: &Person| self.cases.iter().flatten().any(|case| case.people[*person]);
        let one = (0..PEOPLE).filter(|person| !self.erased.contains(&true) && known(person));
        acts.extend(one.map(Act::Erases));
        acts
    }
}
