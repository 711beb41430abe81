//! The laws, told by what was said and what became of each copy, and not by the rules.

use std::collections::BTreeSet;

use super::rules::{Act, Bug, Case, Fate, Kind, Letter, PEOPLE, Purpose, RESPOND, Stage, State, Time, Word};

type Law = Result<(), String>;

fn holds(that: bool, law: &str, what: impl FnOnce() -> String) -> Law {
    if that { Ok(()) } else { Err(format!("{law}: {}", what())) }
}

/// The messages that reached them, as far as is known, after what they said.
fn answers<'a>(state: &'a State, word: &'a Word) -> impl Iterator<Item = &'a Letter> {
    let letters = state.cases.iter().flatten().flat_map(|case| &case.letters);
    letters.filter(|letter| word.answers.contains(&letter.id) && letter.copies[word.by] != Fate::Lost)
}

fn unanswered(state: &State, at: usize, person: usize) -> Option<Time> {
    let said = state.words.iter().filter(|word| word.case == at && word.by == person);
    said.filter(|word| answers(state, word).next().is_none()).map(|word| word.at).min()
}

/// Who waits: exactly those whom nothing reached after their oldest word.
fn who_waits(state: &State) -> Law {
    for (at, case) in state.open() {
        for person in 0..PEOPLE {
            let (waits, should) = (case.waiting[person], unanswered(state, at, person));
            holds(waits == should, "who waits", || {
                format!("{person} since {waits:?}, and should since {should:?}")
            })?;
        }
    }
    Ok(())
}

/// Somebody waits iff an answer is owed, and it is due no later than when they spoke asks for.
fn a_clock_for_who_waits(state: &State) -> Law {
    for (_, case) in state.open() {
        let oldest = case.waiting.iter().flatten().min();
        let latest = oldest.map(|since| since + RESPOND);
        let runs = case.respond;
        holds(runs.is_some() == latest.is_some() && runs <= latest, "a clock", || {
            format!("due {runs:?}, and the oldest waits until {latest:?}")
        })?;
        let owed = case.resolve.is_some() == (case.stage == Stage::InProgress);
        holds(owed, "a clock", || format!("{:?}, and a resolution is due {:?}", case.stage, case.resolve))?;
    }
    Ok(())
}

/// A breach is recorded iff nothing that reached them had been written by the due time.
fn breaches_are_true(state: &State) -> Law {
    let recorded = state.cases.iter().flatten().flat_map(|case| &case.breached);
    let responds: Vec<_> = recorded.filter(|(kind, _)| *kind == Kind::Respond).map(|(_, due)| *due).collect();
    let told_by = |word: &Word, due: Time| answers(state, word).any(|letter| letter.at <= due);
    for due in &responds {
        let missed = state.words.iter().any(|word| word.at <= *due && !told_by(word, *due));
        holds(missed, "breaches", || format!("an answer that was due at {due} was given"))?;
    }
    for word in &state.words {
        let due = word.at + RESPOND;
        let missed = due < state.now && !told_by(word, due);
        holds(!missed || responds.iter().any(|at| *at <= due), "breaches", || {
            format!("nobody noted that {} had no answer at {due}", word.by)
        })?;
    }
    for (_, case) in state.open() {
        let missed = case.resolve.filter(|due| *due < state.now);
        let noted = missed.is_none_or(|due| case.breached.contains(&(Kind::Resolve, due)));
        holds(noted, "breaches", || "a resolution that is late".to_owned())?;
    }
    Ok(())
}

/// A case is resolved as long as its last resolution is lost to nobody, and followed up as long as the last
/// follow-up after that is not lost to everyone.
fn stages_are_true(state: &State) -> Law {
    for (_, case) in state.open() {
        let last = |purpose: Purpose| case.letters.iter().rfind(|letter| letter.purpose == purpose);
        let resolution = last(Purpose::Resolution).filter(|letter| !letter.copies.contains(&Fate::Lost));
        let follow_up = last(Purpose::FollowUp).filter(|letter| {
            resolution.is_some_and(|resolution| resolution.id < letter.id) && !letter.lost_to_everyone()
        });
        let should = match (resolution, follow_up) {
            (None, _) => Stage::InProgress,
            (Some(_), None) => Stage::Resolved,
            (Some(_), Some(_)) => Stage::FollowedUp,
        };
        holds(case.stage == should, "stages", || format!("{:?}, and should be {should:?}", case.stage))?;
    }
    Ok(())
}

/// Nothing stays unsent beyond its limit, in whichever case it is followed.
fn nothing_stays_unsent(state: &State) -> Law {
    let letters = || state.cases.iter().flatten().flat_map(|case| &case.letters);
    let late = letters().find(|letter| letter.copies.contains(&Fate::Unsent) && letter.limit() < state.now);
    holds(late.is_none(), "unsent", || format!("{late:?} at {}", state.now))
}

