//! Rounds in pairs, and the lines that are printed.
//!
//! What slows the machine down slows down both halves of a round, so that their ratio stays. Which half
//! comes first changes from round to round.

use std::time::{Duration, Instant};

/// How many rounds count; one more warms up.
pub(crate) fn rounds() -> usize {
    std::env::var("ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(7)
}

/// What one half of a round took, command by command, and from its beginning to its end.
pub(crate) struct Took {
    each: Vec<Duration>,
    whole: Duration,
}

impl Took {
    /// One caller, who does one after the other.
    pub(crate) fn each(each: Vec<Duration>) -> Self {
        let whole = each.iter().sum();
        Self { each, whole }
    }

    /// Callers beside each other: only the time until the last of them was done says anything.
    pub(crate) fn whole(whole: Duration) -> Self {
        Self { each: vec![whole], whole }
    }

    fn median(&self) -> f64 {
        let mut each = self.each.clone();
        each.sort();
        each[each.len() / 2].as_secs_f64()
    }
}

/// The rounds of one case: ours and the floor's.
pub(crate) struct Pairs(Vec<(Took, Took)>);

/// Plays rounds, each half with the number of its round.
pub(crate) fn pairs(mut ours: impl FnMut(usize) -> Took, mut floor: impl FnMut(usize) -> Took) -> Pairs {
    let mut pairs = Vec::new();
    for round in 0..=rounds() {
        let pair = if round.is_multiple_of(2) {
            let ours = ours(round);
            (ours, floor(round))
        } else {
            let floor = floor(round);
            (ours(round), floor)
        };
        if round > 0 {
            pairs.push(pair);
        }
    }
    Pairs(pairs)
}

impl Pairs {
    /// Prints our whole time over the floor's.
    pub(crate) fn print(&self, case: &str, commands: usize) {
        self.line("ratio", case, |took| took.whole.as_secs_f64());
        let micros = |half: fn(&(Took, Took)) -> &Took| {
            let all = self.0.iter().map(|pair| half(pair).whole.as_secs_f64() * 1e6 / commands as f64);
            spread(all.collect()).0
        };
        println!(
            "scale {case} ours {:.1} us, floor {:.1} us",
            micros(|pair| &pair.0),
            micros(|pair| &pair.1)
        );
    }

    /// Prints our median command over the floor's median command.
    pub(crate) fn print_medians(&self, case: &str) {
        self.line("ratio", case, Took::median);
        self.scale(case, Took::median);
    }

    /// Prints how much quicker the first half was.
    pub(crate) fn print_gain(&self, case: &str) {
        let gains = self.0.iter().map(|(many, one)| one.whole.as_secs_f64() / many.whole.as_secs_f64());
        line("gain", case, gains.collect());
    }

    /// Prints the median of the first half over the median of the second.
    pub(crate) fn print_growth(&self, case: &str) {
        self.line("growth", case, Took::median);
    }

    /// The median over the rounds of the median of our half, in seconds.
    pub(crate) fn ours(&self) -> f64 {
        spread(self.0.iter().map(|(ours, _)| ours.median()).collect()).0
    }

    fn scale(&self, case: &str, seconds: impl Fn(&Took) -> f64) {
        let ours = spread(self.0.iter().map(|(ours, _)| seconds(ours) * 1e6).collect()).0;
        let floor = spread(self.0.iter().map(|(_, floor)| seconds(floor) * 1e6).collect()).0;
        println!("scale {case} ours {ours:.1} us, floor {floor:.1} us");
    }

    fn line(&self, what: &str, case: &str, of: impl Fn(&Took) -> f64) {
        line(what, case, self.0.iter().map(|(ours, floor)| of(ours) / of(floor)).collect());
    }
}

/// One line: what, of which case, median, least, greatest.
pub(crate) fn line(what: &str, case: &str, values: Vec<f64>) {
    let (median, min, max) = spread(values);
    println!("{what} {case} {median:.2} {min:.2} {max:.2}");
}

pub(crate) fn spread(mut values: Vec<f64>) -> (f64, f64, f64) {
    values.sort_by(f64::total_cmp);
    (values[values.len() / 2], values[0], values[values.len() - 1])
}

pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let before = Instant::now();
    let done = work();
    (before.elapsed(), done)
}
