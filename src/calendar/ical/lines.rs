//! The lines of an iCalendar text, and which of them belong to which event.

use super::{IcalError, IcalReason, MAX_ICAL_BYTES, at};

/// The lines of one event, without those of its parts.
pub(super) struct EventLines {
    /// The line that begins it.
    pub(super) line: usize,
    /// Its properties, each with its line.
    pub(super) properties: Vec<(usize, String)>,
    /// The calendar around it says that its events are cancelled.
    pub(super) cancelled: bool,
}

pub(super) fn events(text: &str) -> Result<Vec<EventLines>, IcalError> {
    if text.len() > MAX_ICAL_BYTES {
        return Err(at(1, IcalReason::TooLong { max: MAX_ICAL_BYTES }));
    }
    let mut events: Vec<EventLines> = Vec::new();
    // What has begun and not ended, with the line of its beginning.
    let mut open: Vec<(usize, String)> = Vec::new();
    let mut properties: Vec<(usize, String)> = Vec::new();
    // How many events came before the calendar that is open, and whether it takes its own back.
    let (mut before, mut cancelled) = (0, false);
    for (line, content) in unfolded(text) {
        let upper = content.trim().to_ascii_uppercase();
        if open.is_empty() && upper != "BEGIN:VCALENDAR" {
            return Err(at(line, IcalReason::NotACalendar));
        }
        if let Some(name) = upper.strip_prefix("BEGIN:") {
            open.push((line, name.to_owned()));
        } else if let Some(name) = upper.strip_prefix("END:") {
            match open.pop() {
                Some((line, opened)) if opened == name => {
                    if name == "VEVENT" {
                        let properties = std::mem::take(&mut properties);
                        events.push(EventLines { line, properties, cancelled: false });
                    }
                }
                _ => return Err(at(line, IcalReason::UnexpectedEnd)),
            }
            if open.is_empty() {
                events.iter_mut().skip(before).for_each(|event| event.cancelled = cancelled);
                (before, cancelled) = (events.len(), false);
            }
        } else {
            match open.last() {
                Some((_, name)) if name == "VEVENT" => properties.push((line, content)),
                Some((_, name)) if name == "VCALENDAR" => cancelled |= upper == "METHOD:CANCEL",
                _ => {}
            }
        }
    }
    match open.pop() {
        Some((line, _)) => Err(at(line, IcalReason::Unclosed)),
        None if text.trim().is_empty() => Err(at(1, IcalReason::NotACalendar)),
        None => Ok(events),
    }
}

/// The lines with folded ones joined, numbered as in the text.
fn unfolded(text: &str) -> Vec<(usize, String)> {
    let mut lines: Vec<(usize, String)> = Vec::new();
    for (number, line) in (1..).zip(text.trim_start_matches('\u{feff}').split('\n')) {
        let line = line.strip_suffix('\r').unwrap_or(line);
        match (line.strip_prefix([' ', '\t']), lines.last_mut()) {
            (Some(rest), Some((_, folded))) => folded.push_str(rest),
            _ if line.trim().is_empty() => {}
            _ => lines.push((number, line.to_owned())),
        }
    }
    lines
}
