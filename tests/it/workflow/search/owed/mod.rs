//! A small model of who is owed an answer, and every state of it: two people, two cases that may be merged,
//! messages that are held back, sent, lost, given up and come late, and a person who is erased.
//!
//! It is stated without a type of the library, so that it can be read beside it, and the search of the real
//! code has it for an oracle.

mod laws;
pub(super) mod rules;

use std::collections::HashSet;

use rules::{Act, Bug, Purpose, Stage, State};

/// How far a search goes.
#[derive(Clone, Copy)]
pub(super) struct Small {
    /// The last tick, how often anybody speaks, and how many messages are written.
    pub(super) last: u8,
    pub(super) words: usize,
    pub(super) letters: u16,
    /// One person has both cases.
    pub(super) same: bool,
}

impl Small {
    /// What may happen besides news.
    pub(super) fn acts(self, state: &State) -> Vec<Act> {
        let mut acts = state.news();
        if state.now < self.last {
            acts.push(Act::Time);
        }
        let opens = usize::from(!self.same);
        if state.cases[1].is_none() && !state.erased[opens] {
            acts.push(Act::Opens(opens));
        }
        for (at, case) in state.open() {
            if state.words.len() < self.words {
                let speaks = |person: &usize| case.people[*person] && !state.erased[*person];
                acts.extend((0..rules::PEOPLE).filter(speaks).map(|person| Act::Speaks(person, at)));
            }
            if state.written() < self.letters {
                acts.push(Act::Writes(Purpose::Word, at));
                match case.stage {
                    Stage::InProgress => acts.push(Act::Writes(Purpose::Resolution, at)),
                    Stage::Resolved => acts.push(Act::Writes(Purpose::FollowUp, at)),
                    _ => {}
                }
            }
        }
        acts.extend(Self::merges(state));
        acts
    }

    fn merges(state: &State) -> Vec<Act> {
        let both = state.open().filter(|(_, case)| case.stage == Stage::InProgress).count() == rules::CASES;
        (0..rules::CASES).filter(|_| both).map(Act::Merges).collect()
    }

    fn check(self, state: &State, bug: Bug) -> Result<(), String> {
        laws::of_a_state(state)?;
        let news = state.news();
        for (n, one) in news.iter().enumerate() {
            for two in &news[n + 1..] {
                laws::in_either_order(state, *one, *two, bug)?;
            }
            let lost = matches!(one, Act::Reports(_, _, rules::Fate::Lost));
            for merge in Self::merges(state).into_iter().filter(|_| lost) {
                laws::before_and_after_a_merge(state, merge, *one, bug)?;
            }
        }
        Ok(())
    }

    /// The first so many states and whether those are all, or the way to the first that breaks a law.
    fn search(self, most: usize, bug: Bug) -> Result<(usize, bool), String> {
        let mut known = HashSet::from([State::begin()]);
        let mut states = vec![(State::begin(), None)];
        let mut next = 0;
        while let Some((state, _)) = states.get(next).cloned() {
            if next == most {
                return Ok((next, false));
            }
            let told = |broken: String| format!("{broken}\nafter {:?}: {state:#?}", way(&states, next));
            self.check(&state, bug).map_err(told)?;
            let mut reached = Vec::new();
            for act in self.acts(&state) {
                let after = state.after(act, bug);
                laws::of_a_step(&state, act, &after).map_err(told)?;
                if known.insert(after.clone()) {
                    reached.push((after, Some((next, act))));
                }
            }
            states.extend(reached);
            next += 1;
        }
        Ok((states.len(), true))
    }
}

/// How it came to a state.
fn way(states: &[(State, Option<(usize, Act)>)], mut to: usize) -> Vec<Act> {
    let mut way = Vec::new();
    while let Some((from, act)) = states[to].1 {
        way.push(act);
        to = from;
    }
    way.reverse();
    way
}

#[test]
fn who_is_owed_what_in_every_state() {
    let world = |words, letters, same| Small { last: 3, words, letters, same };
    let worlds = [
        ("two people", world(2, 2, false)),
        ("one person with two cases", world(2, 2, true)),
        ("three words", world(3, 1, false)),
    ];
    for (name, small) in worlds {
        let (states, all) =
            small.search(100_000, Bug::None).unwrap_or_else(|broken| panic!("{name}: {broken}"));
        println!("owed, {name}: states={states}{}", if all { ", all there are" } else { "" });
    }
}

#[test]
fn each_law_notices_a_rule_that_is_bent() {
    let world = |words, letters, same| Small { last: 3, words, letters, same };
    let worlds = [world(2, 2, false), world(2, 2, true), world(3, 2, false), world(3, 2, true)];
    let bugs = [
        (Bug::LossIsForgotten, "who waits"),
        (Bug::LossToOneIsLossToAll, "either order"),
        (Bug::LossWithoutADebtStartsAClock, "only who is owed"),
        (Bug::DueAnew, "a clock"),
        (Bug::TheLaterDue, "before and after a merge"),
        (Bug::StandsInUnsent, "either order"),
        (Bug::StandsInThoughLost, "either order"),
        (Bug::StandsInFromAnotherTalk, "before and after a merge"),
        (Bug::StandInsTimeIsForgotten, "either order"),
        (Bug::LateAnswersNewWords, "who waits"),
        (Bug::LateCountsAsWritten, "breaches"),
        (Bug::LateResolves, "stages"),
        (Bug::MergeForgetsLetters, "before and after a merge"),
        (Bug::MergeForgetsWhoWaits, "before and after a merge"),
        (Bug::MergeKeepsItsOwnDue, "a clock"),
        (Bug::MergedCaseStillOwes, "closed"),
        (Bug::VoidIsLost, "void"),
        (Bug::ErasedIsNotWaitedFor, "void"),
        (Bug::FollowUpFailsForOne, "stages"),
        (Bug::ResolutionFailsForAll, "stages"),
        (Bug::LimitFromWriting, "held back"),
        (Bug::NothingIsGivenUp, "unsent"),
        (Bug::BreachIsForgotten, "breaches"),
    ];
    for (bug, law) in bugs {
        let found = worlds.iter().find_map(|world| world.search(30_000, bug).err());
        let broken = found.unwrap_or_else(|| panic!("{bug:?} was not noticed"));
        assert!(broken.starts_with(&format!("{law}: ")), "{bug:?} is not against {law:?}: {broken}");
    }
}