/// A closed case owes nothing.
fn closed_is_closed(state: &State) -> Law {
    let mut closed = state.cases.iter().flatten().filter(|case| !case.is_open());
    let owes =
        |case: &Case| case.respond.is_some() || case.resolve.is_some() || case.waiting != [None; PEOPLE];
    holds(!closed.any(owes), "closed", || "a closed case owes something".to_owned())
}

/// What has to be true of every state.
pub(super) fn of_a_state(state: &State) -> Law {
    who_waits(state)?;
    a_clock_for_who_waits(state)?;
    breaches_are_true(state)?;
    stages_are_true(state)?;
    nothing_stays_unsent(state)?;
    closed_is_closed(state)
}

/// What is owed in a state: all but what became of the copies.
fn owed(state: &State) -> impl PartialEq + use<> {
    let of = |case: &Case| (case.stage, case.waiting, case.respond, case.resolve, case.breached.clone());
    state.cases.clone().map(|case| case.as_ref().map(of))
}

/// What has to be true of every step.
pub(super) fn of_a_step(before: &State, act: Act, after: &State) -> Law {
    match act {
        Act::Erases(_) | Act::Holds(_) | Act::Reports(_, _, Fate::Void) => {
            holds(owed(before) == owed(after), "void", || format!("{act:?} moved something"))
        }
        Act::Reports(id, _, Fate::Lost) => {
            let who = |state: &State| {
                state.words.iter().map(|word| answers(state, word).next().is_none()).collect::<Vec<_>>()
            };
            let due = |state: &State| state.open().map(|(_, case)| case.respond).collect::<Vec<_>>();
            let moved = who(before) == who(after) && due(before) != due(after);
            holds(!moved, "only who is owed", || format!("{id} was owed to nobody, and a clock moved"))
        }
        Act::Time => {
            let letters = before.cases.iter().flatten().flat_map(|case| &case.letters);
            let mut given_up = letters.filter(|letter| {
                let now = after
                    .letter(letter.id)
                    .and_then(|(at, place)| after.cases[at].as_ref()?.letters.get(place));
                let lost = |copies: &[Fate]| copies.iter().filter(|copy| **copy == Fate::Lost).count();
                now.is_some_and(|now| lost(&now.copies) > lost(&letter.copies)) && letter.limit() >= after.now
            });
            let early = given_up.next();
            holds(early.is_none(), "held back", || format!("{early:?} was given up at {}", after.now))
        }
        _ => Ok(()),
    }
}

/// Whether two pieces of news may come in either order. Of two messages that came late at one instant, it is
/// not to be seen which one carries the clock; and what came late to one of two who wait leaves the other the
/// due time that there is, which may be earlier than their own.
pub(super) fn in_either_order(state: &State, act_one: Act, act_two: Act, bug: Bug) -> Law {
    let about = |act: Act| match act {
        Act::Reports(id, person, _) => (Some(id), Some(person)),
        Act::Erases(person) => (None, Some(person)),
        Act::Holds(id) => (Some(id), None),
        _ => (None, None),
    };
    let ((one_id, one_of), (two_id, two_of)) = (about(act_one), about(act_two));
    // One person's copy has one fate, and what was erased has none.
    if one_of == two_of && (one_id == two_id || one_id.is_none() || two_id.is_none()) {
        return Ok(());
    }
    let (first, second) =
        (state.after(act_one, bug).after(act_two, bug), state.after(act_two, bug).after(act_one, bug));
    let copies = |state: &State| {
        let letters = state.cases.iter().flatten().flat_map(|case| &case.letters);
        letters.map(|letter| (letter.id, letter.copies)).collect::<BTreeSet<_>>()
    };
    let late = |act: Act| matches!(act, Act::Reports(id, person, fate) if fate != Fate::Lost && state.was_lost(id, person));
    let due_alone = |mut state: State| {
        state.cases.iter_mut().flatten().for_each(|case| case.respond = case.respond.map(|_| 0));
        state
    };
    let (one, two) = (first.clone(), second.clone());
    let (one, two) =
        if late(act_one) || late(act_two) { (due_alone(one), due_alone(two)) } else { (one, two) };
    let same = owed(&one) == owed(&two) && copies(&first) == copies(&second);
    holds(same, "either order", || format!("{act_one:?}, {act_two:?}:\n{first:#?}\nor\n{second:#?}"))
}

/// Whether it is the same when a message is lost before a merge and after it.
pub(super) fn before_and_after_a_merge(state: &State, merge: Act, news: Act, bug: Bug) -> Law {
    let (before, after) =
        (state.after(news, bug).after(merge, bug), state.after(merge, bug).after(news, bug));
    let said = |state: &State| {
        let breached: BTreeSet<_> =
            state.cases.iter().flatten().flat_map(|case| case.breached.clone()).collect();
        let open = |(_, case): (usize, &Case)| (case.stage, case.waiting, case.respond, case.resolve);
        (state.open().map(open).collect::<Vec<_>>(), breached)
    };
    holds(said(&before) == said(&after), "before and after a merge", || {
        format!("{news:?}:\n{before:#?}\nor\n{after:#?}")
    })
}
