//! One line of somebody else's text, made safe to show: subjects, file names, media types.
//!
//! Nobody is refused for a character. What people write is kept: joiners (a family emoji, a Persian
//! half-space), direction marks, soft hyphens, everything printable. What would do something to the text
//! around it is neutralised:
//!
//! | what | becomes |
//! |---|---|
//! | a tab, a line break of any kind, a folded line: with the white space around it | one space |
//! | another control character | `U+FFFD`, so that it is seen that something stood there |
//! | an override of the direction (`U+202D`, `U+202E`) | `U+FFFD`, and its end goes |
//! | an embedding or isolate that is not closed, an end without a beginning | nothing |
//!
//! A line that is too long is cut, and says so with `…`.

use std::borrow::Cow;

use crate::id::is_invisible;

/// What stands for a character that was neutralised, in sight.
const SEEN: char = char::REPLACEMENT_CHARACTER;
/// What stands where a line was cut.
const CUT: char = '…';

/// The text as one line of at most `max` characters, of which the last `tail` are kept when it is cut (the
/// ending of a file name). A line is already its own line.
pub(crate) fn line(text: &str, max: usize, tail: usize) -> Cow<'_, str> {
    if text.chars().all(is_plain) && text.chars().nth(max).is_none() {
        return Cow::Borrowed(text);
    }
    Cow::Owned(balanced(&cut(&unfolded(text), max, tail)))
}

/// True for a character that no rule is about.
fn is_plain(c: char) -> bool {
    !c.is_control()
        && !matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Without breaks, controls and overrides.
fn unfolded(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    let mut rest = text.trim_matches(is_break);
    while let Some(c) = rest.chars().next() {
        let spaces = rest.len() - rest.trim_start_matches(|c| c == ' ' || is_break(c)).len();
        let (white, after) = rest.split_at(spaces.max(c.len_utf8()));
        match c {
            ' ' if !white.contains(is_break) => line.push_str(white),
            _ if spaces > 0 => line.push(' '),
            '\u{202d}' | '\u{202e}' => line.extend([SEEN, OVERRIDE]),
            c if c.is_control() => line.push(SEEN),
            c => line.push(c),
        }
        rest = after;
    }
    line
}

/// True for a tab and whatever ends a line.
const fn is_break(c: char) -> bool {
    matches!(c, '\t'..='\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Stands for the beginning of an override while its end is looked for: a control, so that no text holds
/// it any more.
const OVERRIDE: char = '\0';

/// At most `max` characters of it.
fn cut(line: &str, max: usize, tail: usize) -> Cow<'_, str> {
    let count = line.chars().count();
    if count <= max {
        return Cow::Borrowed(line);
    }
    let tail = tail.min(max.saturating_sub(1));
    let from = |n| line.char_indices().nth(n).map_or(line.len(), |(place, _)| place);
    let (head, _) = line.split_at(from(max.saturating_sub(tail + 1)));
    let (_, tail) = line.split_at(from(count - tail));
    // A joiner joins to what is no longer there.
    Cow::Owned(format!("{}{CUT}{tail}", head.trim_end_matches(is_invisible)))
}

/// Without what is opened and not closed, closed and not opened, and without the ends of overrides.
fn balanced(line: &str) -> String {
    let mut open: Vec<(usize, char)> = Vec::new();
    let mut gone: Vec<usize> = Vec::new();
    for (place, c) in line.char_indices() {
        match c {
            '\u{202a}' | '\u{202b}' | '\u{2066}'..='\u{2068}' | OVERRIDE => open.push((place, c)),
            '\u{202c}' => match open.last() {
                Some((_, begun)) if !is_isolate(*begun) => {
                    if open.pop().is_some_and(|(_, begun)| begun == OVERRIDE) {
                        gone.push(place);
                    }
                }
                _ => gone.push(place),
            },
            '\u{2069}' => match open.iter().rposition(|(_, begun)| is_isolate(*begun)) {
                // The end of an isolate ends what was opened within it.
                Some(begun) => gone.extend(open.drain(begun..).skip(1).map(|(place, _)| place)),
                None => gone.push(place),
            },
            _ => {}
        }
    }
    gone.extend(open.into_iter().map(|(place, _)| place));
    gone.sort_unstable();
    let kept = |(place, c): &(usize, char)| *c != OVERRIDE && gone.binary_search(place).is_err();
    line.char_indices().filter(kept).map(|(_, c)| c).collect()
}

const fn is_isolate(c: char) -> bool {
    matches!(c, '\u{2066}'..='\u{2068}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        line(text, 40, 0).into_owned()
    }

    #[test]
    fn what_people_write_is_kept() {
        for text in [
            "",
            "  two  spaces  ",
            "👨\u{200d}👩\u{200d}👧 at the desk",
            "می\u{200c}خواهم",
            "\u{200e}Order 17\u{200f}\u{61c}",
            "ភាសា\u{200b}ខ្មែរ",
            "so\u{ad}und",
            "🏴\u{e0067}\u{e0062}\u{e007f} ❤\u{fe0f}",
            "a \u{2067}שלום\u{2069} b \u{202b}שלום\u{202c} c",
            "\u{2066}a \u{2067}b\u{2069} c\u{2069}",
        ] {
            assert_eq!(shown(text), text, "{text:?}");
        }
    }

    #[test]
    fn a_break_with_the_white_space_around_it_is_one_space() {
        for text in [
            "The kettle\tleaks",
            "The kettle\r\n leaks",
            "The kettle  \r\n\t leaks",
            "The kettle\n\n\nleaks",
            "The kettle\u{2028}leaks",
            "The kettle\u{85}leaks",
            "\r\nThe kettle\u{b}leaks\n",
        ] {
            assert_eq!(shown(text), "The kettle leaks", "{text:?}");
        }
    }

    #[test]
    fn what_acts_on_the_text_around_it_is_neutralised() {
        for (text, safe) in [
            ("a.php\0.png", "a.php\u{fffd}.png"),
            ("esc\u{1b}[31mred\u{7f}\u{9b}", "esc\u{fffd}[31mred\u{fffd}\u{fffd}"),
            ("invoice\u{202e}fdp.exe", "invoice\u{fffd}fdp.exe"),
            ("a\u{202d}b\u{202c}c", "a\u{fffd}bc"),
            ("a\u{202b}b\u{202e}c\u{202c}d\u{202c}e", "a\u{202b}b\u{fffd}cd\u{202c}e"),
            ("a\u{2067}b", "ab"),
            ("a\u{202a}b", "ab"),
            ("a\u{2069}b\u{202c}c", "abc"),
            ("\u{2066}a\u{202b}b\u{2069}c", "\u{2066}ab\u{2069}c"),
            ("\u{202b}a\u{2066}b\u{202c}c\u{2069}d\u{202c}", "\u{202b}a\u{2066}bc\u{2069}d\u{202c}"),
        ] {
            assert_eq!(shown(text), safe, "{text:?}");
        }
    }

    #[test]
    fn a_line_that_is_too_long_is_cut_between_characters() {
        assert_eq!(line("abcde", 5, 0), "abcde");
        assert_eq!(line("abcdef", 5, 0), "abcd…");
        assert_eq!(line("äöüßéx", 5, 0), "äöüß…");
        assert_eq!(line("abcdefghij.exe", 10, 4), "abcde….exe");
        assert_eq!(line("abcdef", 3, 9), "…ef");
        assert_eq!(line("👨\u{200d}👩\u{200d}👧", 3, 0), "👨…");
        assert_eq!(line("a\u{2067}bcdef\u{2069}", 5, 0), "abc…", "what was cut open is not left open");
    }

    #[test]
    fn a_line_is_already_its_own_line() {
        for text in
            ["a\u{202e}b\r\n\u{2067}c\0", "abcdefghijk\u{200d}", "\u{202d}\u{202c}\u{2069}\u{2066}x\u{2069}"]
        {
            let once = line(text, 8, 2).into_owned();
            assert_eq!(line(&once, 8, 2), once, "{text:?}");
            assert!(once.chars().count() <= 8, "{once:?}");
        }
    }
}
